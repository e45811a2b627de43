"""Icons: accepted by content, harmless in storage, served as nothing but pictures."""

import base64
import struct
import zlib
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.forms import modelform_factory
from django.test import Client, RequestFactory
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from gamopanda.api.serializers.serializer_compiler import RenderContext
from gamopanda.console.leftovers import delete_icons
from gamopanda.icons.cleaning import MAX_BYTES, clean_icon, decode_data_url
from streaks.api.fields import IconField
from streaks.models import Streak
from streaks.tests.pictures import (
    DRAWING,
    PICTURES,
    clean,
    gif_with_frames,
    kind_of,
    png_that_claims,
    raster,
    refusal,
    svg,
)


@pytest.fixture(autouse=True)
def empty_media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def stored_files() -> list[Path]:
    return sorted(path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())


def a_streak(**values: object) -> Streak:
    return Streak.objects.create(
        **{
            "name": "Weekly Regular",
            "description": "Two coffees a week",
            "status": "live",
            "aggregation_target_value": Decimal(2),
            "completion_target_value": 4,
            **values,
        }
    )


# --- what is accepted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PICTURES)
def test_png_jpeg_and_gif_are_kept_byte_for_byte_under_the_name_of_their_content(kind: str) -> None:
    data = PICTURES[kind]
    icon = clean(data)
    assert icon.read() == data
    assert icon.name == f"{sha256(data).hexdigest()}.{kind.rsplit(maxsplit=1)[-1]}"


@pytest.mark.parametrize("name", ["icon.svg", "icon.exe", "icon", "../../icon.html", "icon.png\0.html"])
def test_the_name_of_an_upload_decides_nothing(name: str) -> None:
    assert kind_of(PICTURES["png"], name) == "png"


@pytest.mark.parametrize("data", [*PICTURES.values(), DRAWING])
def test_cleaning_twice_changes_nothing(data: bytes) -> None:
    once = clean(data)
    again = clean_icon(once)
    assert (again.name, again.read()) == (once.name, once.read())


# --- size -------------------------------------------------------------------------------------------------------------


def padded(length: int) -> bytes:
    """Return a JPEG of exactly this length: whatever follows the end of the picture is not looked at."""
    return PICTURES["jpg"].ljust(length, b"\0")


def test_a_file_of_102400_bytes_is_accepted() -> None:
    assert clean(padded(102_400)).size == MAX_BYTES == 102_400


def test_a_file_of_102401_bytes_is_refused() -> None:
    assert refusal(padded(102_401)) == "too_large"


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"%PDF-1.7", b"RIFF\x1a\0\0\0WEBPVP8 ", b"BM" + bytes(60), b"\xff\xd8\xff", b"GIF89a", b"\0" * 64],
)
def test_what_is_no_image_is_refused(data: bytes) -> None:
    assert refusal(data) == "invalid_image"


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_that_is_cut_off_anywhere_is_refused(kind: str) -> None:
    whole = PICTURES[kind]
    assert {refusal(whole[:length]) for length in range(len(whole))} == {"invalid_image"}


