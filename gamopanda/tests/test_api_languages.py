"""S34: which language an answer is in, and which one a body's texts are written in."""

import pytest
from django.test import Client
from django.utils import translation

from gamopanda.api.serializers.language import negotiate_language
from streaks.models import Streak
from streaks.tests.calling import SHOPPER, admin, guest, make_streak

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("fr", "fr"),
        ("FR", "fr"),
        ("fr-CA", "fr"),
        ("pt-BR", "pt"),
        ("pt-br-x-private", "pt"),
        ("zh-Hant-TW", "en"),
        ("sv", "en"),
        ("x-klingon", None),
        ("de-1996", "de"),
        ("pt_BR", None),
        ("", None),
        ("e", None),
        ("fr-", None),
        ("-fr", None),
        ("fr--CA", None),
        ("fr-CA-abcdefghi", None),
        ("français", None),
        ("fr\n", None),
        ("en" + "-a" * 20, None),
    ],
)
def test_s34_a_language_is_negotiated_from_the_special_to_the_general_to_the_default(tag, language):
    if language is None:
        with pytest.raises(ValueError, match="BCP-47"):
            negotiate_language(tag)
    else:
        assert negotiate_language(tag) == language


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("pt_BR", "pt"),
        ("pt-BR", "pt"),
        ("zh_Hans_CN", "en"),
        ("de_DE@euro", "de"),
        ("de_DE.UTF-8", "de"),
        (" fr ", "fr"),
        ("FR_ca", "fr"),
        ("@euro", "en"),
        ("C", "en"),
        ("not a language", "en"),
        ("fr, de;q=0.9", "en"),
        ("français", "en"),
        ("en" + "-a" * 2000, "en"),
    ],
)
def test_s34_a_display_may_ask_as_pages_and_systems_write_languages(tag, language):
    answer = guest().get("/api/v1.0/end-user-display", languageCode=tag)
    assert answer.data["languageCode"] == answer.headers["Content-Language"] == language


@pytest.mark.parametrize("tag", ["pt_BR", "de_DE@euro", "not a language", ""])
def test_s34_everything_else_is_asked_with_a_tag_of_bcp_47(tag):
    streak, caller = make_streak(), admin()
    for answer in (
        guest().get("streak/record", languageCode=tag),
        caller.get(f"streak/record/{streak.pk}", languageCode=tag),
        caller.patch(f"streak/record/{streak.pk}", {"name": "New"}, languageCode=tag),
    ):
        assert answer.error() == (400, "validation_error")
        assert answer.details() == [("languageCode", "invalid")]
    assert Streak.objects.get().name == "7-Day Shopper"


def test_s34_a_configured_variant_comes_before_its_base(settings):
    settings.LANGUAGES = [*settings.LANGUAGES, ("pt-br", "pt-br")]
    assert negotiate_language("pt-BR") == "pt-br"
    assert negotiate_language("pt-BR-x-private") == "pt-br"
    assert negotiate_language("pt-PT") == "pt"


def test_s34_texts_are_read_in_the_language_asked_for_and_the_answer_says_which_it_is():
    streak = make_streak(eud_title_en="Shop", eud_title_fr="Achats")
    for tag, title, content_language in (
        ("fr", "Achats", "fr"),
        ("fr-CA", "Achats", "fr"),
        ("de", "Shop", "de"),
        ("sv", "Shop", "en"),
        ("en", "Shop", "en"),
    ):
        for path in (f"streak/record/{streak.pk}", "streak/record"):
            answer = guest().get(path, languageCode=tag)
            record = answer.data if isinstance(answer.data, dict) else answer.data[0]
            assert (record["eudTitle"], answer.headers["Content-Language"]) == (title, content_language)


def test_without_a_language_code_the_answer_is_in_the_default_one_whatever_the_browser_prefers():
    make_streak(eud_title_en="Shop", eud_title_fr="Achats")
    for headers in ({}, {"Accept-Language": "fr"}):
        answer = guest().get("streak/record", headers=headers)
        assert (answer.data[0]["eudTitle"], answer.headers["Content-Language"]) == ("Shop", "en")
    refusal = guest().get("streak/record", limit="0", headers={"Accept-Language": "fr"})
    assert refusal.body["error"]["message"] == "limit: Use a whole number from 1 to 1000."


def test_one_request_leaves_its_language_to_no_other():
    make_streak(eud_title_en="Shop", eud_title_fr="Achats")
    guest().get("streak/record", languageCode="fr")
    guest().get("streak/record", languageCode="fr", limit="0")
    assert translation.get_language() == "en"
    assert guest().get("streak/record").data[0]["eudTitle"] == "Shop"


