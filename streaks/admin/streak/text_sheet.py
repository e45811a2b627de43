"""All texts of a streak and its milestones as one sheet: a row for each text, a column for each language (S34).

A translator fills it. Each row carries the version of its texts, so that a cell which was not changed in the sheet
changes nothing, however old the sheet is. Changes are displayed first, then applied, all or none.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from modeltranslation.utils import build_localized_fieldname
from openpyxl.utils import get_column_letter

from gamopanda.admin.sheets import NotText, tidy
from streaks.admin.language_tabs import LABELS, MILESTONE_TEXTS, STREAK_TEXTS
from streaks.models import Milestone, Streak

# By its key a row finds its text; the two beside it say more.
KEY, TEXT, LIMIT, VERSION = "key", "text", "at most", "version"
WIDTHS = (28, 36, 8)
LANGUAGE_WIDTH = 48
# What a cell says that empties its text.
EMPTY = "(empty)"

Record = Streak | Milestone

_NOT_TEXT = gettext_lazy(
    "This cell holds a number, a date, a truth value or an error, which the file writes as “%s”. Format the cell as "
    "text and type the text again, or type an apostrophe in front of it."
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A text of a record, in all languages; `key` names it for ever, and `name` for people, in the sheet."""

    key: str
    name: str
    record: Record
    text: str

    @property
    def limit(self) -> int:
        """How long it may be."""
        length: int = self.record._meta.get_field(self.text).max_length  # type: ignore[union-attr, assignment]
        return length

    @property
    def label(self) -> str:
        """What it is for; a milestone's with the name of the milestone."""
        prefix = f"{self.record.name} · " if isinstance(self.record, Milestone) else ""
        return f"{prefix}{LABELS[self.text]}"

    def read(self, language: str) -> str:
        """Return what is written in a language, without what it falls back to."""
        return str(getattr(self.record, build_localized_fieldname(self.text, language)) or "")

    def version(self, languages: Sequence[str]) -> str:
        """Return a short code of each text that the sheet has, such as “en=3f9a2c fr=-”."""
        return " ".join(f"{language}={_code(self.read(language))}" for language in languages)


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text that a sheet changes; a collision where a colleague has changed it since the sheet was made."""

    key: str
    label: str
    language: str
    before: str
    after: str
    is_collision: bool = False

    @property
    def choice_name(self) -> str:
        """The name of the choice between the sheet and what is stored."""
        return f"keep-{self.key}-{self.language}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a sheet, and in which cell, named as spreadsheets do."""

    cell: str
    message: str


def slots_of(streak: Streak) -> list[Slot]:
    """Return every text of a streak, then those of its milestones in order of target."""
    own = [Slot(f"streak.{text}", _name_of(text), streak, text) for text in STREAK_TEXTS]
    of_milestones, numbers = [], Counter[int]()
    for one in Milestone.objects.visible().filter(streak=streak):
        numbers[one.milestone_target_value] += 1
        nth = numbers[one.milestone_target_value]
        name = f"milestone {one.milestone_target_value}" + (f" ({nth})" if nth > 1 else "")
        of_milestones += [Slot(f"{one.pk}.{text}", f"{name}: {_name_of(text)}", one, text) for text in MILESTONE_TEXTS]
    return own + of_milestones


def _name_of(text: str) -> str:
    """Return what a text is called in sheets, whatever language the console speaks."""
    with override("en"):
        return str(LABELS[text]).lower()


def languages_of_sheet(language: str | None) -> list[str]:
    """Return every language; for a sheet in one of them, the default language to translate from, and that one."""
    if language is None:
        return [code for code, _name in settings.LANGUAGES]
    return list(dict.fromkeys([settings.LANGUAGE_CODE, language]))


def sheet_of(streak: Streak, languages: Sequence[str]) -> Iterator[list[Any]]:
    """Yield the rows of the sheet, its heading first."""
    yield [KEY, TEXT, LIMIT, *languages, VERSION]
    for slot in slots_of(streak):
        texts = (slot.read(language) for language in languages)
        yield [slot.name, slot.label, slot.limit, *texts, slot.version(languages)]


