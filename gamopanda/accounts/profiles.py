"""What is said of members beside their names: taken where nothing is known yet, never in place of something else."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from gamopanda.accounts.models import Member, MemberZone
from gamopanda.accounts.zones import ask_for_zone

PROFILE = ("first_name", "last_name", "email", "phone_number")


def fill_profile(member: Member, said: Mapping[str, str]) -> bool:
    """Set the empty fields of a profile; return whether there was one to set."""
    missing = [name for name in PROFILE if said.get(name) and not getattr(member, name)]
    for name in missing:
        setattr(member, name, said[name])
    return bool(missing)


def fill_profiles(said: Mapping[UUID, Mapping[str, str]], *, author: str, now: datetime) -> None:
    """Fill and save the profiles of locked members, and their time zones, by their ids."""
    asked = MemberZone.objects.filter(member=OuterRef("pk")).order_by("-asked_at", "-pk").values("time_zone")
    members = list(Member.objects.filter(pk__any_of=list(said)).annotate(last_zone=Subquery(asked[:1])))
    filled = [member for member in members if fill_profile(member, said[member.pk])]
    for member in filled:
        member.updated_at = now
    if filled:
        Member.objects.bulk_update(filled, [*PROFILE, "updated_at"])
    for member in members:
        time_zone = said[member.pk].get("time_zone")
        if time_zone and not member.last_zone:
            ask_for_zone(member, time_zone, author=author, now=now)
