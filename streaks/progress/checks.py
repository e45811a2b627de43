"""What has to be there before activity can be recorded, and read along."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.db import connections

from gamopanda.api.monitoring.health import READINESS
from gamopanda.api.positions import followed_tables, is_behind
from streaks.progress.store.functions import missing_functions


# A check of deployments: others run before `migrate`, which makes the functions.
@register(READINESS, deploy=True)
def check_functions_are_there(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """E003: recording calls functions of PostgreSQL that `migrate` makes."""
    missing = [
        function.name
        for alias in databases or ()
        if connections[alias].vendor == "postgresql"
        for function in missing_functions(alias)
    ]
    if not missing:
        return []
    return [
        Error(
            f"The database lacks {len(missing)} of the functions that recording calls, {missing[0]} first.",
            hint="Run manage.py migrate.",
            id="streaks.E003",
        )
    ]


@register(READINESS, deploy=True)
def check_positions_grow(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """E004: in another cluster, new records would get positions that cursors have passed already."""
    behind = [
        table
        for alias in databases or ()
        for app_config in apps.get_app_configs()
        for table in followed_tables(app_config, alias)
        if is_behind(alias, [table])
    ]
    if not behind:
        return []
    return [
        Error(
            f"The records of {behind[0]} come from another database server, and its cursors with them.",
            hint="Run manage.py migrate.",
            id="streaks.E004",
        )
    ]
