"""The time zones of members: which one counts, which one waits, and asking for another one (S53–S55)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from gamopanda.accounts.erasure import has_activity
from gamopanda.accounts.models import Member, MemberZone
from gamopanda.accounts.signals import member_zone_changed

BETWEEN_CHANGES = timedelta(days=7)
"""At most one change takes effect in that time."""


class ZoneWish(NamedTuple):
    """What `MemberZone` stores of a wish for a zone, empty: that of each streak."""

    asked_at: datetime
    counts_from: datetime | None
    time_zone: str
    is_initial: bool = False

    def counts_at(self, instant: datetime) -> bool:
        """Say whether it has taken effect."""
        return self.counts_from is None or self.counts_from <= instant


WISH = ZoneWish._fields
"""The columns of a wish."""


class ZonesNow(NamedTuple):
    """The zone that counts at an instant, empty: none, and the wish that waits, if there is one."""

    time_zone: str = ""
    waiting: ZoneWish | None = None


def zones_in_effect(wishes: Iterable[ZoneWish]) -> list[ZoneWish]:
    """Return, of wishes in order of time, those that take effect: a newer one replaces one that waits."""
    counting: list[ZoneWish] = []
    for wish in wishes:
        while counting and not counting[-1].counts_at(wish.asked_at):
            counting.pop()
        if wish.time_zone != (counting[-1].time_zone if counting else ""):
            counting.append(wish)
    return counting


def zones_at(wishes: Iterable[ZoneWish], now: datetime) -> ZonesNow:
    """Return what counts at an instant, and what waits then."""
    counting = zones_in_effect(wishes)
    present = [wish for wish in counting if wish.counts_at(now)]
    waiting = counting[-1] if len(counting) > len(present) else None
    return ZonesNow(present[-1].time_zone if present else "", waiting)


def read_wishes(member_ids: Collection[UUID]) -> dict[UUID, list[ZoneWish]]:
    """Return the wishes of members, in order of time, by member id; those without any are left out."""
    if not member_ids:
        return {}
    found: dict[UUID, list[ZoneWish]] = defaultdict(list)
    stored = MemberZone.objects.filter(member__any_of=set(member_ids)).order_by("member_id", "asked_at", "pk")
    for member_id, *wish in stored.values_list("member_id", *WISH):
        found[member_id].append(ZoneWish(*wish))
    return dict(found)


def make_with_zones(zones: Mapping[UUID, str], *, author: str, now: datetime) -> None:
    """Give zones, by member id, to members who were just made: they count from the beginning."""
    MemberZone.objects.bulk_create(
        MemberZone(member_id=pk, author=author, **ZoneWish(now, None, time_zone, is_initial=True)._asdict())
        for pk, time_zone in zones.items()
    )
    Member.objects.filter(pk__any_of=list(zones)).update(has_own_zone=True)


def ask_for_zone(
    member: Member, time_zone: str, *, author: str, now: datetime, reason: str = "", is_at_once: bool = False
) -> None:
    """Ask for another zone of a member, empty: none; it counts from now on, or a week after the last change.

    The first zone of a member without any activity counts from the beginning: there is no period that it could cut
    short. With `is_at_once` no zone waits. A wish for what counts already takes back one that waits.
    """
    with transaction.atomic():
        locked = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        wishes = read_wishes([locked.pk]).get(locked.pk, [])
        asked_at = max([now, *(wish.asked_at for wish in wishes)])
        present = zones_at(wishes, asked_at)
        waits_for_it = present.waiting is not None and present.waiting.time_zone == time_zone
        if (waits_for_it and not is_at_once) or (present.waiting is None and present.time_zone == time_zone):
            return
        counts_from = asked_at if is_at_once else _counts_from(locked, wishes, asked_at)
        if present.time_zone == time_zone:
            counts_from = asked_at
        _store(locked, ZoneWish(asked_at, counts_from, time_zone), author, reason)
        member_zone_changed.send(Member, member=locked, now=now)


def _counts_from(member: Member, wishes: Sequence[ZoneWish], asked_at: datetime) -> datetime | None:
    changes = [wish for wish in zones_in_effect(wishes) if wish.counts_at(asked_at)]
    if not changes:
        return asked_at if has_activity(member) else None
    last = changes[-1]
    return asked_at if last.is_initial else max(asked_at, (last.counts_from or last.asked_at) + BETWEEN_CHANGES)


def _store(member: Member, wish: ZoneWish, author: str, reason: str) -> None:
    MemberZone.objects.create(member=member, author=author, reason=reason, **wish._asdict())
    Member.objects.filter(pk=member.pk).update(has_own_zone=True, updated_at=wish.asked_at)
    member.has_own_zone, member.updated_at = True, wish.asked_at
