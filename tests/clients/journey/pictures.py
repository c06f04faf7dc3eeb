"""Images: those that Pillow made for the tests of the library, and PNGs written here, of any claim."""

import itertools
import struct
import zlib

from journey.programs import ROOT

SAMPLES = ROOT / "domain/tests/data/images"
TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "bmp": "image/bmp",
}

_numbers = itertools.count(1)


def _chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width=1, height=1, more=0):
    """A PNG that no other call gives, of that size; `more` bytes of it are a comment."""
    text = _chunk(b"tEXt", b"Comment\0" + b"x" * more + str(next(_numbers)).encode())
    rows = zlib.compress(b"\0" * (1 + width)) if width * height == 1 else b""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + text + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
