"""The deletion of a member: the person goes, the facts stay (S35, S61)."""

import secrets

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils import timezone

from gamopanda.accounts.models import Member
from gamopanda.accounts.personal_data import personal_tables
from gamopanda.accounts.signals import member_deleted
from gamopanda.admin.audit import forget_person, record_deletion
from gamopanda.api.models import Status

PERSONAL = ("external_id", "first_name", "last_name", "email", "phone_number")


@transaction.atomic
def delete_member(member: Member) -> None:
    """Delete a member without activity; of one with activity erase the person and keep the facts (S35).

    The row is locked first, so that a log that is being recorded is either seen or finds no live member. The former
    members who were merged into it go in the same way.
    """
    locked = Member.objects.select_for_update().get(pk=member.pk)
    everyone = [locked, *former_members(locked)]
    is_erased = has_activity(locked)
    names = {one.pk: f"erased-{secrets.token_hex(16)}" if is_erased else str(one.pk) for one in everyone}
    if is_erased:
        for one in everyone:
            _erase(one, names[one.pk])
    locked.external_id = names[member.pk]
    for table in personal_tables():
        if table.erase is not None:
            table.erase(locked)
    if not is_erased:
        locked.delete()
        locked.pk = member.pk
    for one in everyone:
        forget_person(one, name=names[one.pk], fields=PERSONAL)
    record_deletion(locked)
    member_deleted.send(Member, member=locked, now=timezone.now())


def former_members(member: Member) -> "QuerySet[Member]":
    """Return the members who were merged into this one, the last first."""
    return Member.everybody.filter(merged_into=member).order_by("-updated_at", "-pk")


def has_activity(member: Member) -> bool:
    """Say whether anything was recorded for a member.

    Asked of every relation that protects members, one row of each: to try, and let the database refuse, would load a
    whole history only to name it in the refusal.
    """
    relations = (field for field in Member._meta.related_objects if field.on_delete is models.PROTECT)
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: member}).exists() for relation in relations
    )


def _erase(member: Member, name: str) -> None:
    member.first_name = member.last_name = member.email = member.phone_number = ""
    member.external_id = name
    member.status = Status.PAUSED
    member.save()
    # Django's own history, which earlier versions kept, names its objects as they were called at the time.
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Member), object_id=str(member.pk))
    entries.update(object_repr=member.external_id)
