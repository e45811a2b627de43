"""A move from SQLite to PostgreSQL, word for word as docs/operations.md says."""

import os
import secrets
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from gamopanda.tests.commands import run_manage
from gamopanda.tests.documents import commands_of

# It moves to a PostgreSQL, so there has to be one.
pytestmark = pytest.mark.postgresql

EVERYTHING = """
from django.apps import apps
for model in apps.get_models():
    if model._meta.app_label in {"accounts", "streaks", "rewards", "widget", "auth"} and model.__name__ != "Permission":
        names = [field.attname for field in model._meta.concrete_fields]
        for row in sorted(model._base_manager.order_by().values_list(*names), key=lambda row: str(row[0])):
            print(model.__name__, [str(value.timestamp() if hasattr(value, "timestamp") else value) for value in row])
"""


# Loading does the housekeeping too (S16): done before, so that both have the same stamps.
FILL = """
from django.core.management import call_command
call_command("seed_demo")
call_command("create_api_key", name="shop")
call_command("createsuperuser", interactive=False, username="rosa", email="rosa@example.com")
call_command("close_periods")
"""


@pytest.fixture
def empty_database() -> Iterator[str]:
    server, name = os.environ["TEST_DATABASE_URL"], f"moving_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as maintenance:
        maintenance.execute(f'CREATE DATABASE "{name}"')
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def documented(command: str, file: Path) -> list[str]:
    """Return the arguments of the documented command, with the file in a folder of our own."""
    (words,) = [words for words in commands_of("docs/operations.md") if words[2:3] == [command]]
    return [str(file) if word == "records.xml.gz" else word for word in words[2:]]


def test_everything_comes_along_and_agrees_and_nothing_is_issued_again(
    tmp_path: Path, empty_database: str, migrated_database: Path
) -> None:
    """S17, S21, S22."""

    def manage(*arguments: str, url: str = "") -> str:
        done = run_manage(*arguments, var_dir=tmp_path, DEBUG="1", DATABASE_URL=url)
        assert done.returncode == 0, shlex.join(arguments) + done.stderr
        return done.stdout

    shutil.copy(migrated_database, tmp_path)
    manage("shell", "--no-imports", "--command", FILL)
    manage(*documented("dumpdata", tmp_path / "records.xml.gz"))
    manage("migrate", "--verbosity", "0", url=empty_database)
    manage(*documented("loaddata", tmp_path / "records.xml.gz"), url=empty_database)
    before, after = (manage("shell", "--no-imports", "--command", EVERYTHING, url=url) for url in ("", empty_database))
    assert after == before
    assert before.count("\n") > 400
    assert manage("check_progress", url=empty_database).endswith(" members checked, 0 differences.\n")
    # Counters of the database itself have moved on too.
    manage("createsuperuser", "--noinput", "--username", "ben", "--email", "ben@example.com", url=empty_database)
