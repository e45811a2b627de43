"""Rewards: what members get for milestones, with the coupons that go with it."""

from django.apps import AppConfig


class RewardsConfig(AppConfig):
    """Connects the signals when Django is ready."""

    name = "rewards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for milestones reached, and register how the API renders the rewards of a log."""
        from gamopanda.accounts.personal_data import PersonalTable, register_personal_table, rows_by
        from rewards import receivers  # noqa: F401
        from rewards.api.reading import present_rewards, rewards_of_logs
        from rewards.api.serializers import RewardLogSerializer
        from rewards.models import RewardLog
        from streaks.presenters.rewards import RewardPresentation, register_reward_presentation

        register_personal_table(PersonalTable(RewardLog, "rewards", rows_by(RewardLog)))
        register_reward_presentation(
            RewardPresentation(of_logs=rewards_of_logs, issued=present_rewards, serializer=RewardLogSerializer)
        )
