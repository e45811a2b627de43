"""Merging a member into another one: one history, one profile, and an alias (S60)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from gamopanda.accounts.erasure import has_activity
from gamopanda.accounts.models import Member, MemberMerge, MemberZone
from gamopanda.accounts.personal_data import personal_tables
from gamopanda.accounts.profiles import PROFILE, fill_profile
from gamopanda.accounts.signals import members_merged
from gamopanda.accounts.zones import ask_for_zone, read_wishes, zones_at
from gamopanda.api.models import Status


class MemberGone(Exception):
    """One of two members is not there any more, or was merged into another one; `member_id` is its id."""

    def __init__(self, member_id: UUID) -> None:
        super().__init__(f"There is no member {member_id}.")
        self.member_id = member_id


def merge_members(
    merged_id: UUID, into_id: UUID, *, author: str, reason: str = "", now: datetime, is_dry_run: bool = False
) -> dict[str, Any]:
    """Merge a member into another one, or with `is_dry_run` only find out what that would do; return the impact.

    Raises `MemberGone`. Both members are locked in the order of their ids, as recording does: what is logged for either
    of them meanwhile waits, and then finds the present one.
    """
    with transaction.atomic():
        merged, into = _lock(merged_id, into_id)
        merge = MemberMerge.objects.create(merged=merged, author=author, reason=reason)
        _take_zones(merged, into, author, now)
        parts: list[Any] = members_merged.send(Member, merge=merge, into=into, now=now)
        _move_rows(merged, into)
        fill_profile(into, {name: getattr(merged, name) for name in PROFILE})
        into.save(update_fields=[*PROFILE, "updated_at"])
        former = Member.everybody.filter(Q(pk=merged.pk) | Q(merged_into=merged))
        former.update(merged_into=into, status=Status.PAUSED, updated_at=now)
        if is_dry_run:
            transaction.set_rollback(True)
    return {name: value for _, part in parts for name, value in (part or {}).items()}


def _lock(merged_id: UUID, into_id: UUID) -> tuple[Member, Member]:
    locked = Member.objects.select_for_update(no_key=True).filter(pk__in=[merged_id, into_id]).order_by("pk")
    members = {member.pk: member for member in locked}
    for pk in (merged_id, into_id):
        if pk not in members:
            raise MemberGone(pk)
    return members[merged_id], members[into_id]


def _take_zones(merged: Member, into: Member, author: str, now: datetime) -> None:
    """Let the present member have the time zones of the merged one, if it has none.

    One with activity is in it from the next period on, as with any other change of zone (S54).
    """
    if into.has_own_zone or not merged.has_own_zone:
        return
    if has_activity(into):
        zone = zones_at(read_wishes([merged.pk]).get(merged.pk, ()), now).time_zone
        ask_for_zone(into, zone, author=author, now=now)
        return
    MemberZone.objects.filter(member=merged).update(member=into)
    into.has_own_zone = True
    into.save(update_fields=["has_own_zone"])


def _move_rows(merged: Member, into: Member) -> None:
    """Let all other tables follow, in which a member has a row of its own for each thing that happened."""
    for table in personal_tables():
        if table.member is not None:
            table.model._base_manager.filter(**{table.member: merged}).update(**{table.member: into})
