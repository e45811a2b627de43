"""Rewards: what members get for milestones, with the coupons that go with it."""

from django.apps import AppConfig


class RewardsConfig(AppConfig):
    """Connects the signals when Django is ready."""

    name = "rewards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for milestones reached."""
        from rewards import receivers  # noqa: F401
