"""Sandbox members: made with a sandbox key, counted nowhere, each with a clock of its own that only moves forward.

Their ids are UUIDs of version 8 (all others are of version 7), so that every row that names a member tells of itself
whose it is, also where the member is not read.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce, Greatest
from uuid_utils.compat import uuid7

from gamopanda.accounts.models import Member
from gamopanda.accounts.personal_data import personal_tables
from gamopanda.accounts.signals import clock_moved

VERSION = 8
LONGEST_STEP = timedelta(days=366)
BATCH = 100


class WrongInstant(ValueError):
    """A clock cannot be set to an instant; the message is a sentence that says why."""


def is_sandbox(member_id: UUID | None) -> bool:
    """Say whether an id is that of a sandbox member."""
    return member_id is not None and member_id.version == VERSION


def new_member(*, sandbox: bool, **values: Any) -> Member:
    """Return an unsaved member."""
    return Member(id=new_sandbox_id(), sandbox=True, **values) if sandbox else Member(**values)


def new_sandbox_id() -> UUID:
    """Return an id for a sandbox member, in order of time as all ids are."""
    return UUID(int=uuid7().int & ~(0xF << 76) | VERSION << 76)


def present_of_rows(now: datetime) -> Greatest:
    """Return the present of the member of each row, for queries."""
    present = Value(now, output_field=models.DateTimeField())
    return Greatest(Coalesce("member__clock_at", present), present)


@transaction.atomic
def move_clock(member_id: UUID, to: datetime, *, now: datetime) -> Member:
    """Set the clock of a sandbox member forward, and let happen what time brings; raises `WrongInstant`."""
    member = Member.objects.select_for_update(no_key=True).get(pk=member_id)
    present = member.now_at(now)
    if not present < to <= present + LONGEST_STEP:
        raise WrongInstant(
            f"The clock of this member is at {present.isoformat()} and only moves forward, by a year at most at once."
        )
    member.clock_at = to
    member.save(update_fields=["clock_at", "updated_at"])
    clock_moved.send(Member, member=member, before=present, now=to)
    return member


def delete_sandbox_members() -> int:
    """Delete all sandbox members with everything about them; return how many there were."""
    deleted = 0
    members = Member.everybody.filter(sandbox=True).order_by("pk")
    while batch := list(members.values_list("pk", flat=True)[:BATCH]):
        for member_id in batch:
            delete_whole(member_id)
        deleted += len(batch)
    return deleted


@transaction.atomic
def delete_whole(member_id: UUID) -> None:
    """Delete a sandbox member with every row about it, those of former members that were merged into it too."""
    everyone = Member.everybody.select_for_update().filter(models.Q(pk=member_id) | models.Q(merged_into=member_id))
    for pk in [member.pk for member in everyone.order_by("pk") if member.sandbox]:
        # The last to be registered first: rewards before the runs and logs that they point to.
        for table in reversed(personal_tables()):
            table.rows(pk).delete()
    Member.everybody.filter(merged_into=member_id, sandbox=True).delete()
    Member.everybody.filter(pk=member_id, sandbox=True).delete()
