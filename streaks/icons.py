"""Icons of streaks: accepted by content, never by name."""

from typing import Any


def icon_path(instance: Any, filename: str) -> str:
    """Name the stored file."""
    return f"icons/{instance.pk}/{filename}"


def validate_icon(file: Any) -> None:
    """Refuse what is not a harmless small image."""
