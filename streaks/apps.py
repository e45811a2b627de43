"""The product: streaks, their milestones, the activity of members and the runs that follow from it."""

from django.apps import AppConfig


class StreaksConfig(AppConfig):
    """Connects the signals when Django is ready."""

    name = "streaks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lead every saved log down the one write path."""
        from streaks import receivers  # noqa: F401
