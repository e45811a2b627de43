"""Rewards: what members get for milestones, with the coupons that go with it."""

from django.apps import AppConfig


class RewardsConfig(AppConfig):
    """Connects the signals when Django is ready."""

    name = "rewards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for milestones reached, and tell the API of streaks how a log shows its rewards."""
        from rewards import receivers  # noqa: F401
        from rewards.api.reading import read_rewards, rewards_of_logs
        from rewards.api.serializers import RewardLogSerializer
        from streaks.api.rewards_shown import RewardsShown, show_rewards_with

        show_rewards_with(RewardsShown(of_logs=rewards_of_logs, issued=read_rewards, serializer=RewardLogSerializer))
