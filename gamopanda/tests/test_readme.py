"""What the README says, and the tables that it leads to: commands, settings, addresses, the call and its answer."""

import ast
import json
import re
import secrets
import shlex
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from gamopanda.conf.environment import BASE_DIR, read_var_dir
from gamopanda.tests.commands import run_manage
from gamopanda.tests.documents import code_of, commands_of, table_of, text_of

README, SETTINGS, OPERATIONS, ARCHITECTURE = (
    "README.md",
    "docs/settings.md",
    "docs/operations.md",
    "docs/architecture.md",
)
MOST_LINES = 130
OWN = {"gamopanda", "streaks", "rewards"}
KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

# What is another one in every installation, or at every call.
VARYING = [
    (re.compile(r"gk_[0-9a-f]{28}"), "<key>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<secret>"),
    (re.compile(r"(?<=Password  )\S{16}$", re.MULTILINE), "<password>"),
    (re.compile(r"\b(first-look|order)-[0-9a-f]{8}\b"), r"\1-<mark>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z"), "<instant>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "<date>"),
    (re.compile(r"\b01[0-9a-f]{6}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-(?!000000000003)[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"(?<=MOVE20-)[A-Z0-9]{14}\b"), "<code>"),
]


def same_everywhere(text: str) -> str:
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return text


def test_the_readme_is_read_in_a_minute() -> None:
    assert len(text_of(README).splitlines()) <= MOST_LINES


# --- the tables -------------------------------------------------------------------------------------------------------


def test_the_table_of_commands_has_every_command_of_the_product_with_its_help() -> None:
    own = {name: app for name, app in get_commands().items() if app.partition(".")[0] in OWN}
    helps = {name: load_command_class(app, name).help for name, app in own.items()}
    assert {row["Command"]: row["What it does"] for row in table_of(OPERATIONS, "Command", "What it does")} == helps


def defaults_read(path: str) -> dict[str, str]:
    """Return the names that a file reads from the environment, with their defaults as far as they are plain."""
    tree = ast.parse((BASE_DIR / path).read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    reads = [call for call in calls if call.func.id.startswith("read_") and isinstance(call.args[0], ast.Constant)]
    given = {call.args[0].value: {word.arg: word.value for word in call.keywords}.get("default") for call in reads}
    return {name: str(value.value) if isinstance(value, ast.Constant) else "" for name, value in given.items()}


def settings_table() -> dict[str, str]:
    return {row["Setting"]: row["Default"] for row in table_of(SETTINGS, "Setting", "Default", "Meaning")}


def test_the_table_of_settings_has_every_variable_that_settings_read() -> None:
    read = defaults_read("gamopanda/settings.py") | defaults_read("gamopanda/conf/environment.py")
    assert set(settings_table()) == set(read)
    assert len(read) > 15


def shown_settings(var_dir: Path, **environment: str) -> str:
    done = run_manage("diffsettings", "--all", var_dir=var_dir, **{**environment, "SECRET_KEY": KEY})
    assert done.returncode == 0, done.stderr
    return re.sub(r" at 0x[0-9a-f]+", "", done.stdout)


def test_settings_that_are_set_to_the_defaults_of_the_table_are_those_without_any(tmp_path: Path) -> None:
    written_out = {name: default for name, default in settings_table().items() if name != "GAMOPANDA_VAR_DIR"}
    assert shown_settings(tmp_path, **written_out) == shown_settings(tmp_path)


def test_the_default_of_the_folder_is_that_of_the_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GAMOPANDA_VAR_DIR")
    monkeypatch.setattr("gamopanda.conf.environment.BASE_DIR", tmp_path)
    assert read_var_dir("GAMOPANDA_VAR_DIR") == tmp_path / settings_table()["GAMOPANDA_VAR_DIR"]


def test_the_table_of_make_has_what_the_makefile_and_its_scripts_read() -> None:
    of_make = dict(re.findall(r"^(\w+) \?= (.*)$", (BASE_DIR / "Makefile").read_text(), re.MULTILINE))
    of_run = {name: text for name, text in defaults_read("scripts/run.py").items() if name not in settings_table()}
    assert "TEST_DATABASE_URL" in (BASE_DIR / "scripts/with_postgres.py").read_text()
    rows = table_of(SETTINGS, "Setting", "Default", "Of", "Meaning")
    assert {row["Setting"]: row["Default"] for row in rows} == {**of_run, **of_make, "TEST_DATABASE_URL": ""}


def test_every_path_of_the_layout_is_there() -> None:
    paths = [line.split()[0] for line in code_of(ARCHITECTURE, "text")[-1].splitlines()]
    assert len(paths) > 10
    assert [path for path in paths if not (BASE_DIR / path).exists()] == []


@pytest.mark.django_db
def test_every_address_answers(client: Client, settings: Settings) -> None:
    settings.GAMOPANDA_DEMO = True
    rows = table_of(README, "Address", "What is there")
    addresses = [address.strip("`") for row in rows for address in row["Address"].split(", ")]
    answers = {address: client.get(address).status_code for address in addresses}
    assert answers == {address: 302 if address == "/admin/" else 200 for address in addresses}
    assert len(answers) == 7


# --- the first look ---------------------------------------------------------------------------------------------------


@pytest.fixture
def printed(settings: Settings, tmp_path: Path, db: None) -> str:
    settings.VAR_DIR = tmp_path
    output = StringIO()
    call_command("welcome", url="http://localhost:8000", stdout=output, stderr=StringIO())
    return output.getvalue()


def the_call(words: list[str]) -> tuple[str, dict[str, str], Any]:
    """Return the address, the headers and the body of a curl line."""
    headers = [words[place + 1] for place, word in enumerate(words) if word == "-H"]
    return words[4], dict(header.split(": ") for header in headers), json.loads(words[words.index("-d") + 1])


def readme_call() -> tuple[str, dict[str, str], Any]:
    (words,) = [words for words in commands_of(README) if words[0] == "curl"]
    assert words[:4] == ["curl", "-sS", "-X", "POST"]
    return the_call(words)


def printed_call(printed: str) -> tuple[str, dict[str, str], Any]:
    (line,) = [line for line in printed.splitlines() if line.startswith("curl ")]
    return the_call(shlex.split(line))


def test_what_the_first_look_prints_is_what_is_shown(printed: str) -> None:
    before_call, _, _ = printed.partition("\ncurl ")
    assert same_everywhere(code_of(README, "text")[0].strip()) == same_everywhere(before_call.strip())


def test_the_call_is_the_one_that_is_printed(printed: str) -> None:
    shown, real = (same_everywhere(json.dumps(call)) for call in (readme_call(), printed_call(printed)))
    assert json.loads(shown) == json.loads(real)


def part_of(real: Any, shown: Any) -> Any:
    """Return of the real answer what is shown: of objects the fields that are shown, all else whole."""
    if not isinstance(shown, dict):
        return real
    return {name: part_of(real[name], value) for name, value in shown.items()}


def test_the_answer_is_the_real_one_with_fields_left_out(client: Client, printed: str) -> None:
    address, _, body = readme_call()
    _, headers, _ = printed_call(printed)
    body["activityAt"] = timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    path = address.removeprefix("http://localhost:8000")
    first, again = (
        client.post(path, json.dumps(body), content_type=headers["content-type"], headers=headers) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 409)
    shown = json.loads(code_of(README, "json")[0])
    assert same_everywhere(json.dumps(part_of(first.json(), shown))) == same_everywhere(json.dumps(shown))
    assert again.json()["error"]["details"][0]["existingId"] == first.json()["data"]["id"]


# --- production -------------------------------------------------------------------------------------------------------


def test_the_environment_for_production_passes_the_checks_of_a_deployment(tmp_path: Path) -> None:
    code = code_of(OPERATIONS, "ini")[0]
    environment = dict(line.split("=", 1) for line in code.splitlines())
    assert set(environment) <= set(settings_table())
    del environment["GAMOPANDA_VAR_DIR"]
    environment["SECRET_KEY"] = secrets.token_urlsafe(64)
    done = run_manage("check", "--deploy", "--fail-level", "DEBUG", var_dir=tmp_path, **environment)
    assert (done.stderr, done.returncode) == ("", 0)
    # HSTS_PRELOAD is off unless an installation asks for it.
    assert done.stdout == "System check identified no issues (1 silenced).\n"
