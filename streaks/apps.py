"""The product: streaks, their milestones, the activity of members and the runs that follow from it."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StreaksConfig(AppConfig):
    """Connects the signals when Django is ready."""

    name = "streaks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Record every saved log, make the functions of the database, and keep what is changed about streaks."""
        from gamopanda.admin.audit import audit
        from gamopanda.api.positions import keep_positions
        from streaks.models import Milestone, Streak
        from streaks.progress import checks, merging, receivers  # noqa: F401
        from streaks.progress.personal_data import register_tables
        from streaks.progress.store.functions import make_functions
        from streaks.translation import MilestoneTranslation, StreakTranslation

        register_tables()
        post_migrate.connect(keep_positions, dispatch_uid="gamopanda.keep_positions")
        post_migrate.connect(make_functions, sender=self, dispatch_uid="streaks.make_functions")
        # A translated text is kept in a column for each language; the one without a language is a copy.
        audit(Streak, but=["has_activity", "version", *StreakTranslation.fields])
        audit(Milestone, but=["version", *MilestoneTranslation.fields])
