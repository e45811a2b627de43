"""Freezes that are given to members (S47)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from gamopanda.accounts.models import Member
from streaks.core.protection import open_account
from streaks.core.rules import Rules
from streaks.core.runs import Run, freezes_left
from streaks.models import Streak, StreakFreeze, StreakProgress
from streaks.progress.deriving import derive_runs
from streaks.progress.store.columns import RUN_FIELDS
from streaks.progress.store.orm import lock_members, read_facts
from streaks.progress.streak_cache import read_rules, rules_of


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
    facts = read_facts([pair]).get(pair) if member.has_own_facts else None
    return rules if facts is None else facts.added_to(rules)


def most_freezes(streak: Streak, now: datetime) -> int:
    """Return how many freezes a member can have now (S58)."""
    rules = rules_of(streak)
    settings = rules.version_for(rules.calendar.key_of(now)).freezes
    return 0 if settings is None else settings.maximum


def balance(streak: Streak, member: Member, *, now: datetime) -> int:
    """Return how many freezes a member has in a streak now (S45)."""
    rules = rules_for_member(streak, member)
    runs = StreakProgress.objects.filter(member=member, streak=streak).order_by("-starts_on")
    values = runs.values_list(*RUN_FIELDS).first()
    if values is not None:
        return freezes_left(Run(*values), rules, now)
    key = rules.calendar.key_of(now)
    return open_account(rules, key).left + sum(quantity for on, quantity in rules.grants if on == key)


def give_freezes(freeze: StreakFreeze, *, now: datetime) -> int:
    """Store a gift and derive what follows; returns the freezes that the member has then.

    Raises `ValidationError`, `FreezesFull` or `GivenBefore`; nothing is stored then.
    """
    with transaction.atomic():
        lock_members([freeze.member_id])
        freeze.member.refresh_from_db(fields=["has_own_facts"])
        given = StreakFreeze.objects.filter(
            member=freeze.member_id, streak=freeze.streak_id, unique_identifier=freeze.unique_identifier
        ).first()
        if given is not None:
            raise GivenBefore(given)
        most = most_freezes(freeze.streak, now)
        if most == 0:
            message = _("This streak has no freezes: raise its most freezes first.")
            raise ValidationError({"streak": ValidationError(message, code="no_freezes")})
        left = balance(freeze.streak, freeze.member, now=now)
        if left + freeze.quantity > most:
            raise FreezesFull(left, most)
        freeze.given_at = now
        freeze.save(force_insert=True)
        Member.objects.filter(pk=freeze.member_id, has_own_facts=False).update(has_own_facts=True)
        derive_runs([(freeze.member_id, freeze.streak_id)], now=now)
        return left + freeze.quantity
