"""Images as Pillow writes them: every format, in as many of its forms as it knows."""

import io
import struct
import zlib

from PIL import Image, PngImagePlugin

MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    # Several JPEGs behind each other, as cameras write them.
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "BMP": "image/bmp",
}


def _picture(mode, size, shift=0):
    width, height = size
    across = Image.linear_gradient("L").resize(size)
    down = Image.radial_gradient("L").resize(size).point(lambda value: (value + shift) % 256)
    whole = Image.merge("RGBA", [across, down, Image.new("L", size, (width * 7 + shift) % 256), across])
    return whole.convert(mode)


def _bytes_of(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _exif(orientation=1):
    exif = Image.Exif()
    exif[0x010E] = "a description"
    exif[0x0112] = orientation
    return exif


def _exif_with_a_picture():
    """What cameras write: a small JPEG, with a frame header of its own, in the metadata of the large one."""
    small = _bytes_of(_picture("RGB", (160, 120)), "JPEG")
    first = struct.pack("<HHHIII", 1, 0x0112, 3, 1, 1, 26)
    second = struct.pack("<HHHIIHHIII", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, len(small), 0)
    return b"Exif\0\0II*\0\x08\0\0\0" + first + second + small


def _jpegs():
    for size in ((1, 1), (7, 5), (257, 129), (65_500, 1), (1, 65_500)):
        yield "JPEG", _bytes_of(_picture("RGB", size), "JPEG")
    for mode in ("L", "CMYK", "YCbCr"):
        yield "JPEG", _bytes_of(_picture(mode, (33, 21)), "JPEG")
    picture = _picture("RGB", (640, 480))
    for options in (
        {"progressive": True},
        {"optimize": True, "quality": 5},
        {"quality": 100, "subsampling": 0},
        {"subsampling": 2, "restart_marker_rows": 1},
        {"exif": _exif(6)},
        {"exif": _exif_with_a_picture()},
        {"exif": _exif_with_a_picture(), "progressive": True, "icc_profile": b"p" * 300_000},
        {"icc_profile": b"\xff\xc0\0\x0b\x08\0\x09\0\x09" * 30_000},
        {"comment": b"\xff\xd8\xff\xc0" * 10_000, "xmp": b"<x/>" * 1_000},
        {"dpi": (300, 300), "qtables": "web_high"},
    ):
        yield "JPEG", _bytes_of(picture, "JPEG", **options)
    yield "MPO", _bytes_of(picture, "MPO", save_all=True, append_images=[_picture("RGB", (99, 77))])


def _pngs():
    for size in ((1, 1), (5, 7), (300, 2), (1, 70_000), (70_000, 1)):
        yield "PNG", _bytes_of(_picture("RGB", size), "PNG")
    for mode in ("1", "L", "LA", "P", "RGBA"):
        yield "PNG", _bytes_of(_picture(mode, (31, 17)), "PNG")
    yield "PNG", _bytes_of(_picture("L", (31, 17)).convert("I;16"), "PNG")
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "IHDR" * 1_000, zip=True)
    text.add_itxt("Author", "Ödön")
    picture = _picture("RGB", (64, 48))
    frames = [_picture("RGB", (64, 48), shift) for shift in (40, 80)]
    for options in (
        {"pnginfo": text, "exif": _exif(3), "icc_profile": b"p" * 3_000},
        {"compress_level": 0},
        {"bits": 4},
        {"save_all": True, "append_images": frames, "default_image": True},
        {"save_all": True, "append_images": frames, "duration": 9, "loop": 3},
    ):
        yield "PNG", _bytes_of(picture if "bits" not in options else picture.convert("P"), "PNG", **options)


def _gifs():
    for size in ((1, 1), (5, 7), (300, 2), (65_535, 1), (1, 65_535)):
        yield "GIF", _bytes_of(_picture("P", size), "GIF")
    for mode in ("1", "L", "RGB", "RGBA"):
        yield "GIF", _bytes_of(_picture(mode, (31, 17)), "GIF")
    picture = _picture("P", (64, 48))
    frames = [_picture("P", (64, 48), shift) for shift in (40, 80, 120)]
    for options in (
        {"interlace": True, "comment": b",;!" * 1_000},
        {"interlace": False, "transparency": 3, "background": 7},
        {"save_all": True, "append_images": frames, "loop": 0, "duration": [10, 20, 30, 40]},
        {"save_all": True, "append_images": frames, "disposal": 2, "optimize": True},
    ):
        yield "GIF", _bytes_of(picture, "GIF", **options)


