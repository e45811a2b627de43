"""Administration of streaks, with what only rewards know of them."""

from django.contrib import admin

from rewards.admin.results import StreakResultsAdmin
from streaks.models import Streak

admin.site.unregister(Streak)


@admin.register(Streak)
class StreakWithRewardsAdmin(StreakResultsAdmin):
    """Streaks, whose page shows what members see and how it went."""
