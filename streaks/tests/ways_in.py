"""All ways in which logs and facts of a member come in, for tests that send many of them."""

import csv
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import call_command

from gamopanda.accounts.models import Member
from gamopanda.accounts.zones import ask_for_zone
from streaks.models import ExcuseKind, Streak, StreakExcuse, StreakFreeze, StreakLog
from streaks.progress import service
from streaks.progress.excuses import excuse_member
from streaks.progress.freezes import FreezesFull, give_freezes
from streaks.tests.calling import Caller, log_body

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday, before the clocks of Europe and America change
ZONES = (
    "Europe/Berlin",
    "Asia/Tokyo",
    "America/Los_Angeles",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kathmandu",
)
WHY = {"reason": "outage", "created_by": "sue"}


def day_of(number: int) -> date:
    """Return the day so many days after the first."""
    return BEGIN.date() + timedelta(days=number)


def dates(first: int, last: int) -> dict[str, date]:
    """Return the dates of an excuse."""
    return {"starts_on": day_of(first), "ends_on": day_of(last)}


@dataclass
class Person:
    """A member in one of the streaks, and logs as they are sent: when, how much, and in which phase."""

    member: Member
    streak: Streak
    sent: list[tuple[datetime, Decimal, int]] = field(default_factory=list)


Logs = list[tuple[Person, int]]
"""People, each with the number of one of the logs."""


def body_of(person: Person, number: int) -> dict[str, Any]:
    """Return the body of a log."""
    at, value, _ = person.sent[number]
    body = log_body(person.streak, value=value, of=person.member.external_id, uniqueIdentifier=f"order-{number}")
    return {**body, "activityAt": at.isoformat()}


def record_of(person: Person, number: int) -> StreakLog:
    """Return an unsaved log."""
    at, value, _ = person.sent[number]
    return StreakLog(
        member=person.member,
        streak=person.streak,
        activity_at=at,
        activity_id="made_a_purchase",
        unique_identifier=f"order-{number}",
        activity_value=value,
    )


# --- logs -------------------------------------------------------------------------------------------------------------


@dataclass
class Sender:
    """Sends logs, which are all taken."""

    caller: Caller
    folder: Path

    def post(self, logs: Logs, _now: datetime) -> None:
        """Post one after the other."""
        for log in logs:
            answer = self.caller.post("streak_log/record", body_of(*log))
            assert answer.status == 201, answer.body

    def post_bulk(self, logs: Logs, _now: datetime) -> None:
        """Post them together, and the same once more: repeats change nothing (S27)."""
        records = [body_of(*log) for log in logs]
        for counted in ("created", "duplicates"):
            data = self.caller.post("streak_log/record/bulk", {"records": records}).data
            assert data[counted] == len(records), data

    def record(self, logs: Logs, now: datetime) -> None:
        """Record them together."""
        assert all(result.is_recorded for result in service.record_logs([record_of(*log) for log in logs], now=now))

    def save(self, logs: Logs, _now: datetime) -> None:
        """Save one after the other, as a shell does."""
        for log in logs:
            record_of(*log).save()

    def import_file(self, logs: Logs, _now: datetime) -> None:
        """Import a file for each streak."""
        in_order = sorted(logs, key=lambda log: log[0].streak.pk)
        for streak_id, some in groupby(in_order, key=lambda log: log[0].streak.pk):
            bodies = [body_of(*log) for log in some]
            file = self.folder / f"{bodies[0]['ownedBy']['externalId']}-{bodies[0]['uniqueIdentifier']}.csv"
            _write(file, bodies)
            out = StringIO()
            call_command("import_streak_logs", str(file), "--streak", str(streak_id), stdout=out)
            assert f"{len(bodies)} logs recorded, 0 were there already, 0 rejected" in out.getvalue()

    def ways(self) -> list[tuple[Callable[[Logs, datetime], None], int]]:
        """Return all ways, each with how many logs it takes at once."""
        return [
            (self.post, 5),
            (self.post_bulk, 20),
            (self.record, 7),
            (self.record, 90),
            (self.save, 4),
            (self.import_file, 60),
        ]


def _write(file: Path, bodies: Iterable[dict[str, Any]]) -> None:
    names = ("activityAt", "activityId", "uniqueIdentifier", "activityValue")
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["externalId", *names])
        writer.writerows([body["ownedBy"]["externalId"], *(body[name] for name in names)] for body in bodies)


# --- facts of one member ----------------------------------------------------------------------------------------------


def give(person: Person, now: datetime) -> None:
    """Give a freeze, where there is room."""
    identifier = f"gift-{now.isoformat()}"
    gift = StreakFreeze(member=person.member, streak=person.streak, quantity=1, unique_identifier=identifier, **WHY)
    with suppress(FreezesFull):
        give_freezes(gift, now=now)


def take_break(person: Person, now: datetime) -> None:
    """Take a break, as long as that is allowed."""
    first = (now - BEGIN).days + 2
    days = dates(first, first + 4)
    taken = StreakExcuse(kind=ExcuseKind.MEMBER_BREAK, member=person.member, streak=person.streak, **days, **WHY)
    with suppress(ValidationError):
        excuse_member(taken, now=now)


def restore(person: Person, now: datetime) -> None:
    """Restore what was missed before the present run, where there is anything."""
    restored = StreakExcuse(kind=ExcuseKind.RESTORATION, member=person.member, streak=person.streak, **WHY)
    with suppress(ValidationError):
        excuse_member(restored, now=now, is_limited=False)


def move(person: Person, now: datetime) -> None:
    """Ask for another zone: it counts at once, or waits."""
    zones = Random(f"{person.member.external_id} {now}")
    ask_for_zone(person.member, zones.choice(ZONES), author="sue", now=now, is_at_once=zones.random() < 0.5)


ACTS = (give, take_break, restore, move, move)
