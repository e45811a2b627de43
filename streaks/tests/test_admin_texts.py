"""All texts of a streak as one sheet that a translator fills (S34)."""

import csv
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from gamopanda.admin.audit import entries_of
from gamopanda.admin.sheets import xlsx_bytes
from streaks.models import Milestone, Streak
from streaks.tests.admin_pages import messages_of
from streaks.tests.calling import make_milestone, make_streak

pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "es", "fr", "de", "pt", "ar", "hi", "ja"]

Sheet = list[list[str]]


def streak_with_texts() -> Streak:
    """A streak in two languages with a milestone; one text is nasty to keep in a sheet."""
    streak = make_streak(eud_title_en="Shop", eud_title_de="Kauf ein", eud_description_en='=1+1; "two",\nlines')
    make_milestone(streak, 3, eud_title_en="Half way", eud_title_ar="نصف الطريق")
    return streak


def exported(client: Client, streak: Streak, kind: str, language: str = "") -> Sheet:
    """Return the cells of the sheet."""
    answer = client.get(reverse("admin:streaks_streak_texts_export", args=[streak.pk, kind]), {"language": language})
    name = f"7-day-shopper-texts{language and '-'}{language}.{kind}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    if kind == "csv":
        return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"), newline="")))
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0]
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def sent(client: Client, streak: Streak, content: bytes) -> Any:
    """Choose a file on the page of the sheet."""
    address = reverse("admin:streaks_streak_texts", args=[streak.pk])
    return client.post(address, {"file": SimpleUploadedFile("filled", content)})


def filled(sheet: Sheet, key: str, **texts: str) -> Sheet:
    """Return the sheet with other texts in the row of a key."""
    changed = [list(row) for row in sheet]
    (row,) = [row for row in changed if row[0] == key]
    for language, text in texts.items():
        row[sheet[0].index(language)] = text
    return changed


def as_csv(sheet: Sheet) -> bytes:
    """Write a sheet as a spreadsheet does."""
    text = StringIO(newline="")
    csv.writer(text).writerows(sheet)
    return text.getvalue().encode("utf-8-sig")


def shown(page: Any) -> list[tuple[str, str, str, str]]:
    """Return the changes that a page shows."""
    changes = page.context.get("changes", [])
    return [(each["label"], each["language"], each["before"], each["after"]) for each in changes]


def collisions(page: Any) -> list[str]:
    """Return the languages of the changes between which a page asks to choose."""
    return [each["language"] for each in page.context["changes"] if each["is_collision"]]


def problems(page: Any) -> list[tuple[str, str]]:
    """Return what a page says is wrong, by cell."""
    return [(problem.cell, problem.message) for problem in page.context["problems"]]


def stored() -> Any:
    """Everything that could have been changed."""
    return list(Streak.objects.order_by("pk").values()), list(Milestone.objects.order_by("pk").values())


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_sheet_has_every_text_in_every_language_and_comes_back_without_a_change(
    admin_client: Client, kind: str
) -> None:
    streak = streak_with_texts()
    sheet = exported(admin_client, streak, kind)
    assert sheet[0] == ["key", "text", "at most", *LANGUAGES, "version"]
    assert len(sheet) == 1 + 14 + 3
    assert sheet[1][:-1] == ["title", "Title", "48", "Shop", "", "", "Kauf ein", "", "", "", ""]
    assert sheet[1][-1].startswith("en=d00aae6b es=- fr=- de=01cd2325")
    assert sheet[15][:4] == ["milestone 3: title", "Day 3 · Title", "48", "Half way"]
    page = sent(admin_client, streak, as_csv(sheet) if kind == "csv" else xlsx_bytes(sheet))
    assert (shown(page), problems(page), page.context["signed"]) == ([], [], "")
    assert "nothing to change" in page.content.decode()


@pytest.mark.parametrize(("kind", "write"), [("csv", as_csv), ("xlsx", xlsx_bytes)])
def test_what_a_translator_filled_is_shown_first_and_then_applied(admin_client: Client, kind: str, write: Any) -> None:
    streak = streak_with_texts()
    sheet = filled(exported(admin_client, streak, kind), "title", fr="Achetez", de="(empty)")
    sheet = filled(sheet, "milestone 3: title", ja="半分")
    before = stored()
    page = sent(admin_client, streak, write(sheet))
    assert shown(page) == [
        ("Title", "fr", "", "Achetez"),
        ("Title", "de", "Kauf ein", ""),
        ("Day 3 · Title", "ja", "", "半分"),
    ]
    assert stored() == before
    entries_of(streak).delete()
    done = admin_client.post(page.request["PATH_INFO"], {"shown": page.context["signed"]}, follow=True)
    assert messages_of(done) == ["3 texts changed."]
    streak, milestone = Streak.objects.get(), Milestone.objects.get()
    assert (streak.eud_title_en, streak.eud_title_fr, streak.eud_title_de) == ("Shop", "Achetez", "")
    assert milestone.eud_title_ja == "半分"
    assert entries_of(streak).get().changes == {"eud_title_fr": [None, "Achetez"], "eud_title_de": ["Kauf ein", ""]}
    with translation.override("de"):
        assert streak.eud_title == "Shop", "S34: an empty text is read in the default language"