@given(st.sampled_from(sorted(PICTURES)), st.data())
def test_any_damage_is_refused_or_harmless_and_never_an_accident(kind: str, data: st.DataObject) -> None:
    damaged = bytearray(PICTURES[kind])
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=8)):
        damaged[place] = data.draw(st.integers(0, 255))
    with suppress(ValidationError):
        cleaned = clean(bytes(damaged)).read()
        # Damage may turn a part of a picture into a comment, which goes.
        assert len(cleaned) <= len(damaged)
        assert clean(cleaned).read() == cleaned


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(2_049, 1), (1, 2_049), (12_000, 12_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_of_huge_dimensions_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    assert refusal(png_that_claims(*size)) == "too_many_pixels"


def test_a_picture_of_2048_by_2048_is_accepted() -> None:
    assert kind_of(raster("PNG", side=2_048, optimize=True)) == "png"


@pytest.mark.parametrize(("frames", "side"), [(257, 1), (9, 2_048), (5_000, 2_048)])
def test_an_animation_that_is_tiny_as_a_file_and_huge_to_play_is_refused(frames: int, side: int) -> None:
    assert refusal(gif_with_frames(frames, side=side)) == "too_many_pixels"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("frame_side", [2_049, 2_500, 65_535])
def test_a_frame_that_reaches_beyond_the_canvas_is_held_to_the_same_bounds(frame_side: int) -> None:
    small, end = gif_with_frames(2, side=16)[:-1], b";"
    large = b"\x2c" + struct.pack("<HHHHB", 0, 0, frame_side, frame_side, 0) + b"\x02\x02\x44\x01\x00"
    assert refusal(small + large + end) == "too_many_pixels"


@pytest.mark.parametrize(("frames", "side"), [(256, 1), (256, 256), (8, 2_048)])
def test_an_animation_within_bounds_is_accepted(frames: int, side: int) -> None:
    assert kind_of(gif_with_frames(frames, side=side)) == "gif"


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    whole = raster("JPEG", progressive=True)
    scan = whole[whole.index(b"\xff\xda") : whole.index(b"\xff\xc4", whole.index(b"\xff\xda"))]
    assert refusal(whole[:-2] + scan * 1_000 + whole[-2:]) == "too_many_pixels"


def test_a_png_whose_comment_inflates_without_end_is_refused() -> None:
    comment = b"zTXt" + b"c\0\0" + zlib.compress(b"\0" * 64_000_000)
    chunk = struct.pack(">I", len(comment) - 4) + comment + struct.pack(">I", zlib.crc32(comment))
    end_of_header = 8 + 25
    bomb = PICTURES["png"][:end_of_header] + chunk + PICTURES["png"][end_of_header:]
    assert len(bomb) < MAX_BYTES
    assert refusal(bomb) == "invalid_image"


# --- data URLs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head", ["data:image/png;base64,", "data:image/svg+xml;charset=utf-8;base64,", "DATA:IMAGE/x;BASE64,"]
)
def test_a_data_url_is_decoded_whatever_type_it_declares(head: str) -> None:
    file = decode_data_url(head + base64.b64encode(PICTURES["gif"]).decode())
    assert clean_icon(file).name == f"{sha256(PICTURES['gif']).hexdigest()}.gif"


def test_a_data_url_of_102400_bytes_is_decoded_and_one_more_byte_is_too_large() -> None:
    def data_url(length: int) -> str:
        return "data:image/jpeg;base64," + base64.b64encode(padded(length)).decode()

    assert clean_icon(decode_data_url(data_url(102_400))).size == 102_400
    with pytest.raises(ValidationError) as caught:
        clean_icon(decode_data_url(data_url(102_401)))
    assert caught.value.code == "too_large"
    with pytest.raises(ValidationError) as caught:
        decode_data_url(data_url(1_000_000))
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "iVBORw0KGgo=",
        "data:image/png,abc",
        "data:text/html;base64,aGVsbG8=",
        "data:image/png;base64,a",
        "data:image/png;base64,é",
        "data:image/png;base64,a b=",
    ],
)
def test_what_is_no_data_url_of_an_image_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        decode_data_url(text)
    assert caught.value.code == "invalid_data_url"


# --- stored -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_icon_saved_in_the_shell_is_stored_harmless() -> None:
    streak = a_streak(eud_icon=ContentFile(svg("<script>alert(1)</script><path/>"), name="../x.html"))
    (path,) = stored_files()
    assert b"alert" not in path.read_bytes()
    assert streak.eud_icon.name == f"icons/{sha256(path.read_bytes()).hexdigest()}.svg"
    assert Streak.objects.get().eud_icon.name == streak.eud_icon.name


@pytest.mark.django_db
def test_an_icon_saved_through_a_form_is_stored_harmless() -> None:
    form_class = modelform_factory(Streak, fields=["eud_icon"])
    upload = SimpleUploadedFile("icon.png", svg('<path onload="alert(1)" d="M0 0"/>'), "image/png")
    form = form_class({}, MultiValueDict({"eud_icon": [upload]}), instance=a_streak())
    assert form.is_valid(), form.errors
    form.save()
    (path,) = stored_files()
    assert path.suffix == ".svg"
    assert b"alert" not in path.read_bytes()


@pytest.mark.django_db
def test_a_form_refuses_a_wrong_icon_with_a_sentence_and_stores_nothing() -> None:
    uploads: MultiValueDict[str, UploadedFile[bytes]] = MultiValueDict(
        {"eud_icon": [SimpleUploadedFile("icon.png", padded(102_401))]}
    )
    form_class = modelform_factory(Streak, fields=["eud_icon"])
    form = form_class({}, uploads, instance=a_streak())
    assert form.errors == {"eud_icon": ["The icon is too large: at most 102400 bytes (100 KB) are allowed."]}
    assert stored_files() == []


