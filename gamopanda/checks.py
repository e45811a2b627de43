"""What a deployment gets wrong, found by `manage.py check`: with an id to look up, and a hint that says what to do.

`--deploy` adds what matters in production only, `--database default` what takes a look into the database, as does
`migrate`.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.db import connections, models
from modeltranslation.translator import translator
from modeltranslation.utils import build_lang


@register()
def check_time_zone_data(**_kwargs: Any) -> list[CheckMessage]:
    """E001: without data, no streak has a clock (S2)."""
    missing = [name for name in (settings.GAMOPANDA_TIME_ZONE, "Europe/Berlin") if not _has_data(name)]
    if not missing:
        return []
    return [
        Error(
            f"There is no data for the time zone {missing[0]}.",
            hint="Install the Python package tzdata, which requirements.txt lists, or the system's time zone data.",
            id="gamopanda.E001",
        )
    ]


def _has_data(name: str) -> bool:
    try:
        ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return False
    return True


@register(deploy=True)
def check_production_database(**_kwargs: Any) -> list[CheckMessage]:
    """W001: SQLite is for a first look and for small sites."""
    if connections["default"].vendor != "sqlite":
        return []
    return [
        Warning(
            "The database is SQLite, which takes one writer at a time and lives on one machine.",
            hint="Set DATABASE_URL=postgres://user:password@host/name.",
            id="gamopanda.W001",
        )
    ]


@register(Tags.database)
def check_secrets_can_be_read(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """E002: after a change of SECRET_KEY, every API key made before it fails."""
    # By name: the app of the model loads this module.
    keys = apps.get_model("accounts", "ApiKey")
    lost = [name for alias in databases or () if _has_table(alias, keys) for name in _unreadable(alias, keys)]
    if not lost:
        return []
    return [
        Error(
            f"The secrets of {len(lost)} API keys were encrypted under another SECRET_KEY, “{lost[0]}” first.",
            hint="Add the earlier SECRET_KEY to SECRET_KEY_FALLBACKS.",
            id="gamopanda.E002",
        )
    ]


def _unreadable(alias: str, keys: Any) -> Iterable[str]:
    for key in keys.objects.using(alias).only("name", "encrypted_secret").order_by("name").iterator():
        try:
            _ = key.secret
        except InvalidToken:
            yield key.name


@register(Tags.database)
def check_languages_have_columns(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """W002: a language in GAMOPANDA_EXTRA_LANGUAGES needs its columns before anything can be read (S34)."""
    return [
        Warning(
            f"The table {model._meta.db_table} has no column {missing[0]} for an extra language.",
            hint="Run manage.py sync_translation_fields --noinput.",
            id="gamopanda.W002",
        )
        for alias in databases or ()
        for model in translator.get_registered_models(abstract=False)
        if (missing := _missing_columns(alias, model))
    ]


def _missing_columns(alias: str, model: type[models.Model]) -> list[str]:
    if not _has_table(alias, model):
        return []
    with connections[alias].cursor() as cursor:
        described = connections[alias].introspection.get_table_description(cursor, model._meta.db_table)
    extra = dict(settings.LANGUAGES).keys() - settings.LANGUAGE_NAMES.keys()
    suffixes = tuple(f"_{build_lang(code)}" for code in extra)
    wanted = {field.attname for field in model._meta.local_concrete_fields if field.attname.endswith(suffixes)}
    return sorted(wanted - {column.name for column in described})


def _has_table(alias: str, model: type[models.Model]) -> bool:
    return model._meta.db_table in connections[alias].introspection.table_names()