def test_the_rows_of_a_sheet_have_names_that_people_read_also_of_milestones_at_the_same_period(
    admin_client: Client,
) -> None:
    streak = streak_with_texts()
    make_milestone(streak, 3, name="Bonus", eud_title_en="A bonus")
    sheet = exported(admin_client, streak, "csv")
    names = [row[0] for row in sheet[1:]]
    assert names[2:8] == [
        "label: in progress", "label: completed", "label: not started", "label: broken", "button: view details",
        "to do in this period",
    ]  # fmt: skip
    assert names[14:] == [
        "milestone 3: title", "milestone 3: description", "milestone 3: how to redeem",
        "milestone 3 (2): title", "milestone 3 (2): description", "milestone 3 (2): how to redeem",
    ]  # fmt: skip
    page = sent(admin_client, streak, as_csv(filled(sheet, "milestone 3 (2): title", fr="Un bonus")))
    assert (shown(page), collisions(page)) == ([("Bonus · Title", "fr", "", "Un bonus")], [])


def test_sheets_of_earlier_versions_are_still_taken(admin_client: Client) -> None:
    streak = streak_with_texts()
    milestone = Milestone.objects.get()
    page = sent(admin_client, streak, f"key,fr\nstreak.eud_title,Achetez\n{milestone.pk}.eud_title,Moitié\n".encode())
    assert shown(page) == [("Title", "fr", "", "Achetez"), ("Day 3 · Title", "fr", "", "Moitié")]
    twice = sent(admin_client, streak, b"key,fr\ntitle,Achetez\nstreak.eud_title,Encore\n")
    assert problems(twice) == [("A3", "“streak.eud_title” is not a text of this streak, or appears twice.")]


def test_a_sheet_brings_back_only_what_was_changed_in_it_however_old_it_is(admin_client: Client) -> None:
    streak = streak_with_texts()
    older = exported(admin_client, streak, "csv")
    Streak.objects.filter(pk=streak.pk).update(eud_title_de="Kaufen", eud_title_es="Compra")
    page = sent(admin_client, streak, as_csv(filled(older, "title", fr="Achetez")))
    assert (shown(page), collisions(page)) == ([("Title", "fr", "", "Achetez")], [])
    admin_client.post(page.request["PATH_INFO"], {"shown": page.context["signed"]})
    stored = Streak.objects.get()
    assert (stored.eud_title_fr, stored.eud_title_de, stored.eud_title_es) == ("Achetez", "Kaufen", "Compra")


def test_an_empty_cell_empties_nothing_unless_it_says_so(admin_client: Client) -> None:
    streak = streak_with_texts()
    sheet = exported(admin_client, streak, "csv")
    assert shown(sent(admin_client, streak, as_csv(filled(sheet, "title", en="", de="")))) == []
    page = sent(admin_client, streak, as_csv(filled(sheet, "title", de="(Empty)", fr="(empty)")))
    assert shown(page) == [("Title", "de", "Kauf ein", "")]
    Streak.objects.filter(pk=streak.pk).update(eud_title_en="(empty)")
    assert shown(sent(admin_client, streak, as_csv(exported(admin_client, streak, "csv")))) == []


@pytest.mark.parametrize(("choice", "kept"), [("sheet", "Kauf mehr"), ("stored", "Kaufen")])
def test_a_text_that_the_sheet_and_a_colleague_have_changed_is_chosen(
    admin_client: Client, choice: str, kept: str
) -> None:
    streak = streak_with_texts()
    sheet = filled(exported(admin_client, streak, "csv"), "title", de="Kauf mehr", fr="Achetez")
    Streak.objects.filter(pk=streak.pk).update(eud_title_de="Kaufen")
    page = sent(admin_client, streak, as_csv(sheet))
    assert shown(page) == [("Title", "fr", "", "Achetez"), ("Title", "de", "Kaufen", "Kauf mehr")]
    assert collisions(page) == ["de"]
    before = stored()
    undecided = admin_client.post(page.request["PATH_INFO"], {"shown": page.context["signed"]})
    assert (shown(undecided), stored()) == (shown(page), before)
    assert messages_of(undecided) == ["Nothing was changed: choose what to keep of each text that is marked."]
    chosen = {"shown": undecided.context["signed"], "keep-streak.eud_title-de": choice}
    assert admin_client.post(page.request["PATH_INFO"], chosen).status_code == 302
    assert (Streak.objects.get().eud_title_de, Streak.objects.get().eud_title_fr) == (kept, "Achetez")


