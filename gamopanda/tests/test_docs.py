"""What the documents say is so: their commands can be typed, their links lead somewhere, their examples are real."""

import csv
import gzip
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.test import Client
from django.urls import resolve

from gamopanda import checks
from gamopanda.api.monitoring.logs import JSONFormatter
from gamopanda.conf.environment import BASE_DIR
from gamopanda.server.__main__ import arguments
from gamopanda.tests.documents import DOCUMENTS, LINK, code_of, commands_of, table_of, text_of
from streaks.core.messages import MESSAGES, NAMES
from streaks.management.log_files import read_rows
from streaks.models import Streak, StreakLog, StreakProgress
from streaks.progress.log_body import COLUMN_NAMES

MAKEFILE = (BASE_DIR / "Makefile").read_text()


# --- commands ---------------------------------------------------------------------------------------------------------


def check_make(words: list[str]) -> None:
    targets = [word for word in words[1:] if "=" not in word]
    assert [target for target in targets if f"\n{target}:" not in MAKEFILE] == []


def check_manage(words: list[str]) -> None:
    """Let the command itself read the arguments: it refuses what it does not know."""
    if words[1:3] == ["-m", "gamopanda.server"]:
        arguments().parse_args(words[3:])
    if words[1] != "manage.py":
        return
    app = get_commands()[words[2]]
    command = app if isinstance(app, BaseCommand) else load_command_class(app, words[2])
    command.create_parser("manage.py", words[2]).parse_args(words[3:])


def check_installed(words: list[str]) -> None:
    assert (Path(sys.executable).parent / Path(words[0]).name).exists()
    lists = [words[place + 1] for place, word in enumerate(words) if word == "-r"]
    assert [name for name in lists if not (BASE_DIR / name).exists()] == []


def check_address(words: list[str]) -> None:
    (address,) = [word for word in words if word.startswith("http")]
    resolve(urlsplit(address).path)


def check_exported(words: list[str]) -> None:
    names = {row["Setting"] for row in table_of("docs/settings.md", "Setting", "Default", "Meaning")}
    assert {word.partition("=")[0] for word in words[1:]} <= names


def check_compose(words: list[str]) -> None:
    """Look at what runs in a service as at any other command."""
    assert words[1] == "compose"
    if words[2] == "exec":
        assert words[3] in yaml.safe_load((BASE_DIR / "compose.yaml").read_text())["services"]
        check_manage(words[4:])


def check_copied(words: list[str]) -> None:
    assert list(BASE_DIR.glob(words[1])) != []


def leave(_words: list[str]) -> None:
    """Of the system, not of the product."""


CHECKS: dict[str, Callable[[list[str]], None]] = {
    "make": check_make,
    ".venv/bin/python": check_manage,
    ".venv/bin/pip": check_installed,
    "curl": check_address,
    "export": check_exported,
    "docker": check_compose,
    "cp": check_copied,
    **dict.fromkeys(["set", ".", "printf", "python3", "pg_dump", "pg_restore", "sqlite3", "systemctl"], leave),
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_can_be_typed(document: str) -> None:
    for words in commands_of(document):
        assert words[0] in CHECKS, words
        CHECKS[words[0]](words)


def test_the_two_commands_come_first() -> None:
    assert list(commands_of("README.md"))[:2] == [["make", "run"], ["make", "test"]]


# --- links and names --------------------------------------------------------------------------------------------------


def anchors_of(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as they are made where it is shown."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    for link in LINK.findall(text_of(document)):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (BASE_DIR / document).parent / name if name else BASE_DIR / document
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link


def test_the_readme_leads_to_every_document() -> None:
    assert set(DOCUMENTS) - {"README.md"} <= {link.partition("#")[0] for link in LINK.findall(text_of("README.md"))}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_that_is_named_is_in_the_table(document: str) -> None:
    tables = (["Setting", "Default", "Meaning"], ["Setting", "Default", "Of", "Meaning"])
    known = {row["Setting"] for heading in tables for row in table_of("docs/settings.md", *heading)}
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)\b", text_of(document)))
    # What the tools of AWS read is theirs.
    assert {name for name in named if not name.startswith("AWS_")} <= known


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_check_that_is_named_exists(document: str) -> None:
    for name in re.findall(r"\b[EW]\d{3}\b", text_of(document)):
        assert f'"gamopanda.{name}"' in Path(checks.__file__).read_text()


def test_the_variables_and_messages_are_all_described() -> None:
    """S31, S33."""
    rows = table_of("docs/streaks.md", "Variable", "Meaning", "Example")
    assert [row["Variable"] for row in rows] == [f"{{{{{name}}}}}" for name in NAMES]
    named = set(re.findall(r"`eud(\w+Message)`", text_of("docs/streaks.md")))
    assert named == {re.sub(r"_?([a-z]+)", lambda word: word[1].title(), name.removeprefix("eud")) for name in MESSAGES}


# --- examples ---------------------------------------------------------------------------------------------------------


def test_the_columns_of_an_import_are_those_described() -> None:
    assert [row["Column"] for row in table_of("docs/operations.md", "Column", "Meaning")] == list(COLUMN_NAMES)
    (example,) = code_of("docs/operations.md", "csv")
    assert next(csv.reader(example.splitlines())) == list(COLUMN_NAMES)
    assert list(json.loads(code_of("docs/operations.md", "json")[0])) == list(COLUMN_NAMES)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["csv", "json"])
def test_the_examples_of_an_import_are_imported(
    tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """S17: as they stand, and gzipped once more, in which there is nothing new."""
    streak = Streak.objects.create(
        name="n", description="d", status="live", aggregation_target_value=50, completion_target_value=7
    )
    example = code_of("docs/operations.md", language)[0].encode()
    rows = 2 if language == "csv" else 1
    for name, content in (("plain", example), ("gzipped", gzip.compress(example))):
        (tmp_path / name).write_bytes(content)
        with (tmp_path / name).open("rb") as file:
            assert len(list(read_rows(file))) == rows
        call_command("import_streak_logs", str(tmp_path / name), streak=str(streak.pk))
    assert capsys.readouterr().out == (
        f"{rows} rows: {rows} logs recorded, 0 were there already, 0 rejected.\n"
        f"{rows} rows: 0 logs recorded, {rows} were there already, 0 rejected.\n"
    )
    assert StreakLog.objects.count() == rows
    assert StreakProgress.objects.get().current_progress_value == (1 if language == "csv" else 0)


@pytest.mark.django_db
def test_the_line_of_the_log_has_the_fields_of_a_real_one(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    shown = json.loads(code_of("docs/operations.md", "json")[1])
    with caplog.at_level("INFO"):
        client.get("/api/v1.0/schema/streak/record")
    (record,) = [record for record in caplog.records if record.name == shown["logger"]]
    assert list(json.loads(JSONFormatter().format(record))) == list(shown)


def test_the_tools_of_the_repository_are_named_by_their_paths() -> None:
    for document in DOCUMENTS:
        for path in re.findall(
            r"`((?:\.ci|scripts|deploy|docs|streaks|gamopanda|rewards)/[\w./-]+)`", text_of(document)
        ):
            assert (BASE_DIR / path).exists(), path
