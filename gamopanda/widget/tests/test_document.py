"""What docs/widget.md says is so: its options, functions, events and themes are those of the script."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from gamopanda.tests.documents import code_of, table_of
from gamopanda.widget.display import THEME
from gamopanda.widget.models import LauncherIcon, WidgetSettings

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql

DOCUMENT = "docs/widget.md"
ADDRESS = "https://streaks.example.com/static/widget/gamopanda.js"
TYPES = Path(finders.find("widget/gamopanda.d.ts") or "").read_text()
SOURCES = {path.name: path.read_text() for path in Path(finders.find("widget/src") or "").glob("*.js")}


def camel_case(name: str) -> str:
    return re.sub("_(.)", lambda match: match[1].upper(), name)


def test_every_option_is_one_that_the_script_reads() -> None:
    told = {row["Option"] for row in table_of(DOCUMENT, "Option", "Default", "Meaning")}
    checks = SOURCES["options.js"].partition("const CHECKS = {")[2].partition("\n};")[0]
    checked = set(re.findall(r"^  (\w+): ", checks, re.MULTILINE))
    read = set(re.findall(r"\boptions\.(?!js\b)(\w+)", "".join(SOURCES.values())))
    (launcher,) = re.findall(r"const \{ (alignment, [^}]+) \} = this\.options", SOURCES["programme.js"])
    assert told == checked == (read | set(launcher.split(", ")) | {"apiUrl"}) - {"baseUrl"}


def test_the_functions_of_the_handle_are_those_of_the_script() -> None:
    told = [row["Function"].partition("(")[0] for row in table_of(DOCUMENT, "Function", "What it does")]
    handle = SOURCES["gamopanda.js"].partition("const handle = {")[2].partition("return Object.freeze(handle)")[0]
    assert told == re.findall(r"^    (\w+)[:(]", handle, re.MULTILINE)


def test_every_event_is_one_that_is_sent() -> None:
    told = {row["Event"].removeprefix("gamopanda:") for row in table_of(DOCUMENT, "Event", "`detail`", "When")}
    sent = set(re.findall(r"\.tell\(\"(\w+)\"", "".join(SOURCES.values())))
    assert told == sent | {"completed", "broken"}


def test_the_defaults_of_the_theme_are_those_of_the_settings_and_of_the_script() -> None:
    told = {row["Theme"]: row["Default"] for row in table_of(DOCUMENT, "Theme", "Default", "Used for")}
    assert told == {camel_case(name): str(getattr(WidgetSettings(), name)) for name in THEME}
    block = SOURCES["colours.js"].partition("const DEFAULT_THEME = {")[2].partition("};")[0]
    assert dict(re.findall(r"^  (\w+): \"?([^\"\n]+?)\"?,$", block, re.MULTILINE)) == told


def test_the_icons_are_those_of_the_script() -> None:
    block = SOURCES["pictures.js"].partition("const FILLED = {")[2].partition("};")[0]
    assert re.findall(r"^  (\w+): ", block, re.MULTILINE) == LauncherIcon.values


def test_the_lines_to_paste_are_those_of_the_administration() -> None:
    lines = render_to_string("widget/snippet.html", {"script": ADDRESS, "account_id": "gamopanda"})
    assert code_of(DOCUMENT, "html")[0].strip() == lines.strip()


def test_the_types_are_those_of_the_document() -> None:
    options = TYPES.partition("interface Options {")[2].partition("\n  }")[0]
    assert re.findall(r"^    (\w+)\??:", options, re.MULTILINE) == [
        row["Option"].strip("`") for row in table_of(DOCUMENT, "Option", "Default", "Meaning")
    ]
    display = TYPES.partition("interface Display {")[2].partition("\n  }")[0]
    functions = [row["Function"].partition("(")[0] for row in table_of(DOCUMENT, "Function", "What it does")]
    assert re.findall(r"^    (\w+)\(", display, re.MULTILINE) == functions
    events = {row["Event"].strip("`") for row in table_of(DOCUMENT, "Event", "`detail`", "When")}
    assert set(re.findall(r'"(gamopanda:\w+)": CustomEvent', TYPES)) == events