def test_a_sheet_without_a_version_asks_before_it_replaces_a_text(admin_client: Client) -> None:
    page = sent(admin_client, streak_with_texts(), b"key,de,fr\nstreak.eud_title,Kaufen,Achetez\n")
    assert (len(shown(page)), collisions(page)) == (2, ["de"])


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_sheet_can_be_for_one_language(admin_client: Client, kind: str) -> None:
    streak = streak_with_texts()
    assert exported(admin_client, streak, kind, "fr")[0] == ["key", "text", "at most", "en", "fr", "version"]
    assert exported(admin_client, streak, kind, "en")[0] == ["key", "text", "at most", "en", "version"]
    address = reverse("admin:streaks_streak_texts_export", args=[streak.pk, kind])
    assert admin_client.get(address, {"language": "xx"}).status_code == 404


def test_rows_and_languages_that_are_left_out_stay_and_semicolons_are_understood(admin_client: Client) -> None:
    streak = streak_with_texts()
    page = sent(admin_client, streak, b"key;FR\nstreak.eud_title;Achetez\n;\n")
    assert shown(page) == [("Title", "fr", "", "Achetez")]
    assert problems(page) == []


def test_wrong_cells_are_named_as_a_spreadsheet_names_them_and_nothing_is_changed_S31(admin_client: Client) -> None:
    streak = streak_with_texts()
    before = stored()
    rows = [
        ["key", "text", "fr", "xx", "ja"],
        ["streak.eud_title", "Title", "x" * 49, "", "店"],
        ["streak.eud_broken_streak_message", "Broken", "{{curentProgressValue}}", "", "{{ periodText }}"],
        ["streak.name", "", "Non", "", ""],
        ["streak.eud_title", "Title", "twice", "", ""],
        ["streak.eud_completed_streak_message", "", "Encore {{nextRemainingValue} !", "", ""],
        ["streak.eud_broken_label", "", "{{periodText}}", "", ""],
    ]
    page = sent(admin_client, streak, as_csv(rows))
    cells = problems(page)
    assert [cell for cell, _message in cells] == ["D1", "C2", "C3", "A4", "A5", "C6", "C7"]
    assert cells[0][1].startswith("“xx” is not a language of this installation")
    assert "at most 48 characters (it has 49)" in cells[1][1]
    assert "Did you mean {{currentProgressValue}}?" in cells[2][1]
    assert "“{{” has no matching “}}”" in cells[5][1]
    assert "No variable is filled in here" in cells[6][1]
    assert page.context["signed"] == ""
    assert stored() == before


def test_a_translator_changes_the_forms_of_a_number_and_never_its_name_S63(admin_client: Client) -> None:
    streak = streak_with_texts()
    before = stored()
    key = "streak.eud_broken_streak_message"
    forms = {"fr": "{{freezesLeft|one: # gel|other: # gels}}", "ja": "{{freezesLeft|other: #回}}"}
    page = sent(admin_client, streak, as_csv([["key", *forms], [key, *forms.values()]]))
    assert (problems(page), len(shown(page))) == ([], 2)
    wrong = ["{{gelsRestants|one: # gel|other: # gels}}", "{{freezesLeft|one: #|other: #}}"]
    page = sent(admin_client, streak, as_csv([["key", *forms], [key, *wrong]]))
    (french, renamed), (japanese, foreign) = problems(page)
    assert (french, japanese, page.context["signed"]) == ("B2", "C2", "")
    assert "{{gelsRestants}} is not a known variable" in renamed
    assert "Its forms are: other" in foreign
    assert stored() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00", "The file is neither XLSX nor CSV in UTF-8."),
        (b"PK\x03\x04 no workbook", "The workbook cannot be read: save it again as XLSX."),
        (b"key,fr\n" + b"," * 600 + b"\n", "is too large to be a sheet of texts."),
        (b"text,fr\nTitle,Bonjour\n", "The first row has to name the columns: key, and codes of languages."),
    ],
)
def test_what_is_no_sheet_is_refused(admin_client: Client, content: bytes, message: str) -> None:
    streak = streak_with_texts()
    before = stored()
    page = sent(admin_client, streak, content)
    assert message in page.content.decode()
    assert stored() == before


