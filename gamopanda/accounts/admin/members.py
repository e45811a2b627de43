"""Administration of members."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from gamopanda.accounts.admin.exports import MemberResource
from gamopanda.accounts.erasure import delete_member
from gamopanda.accounts.models import Member, MemberMerge
from gamopanda.accounts.naming import members_beginning_with
from gamopanda.accounts.zones import read_wishes, zones_at
from gamopanda.admin.audit import record_saved
from gamopanda.admin.exports import BigExportMixin
from gamopanda.admin.formatting import STATUS_COLOURS, instant_text
from gamopanda.admin.links import list_of
from gamopanda.admin.model_admins import BigTableAdmin, ExplainedDeletionAdmin, ReadOnlyAdmin

# A search that finds more is too vague to be of use.
MOST_FOUND = 200


def search_members(queryset: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
    """Narrow members to the one with this external id; else to those with a name or an address that begins so."""
    exact = queryset.filter(external_id=term)
    if exact.exists():
        return exact
    return queryset.filter(pk__in=[member.pk for member in members_beginning_with(term, at_most=MOST_FOUND)])


@admin.register(Member)
class MemberAdmin(BigExportMixin, ExplainedDeletionAdmin, BigTableAdmin):
    """Members, with links to everything recorded for each of them."""

    resource_classes = [MemberResource]
    list_display = ["external_id", "full_name", "status_label", "created_at"]
    list_filter: Sequence[Any] = ["status", "sandbox"]
    search_fields = ["external_id"]
    search_help_text = _("External id, name or e-mail, or the beginning of it")
    readonly_fields = ["id", "records", "time_zone", "sandbox", "clock_at", "created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["external_id", "status", "records"]}),
        (_("Person"), {"fields": [("first_name", "last_name"), ("email", "phone_number"), "time_zone"]}),
        (_("Reminders"), {"fields": ["reminders_enabled", "reminders_off", "language_code"]}),
        (_("Record"), {"fields": ["id", ("sandbox", "clock_at"), ("created_at", "updated_at")]}),
    ]

    @display(description=_("name"))
    def full_name(self, member: Member) -> str:
        """First and last name, as far as they are known."""
        return f"{member.first_name} {member.last_name}".strip()

    @display(description=_("status"), label=STATUS_COLOURS)
    def status_label(self, member: Member) -> tuple[str, str]:
        """The status, in colour."""
        return member.status, member.get_status_display()

    @display(description=_("time zone"))
    def time_zone(self, member: Member) -> str:
        """The zone that counts where members have their own clocks, and the one that waits."""
        wishes = read_wishes([member.pk] if member.has_own_zone else [])
        zones = zones_at(wishes.get(member.pk, ()), member.now_at(timezone.now()))
        present = zones.time_zone or gettext("that of each streak")
        if zones.waiting is None:
            return present
        values = {
            "present": present,
            "pending": zones.waiting.time_zone or gettext("that of each streak"),
            "instant": instant_text(zones.waiting.counts_from),
        }
        return gettext("%(present)s; from %(instant)s on: %(pending)s") % values

    @display(description=_("recorded"))
    def records(self, member: Any) -> str:
        """Links to the lists of what other apps keep for this member; the page asks for them several times."""
        if not hasattr(member, "linked_records"):
            member.linked_records = links_to_records(member)
        links: SafeString = member.linked_records
        return links

    def get_fieldsets(self, request: HttpRequest, obj: Member | None = None) -> Any:
        """Leave out what a new member cannot have yet."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj:
            return fieldsets
        person = [("first_name", "last_name"), ("email", "phone_number")]
        return [(None, {"fields": ["external_id", "status"]}), (_("Person"), {"fields": person})]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """Search for the whole term, blanks included: external ids may have them."""
        return (search_members(queryset, search_term) if search_term else queryset), False

    def save_model(self, request: HttpRequest, obj: Member, form: "ModelForm[Any]", change: bool) -> None:
        """Save, and note what was changed: members that servers make and change are too many to be noted."""
        before = Member.objects.filter(pk=obj.pk).first()
        super().save_model(request, obj, form, change)
        record_saved(obj, before)

    def deletion_meaning(self, obj: models.Model) -> str:
        """Say what S35 does."""
        if not any(model._default_manager.filter(member=obj).exists() for model, _name in records_of_members()):
            return str(_("has no activity and is deleted for good. This cannot be undone."))
        return str(
            _(
                "the person is erased. Names, e-mail and phone number are cleared and the external id is replaced by a "
                "random one; logs, runs and rewards stay for the accounts. This cannot be undone."
            )
        )

    def delete_one(self, obj: Any) -> None:
        """Erase the person, not the facts (S35)."""
        delete_member(obj)


def links_to_records(member: Member) -> SafeString:
    """Return links to what other apps keep for a member, with how many there are of each kind."""
    return format_html_join(
        " · ",
        '<a href="{}" class="text-primary-600 dark:text-primary-500">{} {}</a>',
        (
            (list_of(model, member__id__exact=member.pk), number, name if number != 1 else model._meta.verbose_name)
            for model, name in records_of_members()
            for number in [model._default_manager.filter(member=member).count()]
        ),
    )


def records_of_members() -> list[tuple[type[models.Model], str]]:
    """Return the models of other apps that belong to a member and have a list here, with their names."""
    relations = [relation.related_model for relation in Member._meta.related_objects if relation.field.name == "member"]
    return [(model, str(model._meta.verbose_name_plural)) for model in relations if admin.site.is_registered(model)]


@admin.register(MemberMerge)
class MemberMergeAdmin(ReadOnlyAdmin, BigTableAdmin):
    """Members that were merged into others."""

    list_display = ["created_at", "merged", "author"]
    list_select_related = ["merged"]
    fields = readonly_fields = ["merged", "author", "reason", "created_at", "id"]
