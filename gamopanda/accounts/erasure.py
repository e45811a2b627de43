"""The deletion of a member: the person goes, the facts stay (S35)."""

import secrets

from django.db import transaction
from django.db.models import ProtectedError

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status


@transaction.atomic
def delete_member(member: Member) -> None:
    """Delete a member without activity; of one with activity erase the person and keep the facts (S35).

    The row is locked first, so that a log that is being recorded is either seen or finds no live member.
    """
    locked = Member.objects.select_for_update().get(pk=member.pk)
    try:
        locked.delete()
    except ProtectedError:
        _erase(locked)


def _erase(member: Member) -> None:
    member.first_name = member.last_name = member.email = member.phone_number = ""
    member.external_id = f"erased-{secrets.token_hex(16)}"
    member.status = Status.PAUSED
    member.save()
