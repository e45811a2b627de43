"""Settings are read strictly, as an operator meets them: through `manage.py` in a clean environment."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from gamopanda.conf.environment import (
    BASE_DIR,
    database_limits,
    kept_secret,
    read_address,
    read_bool,
    read_choice,
    read_database,
    read_email,
    read_int,
    read_list,
    read_proxies,
    read_text,
    read_time_zone,
    read_var_dir,
)
from gamopanda.tests.commands import run_manage

# It looks into no database, so once is enough.
pytestmark = pytest.mark.sqlite

KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
PRODUCTION = {
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "streaks.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://streaks.example.com",
    "HTTPS": "1",
    "BEHIND_PROXY": "1",
    "DATABASE_URL": "postgres://gamopanda:secret@db.example.com/gamopanda?sslmode=require",
    "GAMOPANDA_ACCOUNT_ID": "example",
    "GAMOPANDA_TIME_ZONE": "Europe/Berlin",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("true", True), (" Yes ", True), ("ON", True), ("0", False), ("False", False), ("no", False)],
)
def test_a_switch_has_several_spellings(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("SWITCH", text)
    assert read_bool("SWITCH") is value
    assert read_bool("SWITCH", default=not value) is value


def test_what_is_absent_or_empty_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (None, "", "  "):
        if text is not None:
            monkeypatch.setenv("VALUE", text)
        assert read_bool("VALUE", default=True) is True
        assert read_int("VALUE", default=7) == 7
        assert read_list("VALUE") == []
        assert read_text("VALUE", default="some") == "some"
        assert read_choice("VALUE", ["a", "b"], default="b") == "b"
        assert read_time_zone("VALUE") == "UTC"
        assert read_database("VALUE", default=Path("/data/x.sqlite3"))["NAME"] == Path("/data/x.sqlite3")


def test_blanks_around_values_and_commas_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VALUE", " a , b,, ")
    assert read_list("VALUE") == ["a", "b"]
    assert read_text("VALUE") == "a , b,,"


@pytest.mark.parametrize("text", ["yess", "2", "truth", "1,0"])
def test_a_misspelt_switch_is_an_error_and_never_off(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SWITCH", text)
    with pytest.raises(ImproperlyConfigured) as refusal:
        read_bool("SWITCH")
    assert str(refusal.value) == f"SWITCH={text!r} is not a switch: use 1 or 0 (true/false, yes/no, on/off)."


@pytest.mark.parametrize("text", ["4", "-9", "5.0", "five", "٥", "1_000"])
def test_a_number_that_is_none_or_too_small_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("NUMBER", text)
    with pytest.raises(ImproperlyConfigured) as refusal:
        read_int("NUMBER", default=9, minimum=5)
    assert str(refusal.value) == f"NUMBER={text!r} must be a whole number, 5 or more."


def test_a_number_may_be_the_smallest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBER", "5")
    assert read_int("NUMBER", default=9, minimum=5) == 5


def test_a_choice_outside_the_list_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAY", "Monday")
    with pytest.raises(ImproperlyConfigured) as refusal:
        read_choice("DAY", ["monday", "sunday"], default="monday")
    assert str(refusal.value) == "DAY='Monday' is not known: use one of monday, sunday."


@pytest.mark.parametrize("text", ["Berlin", "europe/berlin", "Europe", "../Europe/Berlin", "localtime", "+02:00"])
def test_a_time_zone_that_is_no_iana_name_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """F11."""
    monkeypatch.setenv("ZONE", text)
    with pytest.raises(ImproperlyConfigured) as refusal:
        read_time_zone("ZONE")
    assert str(refusal.value) == f"ZONE={text!r} is not a time zone: use an IANA name such as Europe/Berlin."


def test_a_time_zone_is_read_by_its_iana_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONE", "Asia/Kathmandu")
    assert read_time_zone("ZONE") == "Asia/Kathmandu"


def test_a_folder_is_made_and_a_relative_one_lies_beside_manage_py(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FOLDER", str(tmp_path / "a" / "b"))
    assert read_var_dir("FOLDER") == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").is_dir()
    monkeypatch.setenv("FOLDER", "streaks/../var")
    assert read_var_dir("FOLDER") == BASE_DIR / "streaks" / ".." / "var"


def test_a_folder_that_is_a_file_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("FOLDER", str(file))
    with pytest.raises(ImproperlyConfigured) as refusal:
        read_var_dir("FOLDER")
    assert str(refusal.value) == f"FOLDER={str(file)!r} cannot be used: Not a directory."


def read_url(monkeypatch: pytest.MonkeyPatch, url: str) -> dict[str, Any]:
    monkeypatch.setenv("URL", url)
    return read_database("URL", default=Path("/unused"))


def test_sqlite_waits_for_its_turn_and_keeps_what_it_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    database = read_url(monkeypatch, "sqlite:////data/streaks.sqlite3")
    assert database == {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path("/data/streaks.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }
    assert read_url(monkeypatch, "sqlite:///other.sqlite3")["NAME"] == BASE_DIR / "other.sqlite3"


def test_postgresql_has_deadlines_and_gets_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    database = read_url(monkeypatch, "postgres://me:p%40ss@db.example.com:6543/streaks?sslmode=require")
    assert database == {
        "ENGINE": "gamopanda.postgresql",
        "NAME": "streaks",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example.com",
        "PORT": "6543",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"sslmode": "require", "connect_timeout": 2, "tcp_user_timeout": 2000},
    }
    patient = read_url(monkeypatch, "postgres://me@db.example.com/streaks?connect_timeout=9")
    assert patient["OPTIONS"] == {"connect_timeout": "9", "tcp_user_timeout": 2000}


def test_limits_of_the_database_are_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert database_limits() == {"statement": 30_000, "lock": 10_000, "idle": 60_000}
    monkeypatch.setenv("DATABASE_LOCK_SECONDS", "0")
    assert database_limits()["lock"] == 0


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:9464", ("127.0.0.1", 9464)), ("[::1]:9464", ("::1", 9464)), ("box:1", ("box", 1)), ("", None)],
)
def test_an_address_is_a_host_and_a_port(
    monkeypatch: pytest.MonkeyPatch, text: str, address: tuple[str, int] | None
) -> None:
    monkeypatch.setenv("VALUE", text)
    assert read_address("VALUE") == address


def test_postgresql_is_reached_through_a_socket_too(monkeypatch: pytest.MonkeyPatch) -> None:
    database = read_url(monkeypatch, "postgresql://me@%2Fvar%2Frun%2Fpostgresql/streaks")
    assert (database["HOST"], database["USER"], database["NAME"]) == ("/var/run/postgresql", "me", "streaks")
    assert read_url(monkeypatch, "postgresql:///streaks?host=/run/pg")["HOST"] == "/run/pg"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://u:secret@h/d", "URL must be postgres://user:password@host:port/name, or sqlite:/// and the path"),
        ("streaks.sqlite3", "URL must be postgres://user:password@host:port/name, or sqlite:/// and the path"),
        ("sqlite://", "URL must be postgres://user:password@host:port/name, or sqlite:/// and the path"),
        ("sqlite:///", "URL must be postgres://user:password@host:port/name, or sqlite:/// and the path"),
        ("postgres://u:secret@h", "URL names no database: it must end as in postgres://user:password@host/name."),
        ("postgres://u:secret@h/d?pool=true", "URL is not an address that PostgreSQL understands: invalid URI query"),
    ],
)
def test_an_address_that_is_none_is_an_error_that_does_not_repeat_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str, sentence: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        read_url(monkeypatch, url)
    assert str(refusal.value).startswith(sentence)
    assert "secret" not in str(refusal.value)


def test_a_kept_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    secret = kept_secret(path, 64)
    assert len(secret) == 86
    assert kept_secret(path, 64) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_secret_key_nothing_starts_and_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    done = run_manage("check", var_dir=tmp_path)
    assert done.returncode == 1
    assert "SECRET_KEY is not set. Set it to a long random string and keep it" in done.stderr
    assert "python -c 'import secrets; print(secrets.token_urlsafe(64))'" in done.stderr


def test_a_trial_with_debug_needs_nothing_else(tmp_path: Path) -> None:
    done = run_manage("check", var_dir=tmp_path, DEBUG="1")
    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DEBUG", "yess"),
        ("HTTPS", "maybe"),
        ("BEHIND_PROXY", "nginx"),
        ("BEHIND_PROXY", "-1"),
        ("GAMOPANDA_ICON_BUCKET", "icons"),
        ("DATABASE_REPLICA_SECONDS", "0"),
        ("GAMOPANDA_TIME_ZONE", "Mars/Olympus"),
        ("GAMOPANDA_TIME_ZONE", "Factory"),
        ("GAMOPANDA_FIRST_DAY_OF_WEEK", "mon"),
        ("GAMOPANDA_MAX_BODY_BYTES", "5MB"),
        ("GAMOPANDA_LOG_FORMAT", "xml"),
        ("GAMOPANDA_LOG_LEVEL", "chatty"),
        ("DATABASE_LOCK_SECONDS", "soon"),
        ("GAMOPANDA_METRICS", "1"),
        ("GAMOPANDA_METRICS", "127.0.0.1:0"),
    ],
)
def test_a_wrong_value_stops_the_start_and_names_the_setting(tmp_path: Path, name: str, text: str) -> None:
    done = run_manage("check", var_dir=tmp_path, **{**PRODUCTION, name: text})
    assert done.returncode == 1
    assert f"django.core.exceptions.ImproperlyConfigured: {name}={text!r} " in done.stderr


def test_an_address_of_another_database_stops_the_start(tmp_path: Path) -> None:
    done = run_manage("check", var_dir=tmp_path, **{**PRODUCTION, "DATABASE_URL": "mysql://u:hidden@h/d"})
    assert done.returncode == 1
    assert "ImproperlyConfigured: DATABASE_URL must be postgres://" in done.stderr
    assert "hidden" not in done.stderr


def test_the_documented_production_settings_pass_the_deployment_checks(tmp_path: Path) -> None:
    done = run_manage("check", "--deploy", "--fail-level", "DEBUG", var_dir=tmp_path, **PRODUCTION)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == "System check identified no issues (1 silenced).\n"


SHOWN = """
import json
from django.conf import settings
names = ["ALLOWED_HOSTS", "DEBUG", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "TIME_ZONE",
         "GAMOPANDA_ACCOUNT_ID", "GAMOPANDA_TIME_ZONE", "GAMOPANDA_FIRST_DAY_OF_WEEK", "SECRET_KEY_FALLBACKS"]
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


