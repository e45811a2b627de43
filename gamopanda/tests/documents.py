"""Reads the README and the documents as a person does: their tables, their code, their links."""

import re
import shlex
from collections.abc import Iterator

from gamopanda.conf.environment import BASE_DIR

BETWEEN_CELLS = re.compile(r"(?<!\\)\|")
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
DOCUMENTS = [
    "README.md",
    *sorted(path.name for path in BASE_DIR.glob("*.md") if path.name != "README.md"),
    *sorted(f"docs/{path.name}" for path in (BASE_DIR / "docs").glob("*.md")),
]


def text_of(document: str) -> str:
    """Return a document, named by its path from the top of the repository."""
    return (BASE_DIR / document).read_text(encoding="utf-8")


def code_of(document: str, language: str) -> list[str]:
    """Return the blocks of code in one language, in order."""
    return [code for name, code in FENCED.findall(text_of(document)) if name == language]


def table_of(document: str, *heading: str) -> list[dict[str, str]]:
    """Return the rows of the one table with this heading; backquotes around a whole cell are dropped."""
    lines = iter(text_of(document).splitlines())
    (rows,) = [list(_rows(lines)) for line in lines if _cells(line) == list(heading)]
    return [dict(zip(heading, row, strict=True)) for row in rows]


def _rows(lines: Iterator[str]) -> Iterator[list[str]]:
    assert set(next(lines)) <= set("|-")
    for line in lines:
        if not line.startswith("|"):
            return
        yield [re.sub(r"^`([^`]*)`$", r"\1", cell) for cell in _cells(line)]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in BETWEEN_CELLS.split(line.strip("|"))] if line.startswith("|") else []


def commands_of(document: str) -> Iterator[list[str]]:
    """Yield the words of every command in blocks of shell, without what it puts into its environment."""
    for code in code_of(document, "sh"):
        command = ""
        for line in code.splitlines(keepends=True):
            command += line
            words = _words(command)
            if words is not None:
                command = ""
                yield words
        assert not command, f"{document}: this command does not end: {command}"


def _words(command: str) -> list[str] | None:
    """Return the words of a command, or None when it goes on in the next line."""
    if command.endswith("\\\n"):
        return None
    try:
        words = shlex.split(command.replace("\\\n", " "))
    except ValueError:
        return None
    while words and re.match(r"[A-Z_]+=", words[0]):
        del words[0]
    return words
