"""Administration of streaks, with what only rewards know of them."""

from django.contrib import admin

from rewards.admin.preview import StreakPreviewAdmin
from streaks.models import Streak

admin.site.unregister(Streak)


@admin.register(Streak)
class StreakWithRewardsAdmin(StreakPreviewAdmin):
    """Streaks, whose page shows what members see."""
