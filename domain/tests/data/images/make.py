"""Makes the images beside it with Pillow 13.0.0 (PyPI): one for each way to write a size, told by the file's name.

    python3 -m venv venv && venv/bin/pip install pillow==13.0.0
    apt-get install libavif-bin    # avifenc 0.11.1, of Debian 12: Pillow writes no grid of tiles
    venv/bin/python make.py
"""

import subprocess
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent


def picture(mode, width, height, shift=0):
    image = Image.new("RGBA", (width, height))
    image.putdata([((x * 9 + shift) % 256, y * 11 % 256, (x + y) * 5 % 256, 255 - x * 3 % 256) for y in range(height) for x in range(width)])
    return image.convert(mode)


def save(name, extension, image, **options):
    path = HERE / f"{name}-{image.width}x{image.height}.{extension}"
    image.save(path, **options)
    assert path.stat().st_size < 2_000, path


exif = Image.Exif()
exif[0x010E] = "a description"
exif[0x0112] = 6  # to be shown turned by 90 degrees

save("baseline", "jpg", picture("RGB", 37, 21))
save("progressive", "jpg", picture("RGB", 38, 22), progressive=True)
save("grey", "jpg", picture("L", 39, 23))
save("cmyk", "jpg", picture("CMYK", 40, 24), quality=30)
save("metadata", "jpg", picture("RGB", 41, 25), exif=exif, icc_profile=b"i" * 300, comment="words")

save("truecolour", "png", picture("RGB", 27, 11))
save("alpha", "png", picture("RGBA", 28, 12))
save("palette", "png", picture("P", 29, 13), optimize=True)
save("one-bit", "png", picture("1", 300, 14))
save("animated", "png", picture("RGB", 15, 9), save_all=True, append_images=[picture("RGB", 15, 9, 80)])

save("still", "gif", picture("P", 17, 19), optimize=True)
save("animated", "gif", picture("P", 18, 10), save_all=True, append_images=[picture("P", 18, 10, 80)], optimize=True)

save("lossy", "webp", picture("RGB", 33, 47))
save("lossless", "webp", picture("RGB", 34, 48), lossless=True)
save("lossless-alpha", "webp", picture("RGBA", 35, 49), lossless=True)
save("lossy-alpha", "webp", picture("RGBA", 36, 50), quality=30)
save("metadata", "webp", picture("RGB", 37, 51), exif=exif)
save("animated", "webp", picture("RGB", 38, 52), save_all=True, append_images=[picture("RGB", 38, 52, 80)], quality=10)

save("still", "avif", picture("RGB", 53, 31))
save("alpha", "avif", picture("RGBA", 54, 32), quality=30)
save("turned", "avif", picture("RGB", 55, 33), exif=exif)
save("animated", "avif", picture("RGB", 56, 34), save_all=True, append_images=[picture("RGB", 56, 34, 80)], quality=10)
with tempfile.TemporaryDirectory() as folder:
    tiles = [f"{folder}/{number}.png" for number in range(6)]
    for number, tile in enumerate(tiles):
        Image.new("RGB", (66, 64), (number * 40, 90, 200 - number * 30)).save(tile)
    options = ["--min", "40", "--max", "50", "--speed", "8", "--grid", "3x2"]
    subprocess.run(["avifenc", *options, *tiles, "-o", HERE / "grid-198x128.avif"], check=True)

save("truecolour", "bmp", picture("RGB", 21, 23))
save("alpha", "bmp", picture("RGBA", 16, 17))
save("one-bit", "bmp", picture("1", 100, 25))
