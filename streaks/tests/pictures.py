"""Pictures for tests, good and bad, and what becomes of them."""

import re
import struct
import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image

from gamopanda.icons.cleaning import clean_icon

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(body: str) -> bytes:
    return f"<svg {NAMESPACES}>{body}</svg>".encode()


def raster(kind: str, *, frames: int = 1, side: int = 24, **options: object) -> bytes:
    pictures = [Image.linear_gradient("L").resize((side, side)).rotate(90 * number) for number in range(frames)]
    out = BytesIO()
    if frames > 1:
        options |= {"save_all": True, "append_images": pictures[1:]}
    pictures[0].save(out, kind, **options)
    return out.getvalue()


PLACE = {1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)}


def photograph(*, orientation: int, kind: str = "JPEG") -> bytes:
    """Return a picture that says where it was taken, by whom, and which side is up."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ann Smith"
    exif[ExifTags.Base.Orientation] = orientation
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(PLACE)
    return raster(kind, exif=exif)


def png_that_claims(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header promises a huge picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif_with_frames(frames: int, *, side: int) -> bytes:
    """Return a GIF of one-pixel frames on a canvas of side × side: tiny as a file, huge to play."""
    screen = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return screen + frame * frames + b";"


def clean(data: bytes, name: str = "icon.bin") -> "ContentFile[bytes]":
    return clean_icon(SimpleUploadedFile(name, data))


def kind_of(data: bytes, name: str = "icon.bin") -> str:
    """Return the extension under which a picture would be stored."""
    return str(clean(data, name).name).rpartition(".")[2]


def refusal(data: bytes) -> str:
    with pytest.raises(ValidationError) as caught:
        clean(data)
    (error,) = caught.value.error_list
    assert re.fullmatch(r"[A-Z].+\.", error.messages[0])
    return str(error.code)


PICTURES = {
    "png": raster("PNG"),
    "animated png": raster("PNG", frames=3),
    "jpg": raster("JPEG"),
    "progressive jpg": raster("JPEG", progressive=True),
    "gif": raster("GIF"),
    "animated gif": raster("GIF", frames=3),
}
DRAWING = svg('<path d="M0 0h10v10z" fill="red"/>')
