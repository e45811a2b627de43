"""The client's own names for members, and who is meant by them."""

from collections.abc import Collection

from gamopanda.accounts.models import Member


def find_members(external_ids: Collection[str]) -> dict[str, Member]:
    """Return the members with these external ids, by external id; those who are not members yet are left out."""
    found = Member.objects.filter(external_id__any_of=set(external_ids)).order_by()
    return {member.external_id: member for member in found}
