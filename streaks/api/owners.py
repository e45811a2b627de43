"""Who is meant by the bodies of facts about a member: `ownedById` or `ownedBy`."""

from collections.abc import Mapping
from typing import Any

from gamopanda.accounts.models import Member
from gamopanda.accounts.naming import find_member, present_ids
from gamopanda.api.errors.exceptions import invalid
from gamopanda.api.serializers.base import BodySerializer, TextField, read_id
from gamopanda.api.serializers.examples import example

NO_SUCH_MEMBER = "There is no such member: use our id or the external id of a member."


class OwnerSerializer(BodySerializer):
    """`ownedBy` of a fact: a member who is there."""

    externalId = TextField(  # noqa: N815  as on the wire
        max_length=256, trim_whitespace=False, help_text="The external id of the member.", **example("customer-17")
    )


def owner_fields() -> dict[str, Any]:
    """Return the two fields of a body that name a member."""
    return {
        "ownedById": TextField(
            required=False,
            allow_null=True,
            max_length=256,
            trim_whitespace=False,
            help_text="Our id of the member or, failing that, its external id. Send either this or ownedBy.",
            **example("customer-17"),
        ),
        "ownedBy": OwnerSerializer(required=False, allow_null=True, help_text="The member, by its external id."),
    }


def named_owner(body: Mapping[str, Any], *, sandbox: bool) -> Member | None:
    """Return the member whom a body names, None where it names none; raises a 400."""
    by_id, by_name = body.get("ownedById"), body.get("ownedBy")
    if by_id is not None and by_name is not None:
        raise invalid("ownedBy", "Send either ownedById or ownedBy, not both.")
    if by_name is not None:
        return _member_named(by_name["externalId"], "ownedBy", sandbox)
    if by_id is None:
        return None
    pk = read_id(by_id)
    members = Member.objects.filter(sandbox=sandbox)
    found = None if pk is None else members.filter(pk__in=present_ids([pk]).values()).first()
    return found or _member_named(by_id, "ownedById", sandbox)


def _member_named(external_id: str, field: str, sandbox: bool) -> Member:
    member = find_member(external_id, sandbox=sandbox)
    if member is None:
        raise invalid(field, NO_SUCH_MEMBER, "not_found")
    return member
