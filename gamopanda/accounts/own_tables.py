"""What this app, and the libraries that keep a history of changes, store about members."""

from typing import Any
from uuid import UUID

from auditlog.models import LogEntry as AuditEntry
from django.contrib.admin.models import LogEntry as HistoryEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from gamopanda.accounts.idempotency import forget_answers
from gamopanda.accounts.models import KeptAnswer, Member, MemberMerge, MemberZone
from gamopanda.accounts.personal_data import PersonalTable, register_personal_table, rows_by


def register_own_tables() -> None:
    """Register them; called when Django is ready."""
    register_personal_table(PersonalTable(MemberMerge, "merges", merges_into, erase=_erase_reasons))
    register_personal_table(PersonalTable(MemberZone, "timeZones", zones_of, erase=_erase_reasons_of_zones))
    register_personal_table(PersonalTable(KeptAnswer, "", rows_by(KeptAnswer, "about_member"), erase=forget_answers))
    # What they say about a person is taken out with the person's name itself, whose entries they are.
    register_personal_table(PersonalTable(AuditEntry, "changes", _audit_entries))
    register_personal_table(PersonalTable(HistoryEntry, "earlierChanges", _history_entries))


def merges_into(member_id: UUID) -> "QuerySet[Any]":
    """Return the merges that made a member out of several."""
    return MemberMerge.objects.filter(merged__merged_into=member_id).order_by("pk")


def zones_of(member_id: UUID) -> "QuerySet[Any]":
    """Return the time zones of a member, and those that former members had who were merged into it."""
    return MemberZone.objects.filter(Q(member=member_id) | Q(member__merged_into=member_id)).order_by("asked_at", "pk")


def _erase_reasons_of_zones(member: Member) -> None:
    zones_of(member.pk).update(reason="")


def _erase_reasons(member: Member) -> None:
    merges_into(member.pk).update(reason="")


def _audit_entries(member_id: UUID) -> "QuerySet[Any]":
    ours = ContentType.objects.get_for_model(Member)
    entries: QuerySet[Any] = AuditEntry.objects.filter(content_type=ours, object_pk=str(member_id))
    return entries.order_by("pk")


def _history_entries(member_id: UUID) -> "QuerySet[Any]":
    ours = ContentType.objects.get_for_model(Member)
    return HistoryEntry.objects.filter(content_type=ours, object_id=str(member_id)).order_by("pk")
