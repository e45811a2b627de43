"""What migrations of these apps run."""

from collections.abc import Callable
from typing import Any


def on_postgresql(*statements: str) -> Callable[[Any, Any], None]:
    """Return what a migration runs: statements on PostgreSQL, and nothing elsewhere."""

    def run(_apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return run
