"""Icons do not tell where, when and by whom they were made."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import ExifTags, Image, PngImagePlugin

from streaks.tests.pictures import PICTURES, clean, photograph, raster, refusal

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql


def opened(data: bytes) -> Any:
    return Image.open(BytesIO(data))


def pixels(data: bytes) -> list[bytes]:
    """Return every frame as it is drawn."""
    with opened(data) as image:
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(image.convert("RGBA").tobytes())
        return frames


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_keeps_which_side_is_up_and_nothing_else_of_its_exif_data(kind: str, orientation: int) -> None:
    data = photograph(orientation=orientation, kind=kind)
    assert opened(data).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    cleaned = clean(data).read()
    assert b"Ann Smith" not in cleaned
    kept = {} if orientation == 1 else {ExifTags.Base.Orientation: orientation}
    assert dict(opened(cleaned).getexif()) == kept
    assert pixels(cleaned) == pixels(data)
    assert clean(cleaned).read() == cleaned


def segment(kind: int, body: bytes) -> bytes:
    return bytes([0xFF, kind]) + struct.pack(">H", len(body) + 2) + body


def test_a_jpeg_loses_xmp_comments_thumbnails_and_further_pictures_and_keeps_its_colours() -> None:
    profile = b"\0" * 40 + b"acsp"
    plain = raster("JPEG", icc_profile=profile, progressive=True)
    private = [
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>Ann</x>"),
        segment(0xE0, b"JFXX\0\x10Ann"),
        segment(0xED, b"Photoshop 3.0\x008BIMAnn"),
        segment(0xFE, b"Ann"),
    ]
    scan = plain.rindex(b"\xff\xda")
    told = (
        plain[:2] + b"".join(private) + plain[2:scan] + segment(0xFE, b"Ann") + plain[scan:] + photograph(orientation=1)
    )
    cleaned = clean(told).read()
    assert cleaned == plain
    assert opened(cleaned).info["icc_profile"] == profile


def test_a_multi_picture_file_of_a_phone_becomes_its_first_picture() -> None:
    out = BytesIO()
    first = Image.linear_gradient("L").resize((24, 24))
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ann Smith"
    first.save(out, "MPO", save_all=True, append_images=[first], exif=exif)
    icon = clean(out.getvalue())
    cleaned = icon.read()
    assert (b"Ann" in cleaned, b"MPF" in cleaned, opened(cleaned).format) == (False, False, "JPEG")
    assert str(icon.name).endswith(".jpg")


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


@pytest.mark.parametrize("kind", ["png", "animated png"])
def test_a_png_loses_its_texts_its_time_and_what_follows(kind: str) -> None:
    plain = PICTURES[kind]
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "Ann", zip=True)
    texts.add_itxt("XML:com.adobe.xmp", "<x>Ann</x>")
    assert clean(raster("PNG", pnginfo=texts)).read() == PICTURES["png"]
    private = chunk(b"tEXt", b"Author\0Ann") + chunk(b"tIME", b"\7\xea\1\1\1\1\1") + chunk(b"prVt", b"Ann")
    assert clean(plain[:33] + private + plain[33:] + b"Ann").read() == plain


def test_a_png_keeps_what_its_colours_are() -> None:
    data = raster("PNG", icc_profile=b"\0" * 40 + b"acsp", dpi=(72, 72), transparency=3)
    assert clean(data).read() == data


@pytest.mark.parametrize("kind", ["gif", "animated gif"])
def test_a_gif_loses_its_comments_and_goes_on_moving(kind: str) -> None:
    plain = PICTURES[kind]
    colours = 13 + 3 * 2 ** ((plain[10] & 7) + 1)
    private = b"\x21\xfe\x03Ann\x00" + b"\x21\xff\x0bXMP DataXMP\x03Ann\x00"
    told = plain[:colours] + private + plain[colours:-1] + b"\x21\xfe\x03Ann\x00;Ann;"
    assert clean(told).read() == plain
    assert pixels(plain) == pixels(told)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_exif_data_that_cannot_be_read_is_dropped() -> None:
    plain = PICTURES["jpg"]
    for body in (b"Exif\0\0", b"Exif\0\0no TIFF", b"Exif\0\0MM\0*\0\0\0\x08\0\5\1\x12"):
        assert clean(plain[:2] + segment(0xE1, body) + plain[2:]).read() == plain


def test_a_jpeg_whose_segments_lead_nowhere_is_refused() -> None:
    assert refusal(PICTURES["jpg"][:2] + b"\xff\xe1\xff\xff") == "invalid_image"
