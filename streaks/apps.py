"""The product: streaks, their milestones, the activity of members and the runs that follow from it."""

from django.apps import AppConfig


class StreaksConfig(AppConfig):
    """Connects the signals when Django is ready."""

    name = "streaks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lead every saved log down the one write path, and keep what is changed about streaks."""
        from gamopanda.admin.audit import audit
        from streaks import receivers  # noqa: F401
        from streaks.models import Milestone, Streak
        from streaks.translation import MilestoneTranslation, StreakTranslation

        # A translated text is kept in a column for each language; the one without a language is a copy.
        audit(Streak, but=["has_activity", *StreakTranslation.fields])
        audit(Milestone, but=MilestoneTranslation.fields)
