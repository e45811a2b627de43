"""Strict reading of the environment: what is present but wrong stops the process and says what is allowed.

Blanks around a value are dropped, and an empty value is the same as none.
"""

import os
import secrets
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from redis.backoff import NoBackoff
from redis.retry import Retry

from gamopanda.conf.time_zones import zone_names

# Seconds to connect, and milliseconds until data that the server does not acknowledge counts as lost.
REACHED = {"connect_timeout": 2, "tcp_user_timeout": 2000}
Network = IPv4Network | IPv6Network
BASE_DIR = Path(__file__).resolve().parent.parent.parent


def read_text(name: str, *, default: str = "") -> str:
    """Read a value as it is."""
    return os.environ.get(name, "").strip() or default


def read_bool(name: str, *, default: bool = False) -> bool:
    """Read a switch: 1/true/yes/on or 0/false/no/off; anything else is an error, never False."""
    text = read_text(name).lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    if text:
        raise ImproperlyConfigured(f"{name}={text!r} is not a switch: use 1 or 0 (true/false, yes/no, on/off).")
    return default


def read_proxies(name: str) -> int:
    """Read how many proxies stand in front; a switch that is on is one."""
    text = read_text(name)
    return read_int(name, default=0) if text.isdecimal() else int(read_bool(name))


def read_int(name: str, *, default: int, minimum: int = 0) -> int:
    """Read a whole number of at least `minimum`."""
    text = read_text(name, default=str(default))
    if not (text.isascii() and text.isdecimal()) or int(text) < minimum:
        raise ImproperlyConfigured(f"{name}={text!r} must be a whole number, {minimum} or more.")
    return int(text)


def read_hours(name: str, *, default: str) -> tuple[int, int]:
    """Read a range of hours of the day, such as 21-8; none where both are the same."""
    text = read_text(name, default=default)
    begin, _dash, end = text.partition("-")
    if not all(part.isascii() and part.isdecimal() and int(part) < 24 for part in (begin, end)):
        raise ImproperlyConfigured(f"{name}={text!r} must be two hours of the day from 0 to 23, such as 21-8.")
    return int(begin), int(end)


def read_list(name: str) -> list[str]:
    """Read a comma-separated list; blanks around the commas are dropped."""
    return [part.strip() for part in read_text(name).split(",") if part.strip()]


def read_email(name: str) -> str:
    """Read an e-mail address, or nothing."""
    text = read_text(name)
    try:
        if text:
            validate_email(text)
    except ValidationError as error:
        raise ImproperlyConfigured(f"{name}={text!r} must be an e-mail address, such as ops@example.com.") from error
    return text