def test_what_is_set_arrives(tmp_path: Path) -> None:
    """S2, S3: the deployment's clock and first day of the week."""
    environment = {**PRODUCTION, "GAMOPANDA_FIRST_DAY_OF_WEEK": "sunday", "SECRET_KEY_FALLBACKS": "old,older"}
    done = run_manage("shell", "--no-imports", "-c", SHOWN, var_dir=tmp_path, **environment)
    assert json.loads(done.stdout) == {
        "ALLOWED_HOSTS": ["streaks.example.com"],
        "DEBUG": False,
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
        "SECURE_HSTS_SECONDS": 31536000,
        "TIME_ZONE": "UTC",
        "GAMOPANDA_ACCOUNT_ID": "example",
        "GAMOPANDA_TIME_ZONE": "Europe/Berlin",
        "GAMOPANDA_FIRST_DAY_OF_WEEK": 6,
        "SECRET_KEY_FALLBACKS": ["old", "older"],
    }


def test_what_is_not_set_has_a_default_that_suits_a_trial(tmp_path: Path) -> None:
    done = run_manage("shell", "--no-imports", "-c", SHOWN, var_dir=tmp_path, SECRET_KEY=KEY)
    assert json.loads(done.stdout) == {
        "ALLOWED_HOSTS": [],
        "DEBUG": False,
        "SECURE_SSL_REDIRECT": False,
        "SESSION_COOKIE_SECURE": False,
        "SECURE_HSTS_SECONDS": 0,
        "TIME_ZONE": "UTC",
        "GAMOPANDA_ACCOUNT_ID": "gamopanda",
        "GAMOPANDA_TIME_ZONE": "UTC",
        "GAMOPANDA_FIRST_DAY_OF_WEEK": 0,
        "SECRET_KEY_FALLBACKS": [],
    }


def test_an_address_for_alerts_is_one_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_email("ALERTS") == ""
    monkeypatch.setenv("ALERTS", " ops@example.com ")
    assert read_email("ALERTS") == "ops@example.com"
    monkeypatch.setenv("ALERTS", "ops")
    with pytest.raises(ImproperlyConfigured, match="must be an e-mail address"):
        read_email("ALERTS")


@pytest.mark.parametrize(("text", "number"), [("", 0), ("0", 0), ("1", 1), ("on", 1), ("off", 0), ("2", 2)])
def test_proxies_are_counted_or_switched_on(monkeypatch: pytest.MonkeyPatch, text: str, number: int) -> None:
    monkeypatch.setenv("BEHIND_PROXY", text)
    assert read_proxies("BEHIND_PROXY") == number
