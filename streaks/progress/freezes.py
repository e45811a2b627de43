"""Freezes that are given to members (S47)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from gamopanda.accounts.models import Member
from streaks.core.advance import Pair
from streaks.core.protection import open_account
from streaks.core.rules import Rules
from streaks.core.runs import Run, freezes_left
from streaks.models import Streak, StreakFreeze, StreakProgress
from streaks.progress.deriving import Streaks, catch_up_all, derive_runs
from streaks.progress.signals import freezes_given
from streaks.progress.store.clocks import with_own_clocks
from streaks.progress.store.columns import RUN_FIELDS
from streaks.progress.store.orm import lock_members, read_facts
from streaks.progress.streak_cache import read_rules, read_streaks

BY_SYSTEM = "system"
"""The author of what milestones give."""


class FreezesFull(Exception):
    """A gift would carry a member over the most freezes that a streak allows; nothing was stored."""

    def __init__(self, left: int, most: int) -> None:
        super().__init__(
            _("The member has %(left)d of at most %(most)d freezes: give %(room)d or fewer.")
            % {"left": left, "most": most, "room": most - left}
        )


class GivenBefore(Exception):
    """Freezes were given under this unique identifier before; nothing was stored (S27)."""

    def __init__(self, existing: StreakFreeze) -> None:
        super().__init__(str(existing.pk))
        self.existing = existing


def rules_for_member(streak: Streak, member: Member) -> Rules:
    """Return the rules of a streak as they are stored for a member now."""
    rules = read_rules([streak])[streak.pk]
    pair = member.pk, streak.pk
    own_clocks = {streak.pk} if rules.has_own_clocks and member.has_own_zone else set()
    facts = read_facts([pair], own_clocks).get(pair) if member.has_own_facts or own_clocks else None
    return rules if facts is None else facts.added_to(rules)


def most_freezes(rules: Rules, now: datetime) -> int:
    """Return how many freezes a member can have now (S58)."""
    settings = rules.version_for(rules.calendar.key_of(now)).freezes
    return 0 if settings is None else settings.maximum


def balance(streak: Streak, member: Member, *, now: datetime) -> int:
    """Return how many freezes a member has in a streak now (S45)."""
    pair = member.pk, streak.pk
    return _left(rules_for_member(streak, member), _newest_runs([pair]).get(pair), now)


def _newest_runs(pairs: Collection[Pair]) -> dict[Pair, Run]:
    members, streaks = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    runs = StreakProgress.objects.filter(member__any_of=members, streak__any_of=streaks).order_by("starts_on")
    rows = runs.values_list("member_id", "streak_id", *RUN_FIELDS)
    return {(member_id, streak_id): Run(*values) for member_id, streak_id, *values in rows}


def _left(rules: Rules, run: Run | None, now: datetime) -> int:
    if run is not None:
        return freezes_left(run, rules, now)
    key = rules.calendar.key_of(now)
    return open_account(rules, key).left + sum(quantity for on, quantity in rules.grants if on == key)


def give_freezes(freeze: StreakFreeze, *, now: datetime) -> int:
    """Store a gift and derive what follows; returns the freezes that the member has then.

    Raises `ValidationError`, `FreezesFull` or `GivenBefore`; nothing is stored then.
    """
    with transaction.atomic():
        lock_members([freeze.member_id])
        streaks = catch_up_all([(freeze.member_id, freeze.streak_id)], now=now)
        freeze.member.refresh_from_db(fields=["has_own_facts", "has_own_zone"])
        given = StreakFreeze.objects.filter(
            member=freeze.member_id, streak=freeze.streak_id, unique_identifier=freeze.unique_identifier
        ).first()
        if given is not None:
            raise GivenBefore(given)
        most = most_freezes(rules_for_member(freeze.streak, freeze.member), now)
        if most == 0:
            message = _("This streak has no freezes: raise its most freezes first.")
            raise ValidationError({"streak": ValidationError(message, code="no_freezes")})
        left = balance(freeze.streak, freeze.member, now=now)
        if left + freeze.quantity > most:
            raise FreezesFull(left, most)
        freeze.given_at = now
        _store([freeze], now=now, streaks=streaks)
        return left + freeze.quantity


def give_earned(earned: Sequence[StreakFreeze], *, now: datetime) -> None:
    """Store gifts that locked members have earned, as far as there is room for them, and derive what follows.

    What would carry a balance over the maximum is left out of the gift; one that nothing is left of is not stored.
    """
    room, gifts = _room({(freeze.member_id, freeze.streak_id) for freeze in earned}, now), []
    for freeze in earned:
        pair = freeze.member_id, freeze.streak_id
        freeze.quantity = min(freeze.quantity, room[pair])
        room[pair] -= freeze.quantity
        if freeze.quantity:
            gifts.append(freeze)
    if gifts:
        _store(gifts, now=now)


def _room(pairs: Collection[Pair], now: datetime) -> dict[Pair, int]:
    """Return how many freezes members can be given in streaks whose rules do not change meanwhile."""
    streaks = read_streaks({streak_id for _, streak_id in pairs})
    facts = read_facts(pairs, with_own_clocks({pk: one.rules for pk, one in streaks.items()}))
    runs, room = _newest_runs(pairs), {}
    for pair in pairs:
        rules = streaks[pair[1]].rules_for(pair[0])
        rules = facts[pair].added_to(rules) if pair in facts else rules
        room[pair] = room_for(rules, runs.get(pair), now)
    return room


def room_for(rules: Rules, run: Run | None, now: datetime) -> int:
    """Return how many freezes can be given to a member with a newest run, None before the first."""
    settings = rules.version_for(rules.calendar.key_of(now)).freezes
    return 0 if settings is None else max(0, settings.maximum - _left(rules, run, now))


def _store(gifts: Sequence[StreakFreeze], *, now: datetime, streaks: Streaks | None = None) -> None:
    """Store gifts to locked members, derive what follows, and tell of them."""
    StreakFreeze.objects.bulk_create(gifts)
    pairs = {(freeze.member_id, freeze.streak_id) for freeze in gifts}
    ids = {member_id for member_id, _ in pairs}
    Member.objects.filter(pk__any_of=ids, has_own_facts=False).update(has_own_facts=True)
    derive_runs(pairs, now=now, streaks=streaks)
    freezes_given.send(StreakFreeze, freezes=gifts, now=now)