def read_networks(name: str) -> list[Network]:
    """Read a comma-separated list of networks in CIDR notation."""
    try:
        return [ip_network(part) for part in read_list(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}. Use networks such as 10.0.0.0/8,fd00::/8.") from error


def split_address(name: str, text: str) -> tuple[str, int]:
    """Split `host:port`; brackets around an IPv6 address are dropped."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port) < 65536:
        raise ImproperlyConfigured(f"{name}={text!r} is not an address: use host:port, such as 127.0.0.1:9464.")
    return host.removeprefix("[").removesuffix("]"), int(port)


def read_address(name: str) -> tuple[str, int] | None:
    """Read `host:port`; None when there is none."""
    text = read_text(name)
    return split_address(name, text) if text else None


def read_choice(name: str, choices: list[str], *, default: str) -> str:
    """Read one of `choices`."""
    text = read_text(name, default=default)
    if text not in choices:
        raise ImproperlyConfigured(f"{name}={text!r} is not known: use one of {', '.join(choices)}.")
    return text


def read_time_zone(name: str) -> str:
    """Read an IANA name, such as Europe/Berlin; UTC when there is none."""
    text = read_text(name, default="UTC")
    if text != "UTC" and text not in zone_names():
        raise ImproperlyConfigured(f"{name}={text!r} is not a time zone: use an IANA name such as Europe/Berlin.")
    return text


def read_var_dir(name: str) -> Path:
    """Read the folder for what is not in the database; a relative one lies beside manage.py. Makes it when missing."""
    folder = BASE_DIR / read_text(name, default="var")
    try:
        (folder / "static").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}={str(folder)!r} cannot be used: {error.strerror}.") from error
    return folder


def read_database(name: str, *, default: Path) -> dict[str, Any]:
    """Read a database's address, of PostgreSQL or SQLite; without one, it is SQLite in the file `default`."""
    url = read_text(name, default=f"sqlite:///{default}")
    scheme, _, path = url.partition("://")
    if scheme == "sqlite" and path.startswith("/") and path != "/":
        return _sqlite(BASE_DIR / path[1:])
    if scheme in {"postgres", "postgresql"}:
        return _postgresql(name, url)
    # Not the address itself: it may hold a password.
    raise ImproperlyConfigured(
        f"{name} must be postgres://user:password@host:port/name, or sqlite:/// and the path of a file."
    )


def _sqlite(path: Path) -> dict[str, Any]:
    options = {
        # IMMEDIATE: a writer waits for its turn at BEGIN instead of losing a race in mid-transaction.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "CONN_MAX_AGE": None, "OPTIONS": options}


def _postgresql(name: str, url: str) -> dict[str, Any]:
    try:
        parts: dict[str, Any] = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"{name} is not an address that PostgreSQL understands: {error}".strip()) from error
    if not parts.get("dbname"):
        raise ImproperlyConfigured(f"{name} names no database: it must end as in postgres://user:password@host/name.")
    return {
        "ENGINE": "gamopanda.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        # Each thread keeps its connection, and looks before each call whether it still works.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # What follows “?” in the address, such as sslmode=require, goes to PostgreSQL's library as it is.
        "OPTIONS": {**REACHED, **parts},
    }


def read_bucket(name: str) -> dict[str, Any]:
    """Read where icons are stored: in a bucket of object storage or, where there is none, in `media`."""
    bucket = read_text(name)
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if find_spec("storages") is None:
        raise ImproperlyConfigured(f"{name}={bucket!r} needs what requirements-s3.txt lists: pip install -r it.")
    return {"BACKEND": "gamopanda.icons.object_storage.ObjectStorage", "OPTIONS": {"bucket_name": bucket}}


def read_replicas(name: str, *, primary: dict[str, Any], cache: str) -> dict[str, dict[str, Any]]:
    """Read the addresses of standbys, with blanks between them, by the names that Django calls them by."""
    urls = read_text(name).split()
    if urls and primary["ENGINE"] != "gamopanda.postgresql":
        raise ImproperlyConfigured(f"{name} needs a DATABASE_URL of PostgreSQL.")
    if urls and not cache:
        raise ImproperlyConfigured(
            f"{name} needs GAMOPANDA_CACHE_URL: there all processes see what a caller has just written."
        )
    return {f"replica-{number}": _postgresql(name, url) for number, url in enumerate(urls, start=1)}


def database_limits() -> dict[str, int]:
    """Read after how many milliseconds PostgreSQL ends what takes too long; 0 is never."""
    return {
        "statement": 1000 * read_int("DATABASE_STATEMENT_SECONDS", default=30),
        "lock": 1000 * read_int("DATABASE_LOCK_SECONDS", default=10),
        "idle": 1000 * read_int("DATABASE_IDLE_SECONDS", default=60),
    }


def read_call_cache(name: str) -> dict[str, Any]:
    """Read where calls are counted: on a Redis server or, where there is none, by each process for itself."""
    url = read_text(name)
    if not url:
        return {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "calls",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    if not url.startswith(("redis://", "rediss://")):
        raise ImproperlyConfigured(f"{name} must be redis://host:port/number (or rediss://), or empty.")
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        # Once more at once: for connections that were open when the server was started anew.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1, "retry": Retry(NoBackoff(), 1)},
    }


def kept_secret(path: Path, size: int) -> str:
    """Return the secret kept in a file, first making one of `size` random bytes that only the file's owner can read."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{secrets.token_urlsafe(size)}\n")
    return path.read_text().strip()
