"""The client's own names for members, and who is meant by them: a former member's name means the present one (S60)."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet, UUIDField
from django.db.models.functions import Coalesce

from gamopanda.accounts.models import Member

PRESENT_ID = Coalesce("merged_into", "id", output_field=UUIDField())
"""The id of the member that a row of `Member.everybody` stands for."""


def ids_by_external_id(external_ids: Collection[str]) -> dict[str, UUID]:
    """Return the ids of members by the names that they were asked for; those who are not there are left out."""
    if not external_ids:
        return {}
    named = Member.everybody.filter(external_id__any_of=set(external_ids)).order_by()
    return dict(named.values_list("external_id", PRESENT_ID))


def present_ids(ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the ids of present members by those of members, former ones among them, that there are."""
    if not ids:
        return {}
    return dict(Member.everybody.filter(pk__any_of=set(ids)).order_by().values_list("pk", PRESENT_ID))


def find_members(external_ids: Collection[str], *, sandbox: bool | None = None) -> dict[str, Member]:
    """Return members by the names that they were asked for; those who are not members yet are left out.

    With `sandbox` only those of the sandbox, or (False) none of them.
    """
    ids = ids_by_external_id(external_ids)
    some = Member.objects if sandbox is None else Member.objects.filter(sandbox=sandbox)
    members = some.in_bulk(list(set(ids.values())))
    return {name: members[pk] for name, pk in ids.items() if pk in members}


def find_member(external_id: str, *, sandbox: bool | None = None) -> Member | None:
    """Return the member with this name; None when there is none."""
    return find_members([external_id], sandbox=sandbox).get(external_id)


SEARCHED = ("external_id", "last_name", "first_name", "email")
"""Fields of members of which the beginning is looked for, in any case; each has an index for that on PostgreSQL."""


def members_beginning_with(text: str, *, at_most: int) -> list[Member]:
    """Return members with a name, an external id or an e-mail address that begins so; also by first and last name."""
    conditions = [{f"{name}__istartswith": text} for name in SEARCHED]
    words = text.replace(",", " ").split()
    if len(words) > 1:
        first, rest = words[0], " ".join(words[1:])
        conditions.append({"first_name__istartswith": first, "last_name__istartswith": rest})
        conditions.append({"last_name__istartswith": first, "first_name__istartswith": rest})
    found: dict[UUID, Member] = {}
    for condition in conditions:
        found |= {member.pk: member for member in Member.objects.filter(**condition).order_by()[:at_most]}
    return list(found.values())[:at_most]


def aliases_of(ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Return the external ids of former members by the ids of the present ones, the first to be made first."""
    aliases: dict[UUID, list[str]] = {pk: [] for pk in ids}
    former = Member.everybody.filter(merged_into__in=aliases).order_by("pk")
    for one in former:
        if one.merged_into_id is not None:
            aliases[one.merged_into_id].append(one.external_id)
    return aliases


class ExternalIdFilter(django_filters.CharFilter):  # type: ignore[misc]
    """Records of the member with this name, exactly as written, blanks included."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow to the member; the id is looked up first, whatever the size of the table."""
        if value in ("", None):
            return qs
        named = Member.everybody.filter(external_id=value).order_by().values(present=PRESENT_ID)
        return qs.filter(member__in=named)
