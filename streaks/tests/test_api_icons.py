"""Icons through the API: two ways in, one absolute URL out."""

import base64
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from streaks.models import Streak
from streaks.tests.calling import SHOPPER, Caller, admin, guest, make_streak

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uploads_of_this_test(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def png(colour="red"):
    buffer = BytesIO()
    Image.new("RGB", (4, 4), colour).save(buffer, "PNG")
    return buffer.getvalue()


def data_url(content, kind="png"):
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def send_file(caller: Caller, method, path, filename, content, **fields):
    """Send a file, and other fields, as a browser's form does."""
    form = {**fields, "eudIcon": SimpleUploadedFile(filename, content)}
    body = encode_multipart(BOUNDARY, form)
    answer = Client().generic(method, f"/api/v1.0/schema/{path}", body, MULTIPART_CONTENT, headers=dict(caller.headers))
    return answer.status_code, answer.json()


def test_a_data_url_becomes_an_absolute_url_that_serves_the_image():
    record = admin().post("streak/record", {**SHOPPER, "eudIcon": data_url(png())}).data
    assert record["eudIcon"].startswith("http://testserver/media/icons/")
    served = Client().get(record["eudIcon"])
    assert (served.status_code, served.headers["Content-Type"], b"".join(served.streaming_content)) == (
        200,
        "image/png",
        png(),
    )
    assert guest().get(f"streak/record/{record['id']}").data["eudIcon"] == record["eudIcon"]


def test_an_upload_as_multipart_is_taken_by_content_and_numbers_are_read_from_text():
    status, body = send_file(admin(), "POST", "streak/record", "icon.exe", png(), **SHOPPER)
    assert status == 201, body
    assert body["data"]["eudIcon"].endswith(".png")
    assert (body["data"]["aggregationTargetValue"], body["data"]["completionTargetValue"]) == (50, 7)
    streak = make_streak(name="Kept")
    status, body = send_file(admin(), "PATCH", f"streak/record/{streak.pk}", "icon.png", png())
    assert (status, body["data"]["name"]) == (200, "Kept")
    assert body["data"]["eudIcon"].endswith(".png")


def test_the_default_icon_is_shown_when_unset_and_can_be_sent_back():
    caller = admin()
    record = caller.post("streak/record", SHOPPER).data
    assert record["eudIcon"].startswith("http://testserver/static/streaks/")
    assert (
        caller.patch(f"streak/record/{record['id']}", {"eudIcon": record["eudIcon"]}).data["eudIcon"]
        == record["eudIcon"]
    )
    assert not Streak.objects.get().eud_icon


def test_an_icon_that_was_read_can_be_sent_back_and_copied_and_taken_away():
    caller = admin()
    record = caller.post("streak/record", {**SHOPPER, "eudIcon": data_url(png())}).data
    path = f"streak/record/{record['id']}"
    assert caller.patch(path, {"eudIcon": record["eudIcon"]}).data["eudIcon"] == record["eudIcon"]
    assert caller.post("streak/record", record).data["eudIcon"] == record["eudIcon"]
    for nothing in (None, ""):
        caller.patch(path, {"eudIcon": data_url(png("blue"))})
        assert caller.patch(path, {"eudIcon": nothing}).data["eudIcon"].startswith("http://testserver/static/")


@pytest.mark.parametrize(
    ("icon", "code"),
    [
        ("flame.png", "invalid_data_url"),
        (5, "invalid"),
        ({"url": "x"}, "invalid"),
        ("https://example.com/flame.png", "invalid"),
        ("http://testserver/media/icons/../../settings.py", "invalid"),
        (f"http://testserver/media/icons/{'0' * 64}.png", "invalid"),
        (data_url(b"no image"), "invalid_image"),
        (data_url(b"\0" * 102_401), "too_large"),
        ("data:image/png;base64,%%%", "invalid_data_url"),
        ("data:text/html;base64,AAAA", "invalid_data_url"),
    ],
)
def test_what_is_no_harmless_image_is_refused_and_nothing_is_stored(icon, code):
    streak = make_streak()
    caller = admin()
    answers = [
        caller.post("streak/record", {**SHOPPER, "eudIcon": icon}),
        caller.patch(f"streak/record/{streak.pk}", {"eudIcon": icon, "name": "Changed"}),
    ]
    for answer in answers:
        assert answer.error() == (400, "validation_error")
        assert answer.details() == [("eudIcon", code)]
    assert list(Streak.objects.values_list("name", "eud_icon")) == [("7-Day Shopper", "")]


def test_a_script_in_an_svg_never_reaches_a_reader():
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><circle r="4"/></svg>'
    record = admin().post("streak/record", {**SHOPPER, "eudIcon": data_url(drawing, "svg+xml")}).data
    served = b"".join(Client().get(record["eudIcon"]).streaming_content)
    assert (b"script" in served, b"circle" in served) == (False, True)


def test_the_limit_is_on_what_was_sent_and_not_on_what_becomes_of_it():
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg">{"<g>" * 8}{"<path/>" * 4_000}{"</g>" * 8}</svg>'.encode()
    assert len(drawing) < 102_400
    record = admin().post("streak/record", {**SHOPPER, "eudIcon": data_url(drawing, "svg+xml")}).data
    served = b"".join(Client().get(record["eudIcon"]).streaming_content)
    assert len(served) > 102_400
    path = f"streak/record/{record['id']}"
    status, body = send_file(admin(), "PATCH", path, "icon.svg", drawing)
    assert (status, body["data"]["eudIcon"]) == (200, record["eudIcon"])


def icons_of(streak_id, *languages):
    """Return the addresses of a streak's icon in some languages, the same on its own and in the whole programme."""
    addresses = [guest().get(f"streak/record/{streak_id}?languageCode={code}").data["eudIcon"] for code in languages]
    answers = [guest().get(f"/api/v1.0/end-user-display?languageCode={code}") for code in languages]
    assert [answer.data["streaks"][0]["eudIcon"] for answer in answers] == addresses
    return addresses


def test_an_icon_is_written_and_read_in_the_language_of_the_call_S34():
    caller = admin()
    record = caller.post("streak/record", {**SHOPPER, "eudIcon": data_url(png("red"))}).data
    path, english = f"streak/record/{record['id']}", record["eudIcon"]
    french = caller.patch(f"{path}?languageCode=fr", {"eudIcon": data_url(png("blue"))}).data["eudIcon"]
    assert french != english
    assert icons_of(record["id"], "en", "fr", "fr-CA", "de") == [english, french, french, english]
    assert caller.patch(f"{path}?languageCode=fr", {"eudIcon": french}).data["eudIcon"] == french
    assert caller.patch(f"{path}?languageCode=fr", {"eudIcon": None}).data["eudIcon"] == english
    assert icons_of(record["id"], "en", "fr") == [english, english]
    assert caller.patch(f"{path}?languageCode=de", {"eudIcon": data_url(png("green"))}).data["eudIcon"] != english
    default = caller.patch(path, {"eudIcon": ""}).data["eudIcon"]
    assert default == "http://testserver/static/streaks/default-icon.svg"
    assert icons_of(record["id"], "en", "fr") == [default, default]
    assert icons_of(record["id"], "de") not in ([default], [english])


def test_a_file_is_the_icon_of_the_language_of_the_call_S34():
    record = admin().post("streak/record?languageCode=pt", {**SHOPPER, "eudIcon": data_url(png("red"))}).data
    assert icons_of(record["id"], "en", "pt-BR") == [
        "http://testserver/static/streaks/default-icon.svg",
        record["eudIcon"],
    ]
    path = f"streak/record/{record['id']}"
    status, body = send_file(admin(), "PATCH", f"{path}?languageCode=ja", "icon.png", png("blue"))
    assert status == 200, body
    assert icons_of(record["id"], "pt", "ja") == [record["eudIcon"], body["data"]["eudIcon"]]


def test_a_wrong_icon_of_a_language_is_refused_and_nothing_is_stored():
    streak = make_streak()
    answer = admin().patch(f"streak/record/{streak.pk}?languageCode=fr", {"eudIcon": data_url(b"no image")})
    assert (answer.error(), answer.details()) == ((400, "validation_error"), [("eudIcon", "invalid_image")])
    assert not Streak.objects.get().eud_icon_fr