def test_s34_texts_are_written_in_the_language_of_the_body():
    caller = admin()
    made = caller.post("streak/record", {**SHOPPER, "eudTitle": "Achats"}, languageCode="fr")
    assert (made.data["eudTitle"], made.headers["Content-Language"]) == ("Achats", "fr")
    path = f"streak/record/{made.data['id']}"
    assert caller.get(path).data["eudTitle"] == ""
    assert caller.patch(path, {"eudTitle": "Shop"}).data["eudTitle"] == "Shop"
    assert caller.get(path, languageCode="fr").data["eudTitle"] == "Achats"
    assert caller.patch(path, {"eudTitle": "Einkauf"}, languageCode="DE").data["eudTitle"] == "Einkauf"
    stored = Streak.objects.values_list("eud_title_en", "eud_title_fr", "eud_title_de")
    assert list(stored) == [("Shop", "Achats", "Einkauf")]


@pytest.mark.parametrize("tag", ["sv", "fr-CA", "pt-BR", "en-US"])
def test_s34_texts_are_not_written_in_a_language_that_is_not_configured_not_even_in_its_base(tag):
    caller, streak = admin(), make_streak(eud_title_en="Shop")
    for answer in (
        caller.post("streak/record", {**SHOPPER, "eudTitle": "x"}, languageCode=tag),
        caller.patch(f"streak/record/{streak.pk}", {"eudTitle": "x"}, languageCode=tag),
    ):
        assert answer.error() == (400, "validation_error")
        assert answer.details() == [("languageCode", "invalid")]
        assert answer.body["error"]["message"] == (
            f"languageCode: Texts cannot be written in “{tag}” here. Configured: en, es, fr, de, pt, ar, hi, ja."
        )
    assert list(Streak.objects.values_list("eud_title_en", "eud_title_fr", "eud_title_pt")) == [("Shop", None, None)]


def test_a_body_without_texts_may_come_with_any_language():
    answer = admin().post("account_user/record", {"externalId": "ann"}, languageCode="pt-BR")
    assert (answer.status, answer.headers["Content-Language"]) == (201, "pt")


@pytest.mark.parametrize("tag", ["pt_BR", "e", "français", "../../etc"])
def test_a_malformed_language_code_is_refused_everywhere(tag):
    caller, streak = admin(), make_streak()
    for answer in (
        caller.get("streak/record", languageCode=tag),
        caller.get(f"streak/record/{streak.pk}", languageCode=tag),
        caller.post("streak/record", SHOPPER, languageCode=tag),
        caller.get("account_user/record", languageCode=tag),
    ):
        assert answer.details() == [("languageCode", "invalid")]
        assert answer.headers["Content-Language"] == "en"
    assert Client().get("/schema/streak/record?languageCode=").status_code == 400


def test_errors_are_in_english_whatever_the_language_of_the_texts():
    caller, streak = admin(), make_streak()
    for answer, message in (
        (
            caller.post("streak/record", {**SHOPPER, "name": ""}, languageCode="fr"),
            "name: This field may not be blank.",
        ),
        (
            caller.patch(f"streak/record/{streak.pk}", {"completionTargetValue": 0}, languageCode="de"),
            "completionTargetValue: Ensure this value is greater than or equal to 1.",
        ),
        (caller.get("streak_log/record", streakId="x", languageCode="ja"), "streakId: Enter a valid UUID."),
        (
            caller.post("account_user/record", {"externalId": "ann", "email": "x"}, languageCode="es"),
            "email: Enter a valid email address.",
        ),
    ):
        assert answer.error() == (400, "validation_error")
        assert (answer.body["error"]["message"], answer.headers["Content-Language"]) == (message, "en")


def test_a_record_that_is_read_changed_and_sent_back_pins_no_text_of_another_language():
    server = admin()
    streak = make_streak(eud_title="Shopper")
    path = f"streak/record/{streak.pk}"
    read = server.get(path, languageCode="fr").data
    changed = {**read, "eudTitle": "Acheteur", "displayOrder": 3}
    assert server.patch(path, changed, languageCode="fr").data["eudTitle"] == "Acheteur"
    assert server.patch(path, {"eudDescription": "Every day."}, languageCode="en").status == 200
    french = server.get(path, languageCode="fr").data
    assert (french["eudTitle"], french["eudDescription"]) == ("Acheteur", "Every day.")
    streak.refresh_from_db()
    assert (streak.eud_title_fr, streak.eud_in_progress_label_fr) == ("Acheteur", None)
