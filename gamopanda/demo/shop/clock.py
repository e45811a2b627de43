"""The clock of the demo: a day passes for a visitor when all that the visitor has done becomes a day older.

The one place in which logs are moved, and only those of the demo shop's own visitors: everywhere else they are
permanent (S29).
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models, transaction

from gamopanda.accounts.models import Member
from gamopanda.demo.shop.visitor import is_visitor
from rewards.models import RewardLog
from streaks.core.periods import Calendar
from streaks.models import Streak, StreakLog, StreakProgress
from streaks.progress.service import rederive
from streaks.progress.store.orm import lock_members

DAY = timedelta(days=1)


@transaction.atomic
def let_a_day_pass(member: Member, *, now: datetime) -> None:
    """Make everything that a visitor has done a day older, on the clock of each streak, and derive it anew.

    Rewards keep their codes and become a day older too. Raises `PermissionError` for anybody who is no visitor of the
    demo shop.
    """
    if not is_visitor(member):
        raise PermissionError("Only the clock of a visitor of the demo shop can be moved.")
    lock_members([member.pk])
    calendars = {streak.pk: streak.calendar for streak in Streak.objects.filter(logs__member=member).distinct()}
    _move_logs(member, calendars)
    _move_runs(member)
    _move_rewards(member, calendars)
    rederive([member.pk], now=now)


def day_before(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the same time of the day before, on the clock of a zone."""
    local = instant.astimezone(zone).replace(tzinfo=None) - DAY
    return local.replace(tzinfo=zone).astimezone(UTC)


def _move_logs(member: Member, calendars: dict[UUID, Calendar]) -> None:
    logs = list(StreakLog.objects.filter(member=member))
    for log in logs:
        calendar = calendars[log.streak_id]
        log.activity_at = day_before(log.activity_at, calendar.zone)
        log.period_key = calendar.key_of(log.activity_at)
    # Not the manager's own queryset: that one never changes a log.
    plain: models.QuerySet[StreakLog] = models.QuerySet(StreakLog)
    plain.bulk_update(logs, ["activity_at", "period_key"])


def _move_runs(member: Member) -> None:
    """Let each row lie where its run will be found, so that it stands for the same run."""
    for run in StreakProgress.objects.filter(member=member).order_by("starts_on"):
        places = {"starts_on": run.starts_on - DAY, "ends_on": run.ends_on - DAY}
        StreakProgress.objects.filter(pk=run.pk).update(**places)


def _move_rewards(member: Member, calendars: dict[UUID, Calendar]) -> None:
    rewards = list(RewardLog.objects.filter(member=member).select_related("streak_log"))
    for reward in rewards:
        zone = calendars[reward.streak_id].zone
        reward.period_key = reward.streak_log.period_key
        reward.reward_issued_at = day_before(reward.reward_issued_at, zone)
        if reward.reward_expiry_at is not None:
            reward.reward_expiry_at = day_before(reward.reward_expiry_at, zone)
    RewardLog.objects.bulk_update(rewards, ["period_key", "reward_issued_at", "reward_expiry_at"])
