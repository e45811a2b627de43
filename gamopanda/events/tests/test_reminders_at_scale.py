"""Thousands of members in fourteen zones over the night in which clocks change, by two workers, one of them killed.

REMINDED_MEMBERS=10000 takes as many members as that.
"""

import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections

from gamopanda.accounts.models import Member
from gamopanda.events.models import Event, Reminder, ReminderRule
from gamopanda.events.reminders.sending import send_due
from streaks.core.runs import RunStatus
from streaks.models import Streak, StreakExcuse, StreakLog, StreakProgress
from streaks.models.facts import ExcuseKind
from streaks.progress.excuses import excuse_member
from streaks.progress.service import record_logs
from streaks.progress.store.bulk_rows import insert_rows
from streaks.tests.calling import make_streak

pytestmark = pytest.mark.django_db(transaction=True)

MEMBERS = int(os.environ.get("REMINDED_MEMBERS", "280"))
DAY = date(2026, 3, 29)
"""Clocks go forward in Europe, and the day has 23 hours there."""
ONE_DAY = timedelta(days=1)
ZONES = [
    "Pacific/Kiritimati", "Asia/Tokyo", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Beirut", "Europe/Helsinki",
    "Europe/Berlin", "Europe/London", "Atlantic/Azores", "America/St_Johns", "America/New_York", "America/Chicago",
    "America/Santiago", "Pacific/Pago_Pago",
]  # fmt: skip
SIGNED_OFF, DONE, PAUSED, EXCUSED = 3, 5, 7, 9
"""Of ten members in a zone, those that sign off, have done it, are paused, and are excused that day."""


def local(hour: int, zone: str, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def midnight_after(day: date, zone: str) -> datetime:
    return local(0, zone, day=day + timedelta(days=1))


@dataclass
class Campaign:
    """A streak in a zone whose runs break at the end of the day, and when its reminder comes."""

    streak: Streak
    zone: str
    due_at: datetime
    members: list[Member]


def make_campaign(place: int, zone: str) -> Campaign:
    """Half of the streaks remind five hours before the end, the others two hours, which are moved out of the night."""
    hours_before = 5 if place % 2 else 2
    streak = make_streak(name=zone, time_zone=zone, has_activity=True)
    ReminderRule.objects.create(streak=streak, type="at_risk", is_on=True, hours_before=hours_before, text="Now!")
    ends_at = midnight_after(DAY, zone)
    due_at = ends_at - timedelta(hours=5) if place % 2 else local(20, zone, 45)
    members = [
        Member(
            external_id=f"{zone} {number}",
            reminders_enabled=number % 10 != SIGNED_OFF,
            status="paused" if number % 10 == PAUSED else "live",
            language_code="",
        )
        for number in range(MEMBERS // len(ZONES))
    ]
    insert_rows(Member, members)
    runs = [run_of(streak, member, zone) for number, member in enumerate(members) if number % 10 != EXCUSED]
    insert_rows(StreakProgress, runs)
    return Campaign(streak, zone, due_at, members)


def run_of(streak: Streak, member: Member, zone: str) -> StreakProgress:
    return StreakProgress(
        member=member,
        streak=streak,
        stored_status=RunStatus.IN_PROGRESS,
        current_progress_value=2,
        highest_progress_value=2,
        starts_on=DAY - timedelta(days=2),
        ends_on=DAY,
        streak_started_at=local(12, zone, day=DAY - timedelta(days=2)),
        breaks_at=midnight_after(DAY, zone),
    )


def complete(campaign: Campaign) -> None:
    """Let some members do it in time: their runs break a day later."""
    done = [member.pk for number, member in enumerate(campaign.members) if number % 10 == DONE]
    following = DAY + timedelta(days=1)
    runs = StreakProgress.objects.filter(member__in=done)
    runs.update(current_progress_value=3, highest_progress_value=3, ends_on=following)
    runs.update(breaks_at=midnight_after(following, campaign.zone))


def excuse(campaign: Campaign) -> None:
    """Let some members be excused that day, who have come on the two days before."""
    now, (before, yesterday) = local(18, campaign.zone, day=DAY - ONE_DAY), (DAY - 2 * ONE_DAY, DAY - ONE_DAY)
    excused = campaign.members[EXCUSED::10]
    logs = [
        StreakLog(
            member=member,
            streak=campaign.streak,
            activity_at=local(12, campaign.zone, day=day),
            activity_id="made_a_purchase",
            unique_identifier=f"{member.pk} {day}",
            activity_value=50,
        )
        for member in excused
        for day in (before, yesterday)
    ]
    record_logs(logs, now=now)
    for member in excused:
        about = {"streak": campaign.streak, "member": member, "starts_on": DAY, "ends_on": DAY}
        excuse_member(StreakExcuse(kind=ExcuseKind.AMNESTY, **about), now=now)


def work(now: datetime) -> Callable[[], None]:
    def run() -> None:
        try:
            send_due(now=now)
        finally:
            connections.close_all()

    return run


def work_together(now: datetime) -> None:
    """Let two workers send what is due; SQLite has one writer at a time anyhow."""
    if connection.vendor == "sqlite":
        send_due(now=now)
        return
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _number: work(now)(), range(2)))


def kill_a_worker(now: datetime) -> None:
    """Kill a process while it sends, by SIGKILL."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        work(now)()
        os._exit(0)
    time.sleep(0.15)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_each_due_reminder_comes_once_and_in_time_over_the_night_of_the_change(settings: Any) -> None:
    settings.GAMOPANDA_EVENT_LIST = True
    campaigns = [make_campaign(place, zone) for place, zone in enumerate(ZONES)]
    for campaign in campaigns:
        complete(campaign)
        excuse(campaign)
    for number, due_at in enumerate(sorted({campaign.due_at for campaign in campaigns})):
        if number % 4 == 0:
            work_together(due_at - timedelta(minutes=1))
        if number == 3 and connection.vendor == "postgresql":
            kill_a_worker(due_at + timedelta(minutes=2))
        work_together(due_at + timedelta(minutes=4))
    work_together(datetime(2026, 3, 30, 12, tzinfo=UTC))
    told = [(json.loads(event.payload), event.created_at) for event in Event.objects.filter(type="reminder.due")]
    expected = {
        f"{campaign.zone} {number}": campaign
        for campaign in campaigns
        for number in range(len(campaign.members))
        if number % 10 not in (SIGNED_OFF, DONE, PAUSED, EXCUSED)
    }
    assert sorted(data["member"]["externalId"] for data, _at in told) == sorted(expected)
    for reminder in Reminder.objects.filter(status="sent").select_related("member"):
        campaign = expected[reminder.member.external_id]
        assert (reminder.due_at, reminder.period_key) == (campaign.due_at, DAY)
        assert 8 <= reminder.due_at.astimezone(ZoneInfo(campaign.zone)).hour < 21
    # The next day has begun in some zones, where it may be quiet by now.
    dropped = Reminder.objects.filter(status="dropped", period_key=DAY)
    assert set(dropped.values_list("reason", flat=True)) == {"signed_off", "member_not_live"}
    assert dropped.count() == sum(
        number % 10 in (SIGNED_OFF, PAUSED) for one in campaigns for number in range(len(one.members))
    )
