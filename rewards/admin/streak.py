"""Administration of streaks, with what only rewards know of them."""

from collections.abc import Iterator, Sequence

from django.contrib import admin
from django.http import HttpRequest

from gamopanda.console.results import StreakResultsAdmin
from rewards.admin.pool_points import check_pools
from streaks.admin.checklist import Point
from streaks.models import Milestone, Streak

admin.site.unregister(Streak)


@admin.register(Streak)
class StreakWithRewardsAdmin(StreakResultsAdmin):
    """Streaks, whose page shows what members see and how it went."""

    def checklist(self, request: HttpRequest, streak: Streak, milestones: Sequence[Milestone]) -> Iterator[Point]:
        """Add the pools of coupon codes."""
        yield from super().checklist(request, streak, milestones)
        yield from check_pools(milestones)