@pytest.mark.django_db
def test_a_wrong_icon_saved_in_the_shell_is_refused_under_its_field_and_nothing_is_stored() -> None:
    with pytest.raises(ValidationError) as caught:
        a_streak(eud_icon=ContentFile(b"hello", name="icon.png"))
    assert [error.code for error in caught.value.error_dict["eud_icon"]] == ["invalid_image"]
    assert stored_files() == []
    assert not Streak.objects.exists()


@pytest.mark.django_db
def test_the_same_icon_is_stored_once_and_a_stored_one_is_not_read_again() -> None:
    first = a_streak(eud_icon=ContentFile(PICTURES["png"], name="a.png"))
    second = a_streak(eud_icon=ContentFile(PICTURES["png"], name="b.png"))
    assert first.eud_icon.name == second.eud_icon.name
    (path,) = stored_files()
    path.unlink()
    second.full_clean()
    second.save()
    assert stored_files() == []


@pytest.mark.django_db
def test_a_file_that_a_crash_left_half_written_is_written_anew() -> None:
    path = default_storage.save(f"icons/{clean(PICTURES['png']).name}", ContentFile(PICTURES["png"][:40]))
    assert a_streak(eud_icon=ContentFile(PICTURES["png"], name="a.png")).eud_icon.name == path
    assert [file.read_bytes() for file in stored_files()] == [PICTURES["png"]]


@pytest.mark.django_db
def test_an_svg_that_grows_while_it_becomes_harmless_is_stored() -> None:
    data = svg("<g>" * 8 + "<path d='M0 0h9'/>" * 3_500 + "</g>" * 8)
    assert len(data) < MAX_BYTES
    streak = a_streak(eud_icon=clean_icon(ContentFile(data)))
    streak.full_clean()
    a_streak(eud_icon=ContentFile(data, name="a.svg")).full_clean()
    assert [len(path.read_bytes()) > MAX_BYTES for path in stored_files()] == [True]


# --- served -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_icon_is_served_sandboxed_unsniffable_and_cacheable_for_ever_without_debug(client: Client) -> None:
    assert settings.DEBUG is False
    for kind, data, content_type in [
        ("svg", DRAWING, "image/svg+xml"),
        ("png", PICTURES["png"], "image/png"),
        ("jpg", PICTURES["jpg"], "image/jpeg"),
        ("gif", PICTURES["gif"], "image/gif"),
    ]:
        streak = a_streak(eud_icon=ContentFile(data, name="a"))
        answer = client.get(streak.eud_icon.url)
        assert answer.status_code == 200
        assert b"".join(answer) == clean(data).read()
        assert streak.eud_icon.url.endswith(kind)
        assert answer["Content-Type"] == content_type
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize(
    "path",
    [
        "/media/icons/" + "0" * 64 + ".png",
        "/media/icons/x.png",
        "/media/icons/../gamopanda.sqlite3",
        "/media/secret_key",
        "/media/",
    ],
)
def test_nothing_but_stored_icons_is_served(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.django_db
def test_an_icon_is_only_read(client: Client) -> None:
    url = a_streak(eud_icon=ContentFile(DRAWING, name="a.svg")).eud_icon.url
    assert client.head(url).status_code == 200
    assert client.post(url).status_code == 405
    assert client.delete(url).status_code == 405


@pytest.mark.django_db
def test_the_url_of_an_icon_is_absolute_and_the_default_one_without_an_icon() -> None:
    context = RenderContext("en", RequestFactory().get("/anything", secure=True))
    assert IconField().render_record(a_streak(), context) == "https://testserver/static/streaks/default-icon.svg"
    name = clean(PICTURES["png"]).name
    streak = a_streak(eud_icon=ContentFile(PICTURES["png"], name="a.png"))
    assert IconField().render_record(streak, context) == f"https://testserver/media/icons/{name}"


@pytest.mark.django_db
def test_icons_in_storage_that_is_no_disk_are_served_and_cleaned_up(settings: Settings) -> None:
    memory = "django.core.files.storage.InMemoryStorage"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": memory}}
    used, unused = a_streak(), a_streak()
    used.eud_icon.save("icon.png", ContentFile(PICTURES["png"]))
    unused.eud_icon.save("icon.jpg", ContentFile(PICTURES["jpg"]))
    name = unused.eud_icon.name
    unused.delete()
    answer = Client().get(f"/media/{used.eud_icon.name}")
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, clean(PICTURES["png"]).read())
    assert Client().get(f"/media/icons/{'0' * 64}.png").status_code == 404
    assert delete_icons(now=timezone.now() + timedelta(days=60)) == 1
    assert not default_storage.exists(name)
    assert default_storage.exists(used.eud_icon.name)