def test_typed_cells_are_refused_by_cell_and_nothing_is_changed(admin_client: Client) -> None:
    streak = streak_with_texts()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["key", "at most", "en", "fr", "es", "de", "pt", "ar"])
    sheet.append(["streak.eud_title", 48, 0.2, date(2026, 3, 1), True, "'5", "#N/A"])
    sheet["C2"].number_format = "0%"
    file = BytesIO()
    book.save(file)
    before = stored()
    page = sent(admin_client, streak, file.getvalue())
    assert [cell for cell, _message in problems(page)] == ["C2", "D2", "E2", "G2"]
    assert problems(page)[0][1].startswith(
        "This cell holds a number, a date, a truth value or an error, which the file"
    )
    assert [message.split("“")[1].split("”")[0] for _cell, message in problems(page)] == [
        "0.2", "2026-03-01 00:00:00", "True", "#N/A",
    ]  # fmt: skip
    assert (page.context["signed"], stored()) == ("", before)


def test_the_cells_of_the_sheet_stay_texts_whatever_is_typed_in_them(admin_client: Client) -> None:
    streak = streak_with_texts()
    answer = admin_client.get(reverse("admin:streaks_streak_texts_export", args=[streak.pk, "xlsx"]))
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0]
    assert {cell.number_format for row in sheet.iter_rows(min_row=2, min_col=4) for cell in row} == {"@"}


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize(
    "label",
    ["''-x", "'-x", "-x", "''=1", "'", "'5", "-5", "＝1", "_x000D_", "_x005F_", "_x005F_x0041_", "it's '=x"],
)
def test_any_label_comes_back_without_a_change(admin_client: Client, kind: str, label: str) -> None:
    streak = make_streak(eud_broken_label_en=label)
    answer = admin_client.get(reverse("admin:streaks_streak_texts_export", args=[streak.pk, kind]))
    page = sent(admin_client, streak, answer.content)
    assert (shown(page), problems(page)) == ([], [])


@pytest.mark.parametrize("write", [as_csv, xlsx_bytes])
def test_control_characters_are_refused_in_sheets(admin_client: Client, write: Any, monkeypatch: Any) -> None:
    streak = streak_with_texts()
    before = stored()
    monkeypatch.setattr("gamopanda.admin.sheets.without_control_characters", lambda text: text)
    rows = [["key", "fr"], ["streak.eud_title", "A\x7fB"]]
    page = sent(admin_client, streak, write(rows))
    message = "Character 2 is a control character (U+007F), which cannot be displayed: remove it."
    assert problems(page) == [("B2", message)]
    assert stored() == before


def test_changes_are_applied_only_as_they_were_shown_for_this_streak(admin_client: Client) -> None:
    streak, other = streak_with_texts(), make_streak(name="Other")
    address = reverse("admin:streaks_streak_texts", args=[streak.pk])
    page = sent(admin_client, streak, b"key,fr,es\nstreak.eud_title,Achetez,Compra\n")
    signed = page.context["signed"]
    Streak.objects.filter(pk=streak.pk).update(eud_title_es="Compra hoy")
    before = stored()
    refusal = ["Nothing was changed, because somebody has edited these texts since. Upload the sheet again."]
    elsewhere = reverse("admin:streaks_streak_texts", args=[other.pk])
    for path, text in ((address, signed), (elsewhere, signed), (address, signed[:-1]), (address, "")):
        assert messages_of(admin_client.post(path, {"shown": text}, follow=True)) == refusal
    assert stored() == before


def test_the_page_of_a_streak_leads_to_its_sheet_and_a_hidden_one_takes_none_S29(admin_client: Client) -> None:
    streak = streak_with_texts()
    page = admin_client.get(reverse("admin:streaks_streak_translations", args=[streak.pk]), follow=True)
    assert page.context["may_change"] is True
    Streak.objects.filter(pk=streak.pk).update(deleted_at="2026-03-01T00:00:00Z")
    before = stored()
    assert sent(admin_client, streak, b"key,fr\nstreak.eud_title,Achetez\n").status_code == 403
    assert len(exported(admin_client, streak, "csv")) == 18
    assert stored() == before
    assert admin_client.get(reverse("admin:streaks_streak_texts_export", args=[streak.pk, "pdf"])).status_code == 404
