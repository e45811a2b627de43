"""What `manage.py check` finds wrong with a deployment."""

import shutil
import zoneinfo
from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from django.test import override_settings
from pytest_django import Settings

from gamopanda.accounts.models import ApiKey
from gamopanda.checks import (
    check_languages_have_columns,
    check_secrets_can_be_read,
    check_time_zone_data,
)
from gamopanda.tests.commands import run_manage


def told(messages: list[CheckMessage]) -> list[tuple[str | None, str, str | None]]:
    return [(message.id, message.msg, message.hint) for message in messages]


def test_time_zone_data_is_there() -> None:
    assert check_time_zone_data() == []


def test_missing_time_zone_data_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """F11: a machine without a database of zones, on which neither the system nor the package has any."""
    search_path = zoneinfo.TZPATH
    monkeypatch.setattr("importlib.resources.open_binary", refuse_to_open)
    monkeypatch.setattr("importlib.resources.files", refuse_to_open)
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        messages = check_time_zone_data()
    finally:
        zoneinfo.reset_tzpath(to=search_path)
    assert told(messages) == [
        (
            "gamopanda.E001",
            "There is no data for the time zone UTC.",
            "Install the Python package tzdata, which requirements.txt lists, or the system's time zone data.",
        )
    ]


def refuse_to_open(*_arguments: object) -> None:
    raise ModuleNotFoundError("No module named 'tzdata'", name="tzdata")


@pytest.mark.postgresql  # It brings its own database, so once is enough.
def test_sqlite_is_warned_about_under_deploy_alone(tmp_path: Path) -> None:
    environment = {"SECRET_KEY": "x" * 25 + "0123456789abcdefghijklmnopqrstuvwxyz", "ALLOWED_HOSTS": "a.example"}
    assert "gamopanda.W001" not in run_manage("check", var_dir=tmp_path, **environment).stderr
    assert (
        "?: (gamopanda.W001) The database is SQLite, which takes one writer at a time and lives on one machine.\n"
        "\tHINT: Set DATABASE_URL=postgres://user:password@host/name."
    ) in run_manage("check", "--deploy", var_dir=tmp_path, **environment).stderr


@pytest.mark.django_db
def test_secrets_made_under_another_secret_key_are_an_error() -> None:
    ApiKey.objects.create(name="shop")
    ApiKey.objects.create(name="backend")
    assert check_secrets_can_be_read(databases=["default"]) == []
    with override_settings(SECRET_KEY="another one"):
        ApiKey.objects.create(name="newest")
        assert told(check_secrets_can_be_read(databases=["default"])) == [
            (
                "gamopanda.E002",
                "The secrets of 2 API keys were encrypted under another SECRET_KEY, “backend” first.",
                "Add the earlier SECRET_KEY to SECRET_KEY_FALLBACKS.",
            )
        ]


@pytest.mark.django_db
def test_secrets_made_under_a_fallback_key_are_read(settings: Settings) -> None:
    ApiKey.objects.create(name="shop")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one"
    assert check_secrets_can_be_read(databases=["default"]) == []


@pytest.mark.django_db
def test_databases_are_looked_into_only_when_asked() -> None:
    with override_settings(SECRET_KEY="another one"):
        ApiKey.objects.create(name="shop")
    assert check_secrets_can_be_read() == []
    assert check_languages_have_columns() == []


@pytest.mark.django_db
def test_shipped_languages_have_their_columns() -> None:
    assert check_languages_have_columns(databases=["default"]) == []


@pytest.mark.postgresql  # It brings its own database, so once is enough.
def test_an_extra_language_without_columns_is_warned_about_until_they_are_made(
    tmp_path: Path, migrated_database: Path
) -> None:
    """S34."""
    shutil.copy(migrated_database, tmp_path)
    environment = {"DEBUG": "1", "GAMOPANDA_EXTRA_LANGUAGES": "sv"}
    before = run_manage("check", "--database", "default", var_dir=tmp_path, **environment)
    assert (
        "?: (gamopanda.W002) The table streaks_streak has no column eud_broken_label_sv for an extra language.\n"
        "\tHINT: Run manage.py sync_translation_fields --noinput."
    ) in before.stderr
    run_manage("sync_translation_fields", "--noinput", var_dir=tmp_path, **environment)
    after = run_manage("check", "--database", "default", var_dir=tmp_path, **environment)
    assert (after.returncode, after.stderr) == (0, "")


@pytest.mark.postgresql  # It brings its own database, so once is enough.
def test_an_empty_database_can_be_checked_before_it_is_migrated(tmp_path: Path) -> None:
    done = run_manage("check", "--database", "default", var_dir=tmp_path, DEBUG="1")
    assert (done.returncode, done.stderr) == (0, "")