def read_sheet(streak: Streak, rows: Sequence[Sequence[str]]) -> tuple[list[TextChange], list[Problem]]:
    """Compare a sheet with what is stored; returns the changes, and everything that stands in their way.

    Rows and languages that a sheet leaves out stay as they are, and so do texts whose cells are empty. A cell that says
    “(empty)” empties its text, which members then read in the default language.
    """
    if not rows or KEY not in rows[0]:
        return [], [Problem("A1", _("The first row has to name the columns: %s, and codes of languages.") % KEY)]
    languages, problems = _languages_of(rows[0])
    place, slots = rows[0].index(KEY), {slot.key: slot for slot in slots_of(streak)}
    # Sheets of earlier versions have the keys themselves.
    keys = {slot.name: slot.key for slot in slots.values()}
    version = rows[0].index(VERSION) if VERSION in rows[0] else None
    changes: list[TextChange] = []
    for number, row in enumerate(rows[1:], start=2):
        name = _cell(row, place)
        key = keys.get(name, name)
        if key in slots:
            codes = {} if version is None else _codes(_cell(row, version))
            found, wrong = _read_row(slots.pop(key), languages, row, number, codes)
            changes += found
            problems += wrong
        elif any(row):
            message = _("“%s” is not a text of this streak, or appears twice.") % name
            problems.append(Problem(f"{get_column_letter(place + 1)}{number}", message))
    return changes, problems


def _read_row(
    slot: Slot, languages: dict[int, str], row: Sequence[str], number: int, codes: dict[str, str]
) -> tuple[list[TextChange], list[Problem]]:
    """Return what a row changes, and what is wrong with that."""
    changes, problems = [], []
    for column, language in languages.items():
        text, cell = _cell(row, column), f"{get_column_letter(column + 1)}{number}"
        if isinstance(text, NotText):
            problems.append(Problem(cell, _NOT_TEXT % text))
        elif change := _compare(slot, language, text, codes.get(language)):
            changes.append(change)
            problems += [Problem(cell, message) for message in _errors(slot, language, change.after)]
    return changes, problems


def _cell(row: Sequence[str], column: int) -> str:
    """Return a cell; those at the end of a row may be missing."""
    return row[column] if column < len(row) else ""


def _compare(slot: Slot, language: str, cell: str, code: str | None) -> TextChange | None:
    """Return what a cell changes, if anything; `code` is that of the text from which the sheet was made."""
    before, after = slot.read(language), "" if cell.lower() == EMPTY else cell
    is_untouched = cell == "" or (code is not None and _code(cell) == code)
    if is_untouched or after == tidy(before):
        return None
    # A sheet without a version may be as old as it likes: what it replaces has to be looked at.
    is_collision = before != "" if code is None else _code(before) != code
    return TextChange(slot.key, slot.label, language, before, after, is_collision)


def _code(text: str) -> str:
    """Return a short code that tells a text from another one."""
    return hashlib.sha256(tidy(text).encode()).hexdigest()[:8] if text else "-"


def _codes(version: str) -> dict[str, str]:
    """Return the codes of a row by their languages."""
    pairs = (part.partition("=") for part in version.split())
    return {language: code for language, _equals, code in pairs}


def _languages_of(heading: Sequence[str]) -> tuple[dict[int, str], list[Problem]]:
    """Return the languages by their column, and what the heading has that is none."""
    known, problems = dict(settings.LANGUAGES), []
    languages: dict[int, str] = {}
    for column, name in enumerate(heading):
        code = name.lower()
        if code in known and code not in languages.values():
            languages[column] = code
        elif name and name not in {KEY, TEXT, LIMIT, VERSION}:
            message = _("“%(name)s” is not a language of this installation, or appears twice. It has: %(known)s.")
            cell = f"{get_column_letter(column + 1)}1"
            problems.append(Problem(cell, message % {"name": name, "known": ", ".join(known)}))
    return languages, problems


def _errors(slot: Slot, language: str, text: str) -> list[str]:
    """Return what is wrong with a text: too long, or a variable that is not known (S31)."""
    if not text:
        return []
    field: Any = slot.record._meta.get_field(build_localized_fieldname(slot.text, language))
    try:
        field.run_validators(text)
    except ValidationError as error:
        return error.messages
    return []


class SheetOutdated(Exception):
    """Somebody has changed a text since the changes were shown."""


@transaction.atomic
def apply_changes(streak: Streak, changes: Sequence[TextChange]) -> None:
    """Write the changes that were shown, all of them; raises `SheetOutdated` when a text is another one by now."""
    locked = Streak.objects.select_for_update(no_key=True).get(pk=streak.pk)
    records: dict[str, Record] = {"streak": locked}
    milestones = Milestone.objects.visible().filter(streak=locked).order_by("pk").select_for_update(no_key=True)
    records |= {str(milestone.pk): milestone for milestone in milestones}
    for change in changes:
        owner, _dot, text = change.key.partition(".")
        record = records.get(owner)
        if record is None or Slot(change.key, change.label, record, text).read(change.language) != change.before:
            raise SheetOutdated(change.label)
        setattr(record, build_localized_fieldname(text, change.language), change.after)
    for owner in dict.fromkeys(change.key.partition(".")[0] for change in changes):
        records[owner].save()