def _webps():
    for size in ((1, 1), (5, 7), (300, 2), (16_383, 1), (1, 16_383)):
        for lossless in (False, True):
            yield "WEBP", _bytes_of(_picture("RGB", size), "WEBP", lossless=lossless)
    frames = [_picture("RGBA", (64, 48), shift) for shift in (40, 80)]
    for mode in ("RGB", "RGBA", "L", "P"):
        for options in (
            {"quality": 5, "method": 0},
            {"lossless": True, "exact": True},
            {"exif": _exif(8), "icc_profile": b"p" * 3_000, "xmp": b"<x/>"},
            {"save_all": True, "append_images": frames, "duration": 20},
            {"save_all": True, "append_images": frames, "lossless": True, "minimize_size": True},
        ):
            yield "WEBP", _bytes_of(_picture(mode, (64, 48)), "WEBP", **options)


def _avifs():
    for size in ((1, 1), (5, 7), (300, 2), (257, 129)):
        yield "AVIF", _bytes_of(_picture("RGB", size), "AVIF", speed=10)
    for orientation in range(1, 9):
        yield "AVIF", _bytes_of(_picture("RGB", (48, 32)), "AVIF", speed=10, exif=_exif(orientation))
    for mode in ("RGB", "RGBA", "L"):
        frames = [_picture(mode, (64, 48), shift) for shift in (40, 80)]
        for options in (
            {"quality": 100, "subsampling": "4:4:4"},
            {"quality": 20, "subsampling": "4:2:0", "range": "limited"},
            {"subsampling": "4:0:0"},
            {"icc_profile": b"p" * 3_000, "xmp": b"<x/>" * 5_000},
            {"tile_rows": 1, "tile_cols": 1, "autotiling": False},
            {"save_all": True, "append_images": frames, "duration": 100},
        ):
            yield "AVIF", _bytes_of(_picture(mode, (64, 48)), "AVIF", speed=10, **options)


def _bmps():
    for size in ((1, 1), (5, 7), (300, 2), (1, 40_000), (40_000, 1)):
        yield "BMP", _bytes_of(_picture("RGB", size), "BMP")
    for mode in ("1", "L", "P", "RGBA"):
        yield "BMP", _bytes_of(_picture(mode, (31, 17)), "BMP")
    # Pillow writes one header and reads all of them.
    whole = _bytes_of(_picture("RGB", (31, 17)), "BMP")
    pixels = whole[54:]
    core = struct.pack("<IHHHH", 12, 31, 17, 1, 24)
    yield "BMP", b"BM" + struct.pack("<IHHI", 26 + len(pixels), 0, 0, 26) + core + pixels
    for length in (40, 52, 56, 64, 108, 124):
        for height in (17, -17):
            header = struct.pack("<IiiHHIIiiII", length, 31, height, 1, 24, 0, 0, 0, 0, 0, 0).ljust(length, b"\0")
            offset = 14 + length
            yield "BMP", b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + header + pixels


def two_sizes():
    """Files that state a small size and then a huge one: of both, Pillow sees the second. Pairs of kind and file."""
    huge = 60_000
    content = _bytes_of(_picture("RGB", (64, 48)), "JPEG")
    at = content.index(b"\xff\xc0")
    end = at + 2 + struct.unpack_from(">H", content, at + 2)[0]
    frames = [content[at : at + 5] + struct.pack(">HH", side, side) + content[at + 9 : end] for side in (1, huge)]
    yield "JPEG", content[:at] + b"".join(frames) + content[end:]
    content = _bytes_of(_picture("RGB", (64, 48)), "PNG")
    headers = [b"IHDR" + struct.pack(">II", side, side) + content[24:29] for side in (1, huge)]
    headers = [struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) for header in headers]
    yield "PNG", content[:8] + b"".join(headers) + content[33:]


def gallery():
    """Pairs of what Pillow calls the format, and the file."""
    for images in (_jpegs, _pngs, _gifs, _webps, _avifs, _bmps):
        yield from images()


def seen(content):
    """What Pillow takes it for: the media type and the size, or None."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            return MEDIA_TYPES.get(image.format), *image.size
    except Exception:  # noqa: BLE001 - whatever a broken file does to it
        return None
