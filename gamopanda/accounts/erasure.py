"""The deletion of a member: the person goes, the facts stay (S35)."""

import secrets

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone

from gamopanda.accounts.models import Member
from gamopanda.accounts.signals import member_deleted
from gamopanda.admin.audit import forget_person, record_deletion
from gamopanda.api.models import Status

PERSONAL = ("external_id", "first_name", "last_name", "email", "phone_number")


@transaction.atomic
def delete_member(member: Member) -> None:
    """Delete a member without activity; of one with activity erase the person and keep the facts (S35).

    The row is locked first, so that a log that is being recorded is either seen or finds no live member.
    """
    locked = Member.objects.select_for_update().get(pk=member.pk)
    if has_activity(locked):
        _erase(locked)
        name = locked.external_id
    else:
        name = str(locked.pk)
        locked.delete()
        locked.pk = member.pk
    forget_person(locked, name=name, fields=PERSONAL)
    locked.external_id = name
    record_deletion(locked)
    member_deleted.send(Member, member=locked, now=timezone.now())


def has_activity(member: Member) -> bool:
    """Say whether anything was recorded for a member.

    Asked of every relation that protects members, one row of each: to try, and let the database refuse, would load a
    whole history only to name it in the refusal.
    """
    relations = (field for field in Member._meta.related_objects if field.on_delete is models.PROTECT)
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: member}).exists() for relation in relations
    )


def _erase(member: Member) -> None:
    member.first_name = member.last_name = member.email = member.phone_number = ""
    member.external_id = f"erased-{secrets.token_hex(16)}"
    member.status = Status.PAUSED
    member.save()
    # Django's own history, which earlier versions kept, names its objects as they were called at the time.
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Member), object_id=str(member.pk))
    entries.update(object_repr=member.external_id)
