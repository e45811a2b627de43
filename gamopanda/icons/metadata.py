"""Metadata taken out of pictures, byte for byte, without decoding what is drawn.

A photograph tells where and when it was taken, with what, and often by whom. What stays is what a browser needs to
draw: pixels, colours, animation, and which side is up.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import ExifTags, Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_CHUNKS = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"bKGD", b"sBIT", b"hIST", b"sPLT", b"pHYs"),
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"acTL", b"fcTL", b"fdAT"),
}
# JFIF, colour profiles, and what tells Adobe's colours.
JPEG_SEGMENTS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
GIF_EXTENSIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
_MARKER = re.compile(rb"\xff(?=[^\x00\xff\xd0-\xd7])")


class NoSuchStructure(ValueError):
    """The file is not built as its format says."""


def without_metadata(data: bytes) -> bytes:
    """Return a PNG, JPEG or GIF that decodes, without its metadata; raises `NoSuchStructure`."""
    try:
        if data.startswith(PNG_SIGNATURE):
            return b"".join(_png_parts(data))
        return b"".join(_gif_parts(data) if data.startswith(b"GIF") else _jpeg_parts(data))
    except (IndexError, struct.error) as error:
        raise NoSuchStructure from error


def _png_parts(data: bytes) -> Iterator[bytes]:
    yield PNG_SIGNATURE
    place, name = len(PNG_SIGNATURE), b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if name in PNG_CHUNKS:
            yield data[place:end]
        elif name == b"eXIf" and (exif := _orientation(data)):
            chunk = name + exif
            yield struct.pack(">I", len(exif)) + chunk + struct.pack(">I", zlib.crc32(chunk))
        place = end


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    place, exif = 2, _orientation(data)
    while True:
        marker = _MARKER.search(data, place)
        if marker is None:
            raise NoSuchStructure
        # What lies before is a scan, or nothing.
        yield data[place : marker.start()]
        kind = data[marker.end()]
        if kind == 0xD9:
            break
        (length,) = struct.unpack_from(">H", data, marker.end() + 1)
        place = marker.end() + 1 + length
        segment = data[marker.start() : place]
        is_application = 0xE0 <= kind <= 0xEF
        if exif and kind != 0xE0:
            yield b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif
            exif = b""
        if kind != 0xFE and (not is_application or segment[4:].startswith(JPEG_SEGMENTS.get(kind, segment))):
            yield segment
    yield b"\xff\xd9" + _padding(data[marker.end() + 1 :])


def _padding(rest: bytes) -> bytes:
    """Return what follows a picture if it says nothing; other pictures, with metadata of their own, go."""
    return b"" if rest.strip(b"\0") else rest


def _orientation(data: bytes) -> bytes:
    """Return Exif data that says nothing but which side is up; nothing when it is the one that should be."""
    with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as image:
        try:
            side = image.getexif().get(ExifTags.Base.Orientation)
        except (SyntaxError, ValueError, KeyError, TypeError, struct.error):
            return b""  # browsers turn no picture whose Exif data they cannot read
    if side not in range(2, 9):
        return b""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, ExifTags.Base.Orientation, 3, 1, side, 0, 0)


def _gif_parts(data: bytes) -> Iterator[bytes]:
    place = 13 + _size_of_colours(data[10])
    yield data[:place]
    while (kind := data[place]) != 0x3B:
        start = place
        if kind == 0x2C:
            place += 10 + _size_of_colours(data[place + 9]) + 1
        elif kind == 0x21:
            place += 2
        else:
            raise NoSuchStructure
        while data[place]:
            place += 1 + data[place]
        place += 1
        if kind == 0x2C or data[start + 1] == 0xF9 or data[start + 3 :].startswith(GIF_EXTENSIONS):
            yield data[start:place]
    yield b";" + _padding(data[place + 1 :])


def _size_of_colours(flags: int) -> int:
    """Return how many bytes a table of colours takes, as the flags before it say."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
