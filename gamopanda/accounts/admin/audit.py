"""The audit trail: who changed what and when, from what to what; to look at only."""

from collections.abc import Iterable
from typing import Any

from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from modeltranslation.fields import TranslationField
from unfold.decorators import display

from gamopanda.admin.audit import ERASED, HIDDEN
from gamopanda.admin.model_admins import BigTableAdmin, ReadOnlyAdmin

ACTION_COLOURS = {"create": "success", "update": "info", "delete": "danger"}
# As many changed fields as the list names.
NAMED_FIELDS = 4

admin.site.unregister(LogEntry)


class KindFilter(admin.SimpleListFilter):
    """Entries by the kind of record that was changed."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what the reader may see."""
        return [(str(kind.pk), capfirst(kind.name)) for kind in visible_content_types(request)]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Narrow the list."""
        is_known = (self.value() or "").isdecimal()
        return queryset.filter(content_type_id=self.value()) if is_known else queryset


def visible_content_types(request: HttpRequest) -> list[ContentType]:
    """Return the types of records that the person may view: changes reveal as much as the records do."""
    registered: Iterable[type[models.Model]] = admin.site._registry
    models_seen = [model for model in registered if _may_view(request, model)]
    return sorted(ContentType.objects.get_for_models(*models_seen).values(), key=lambda kind: kind.name)


def _may_view(request: HttpRequest, model: type[models.Model]) -> bool:
    meta = model._meta
    return request.user.has_perm(f"{meta.app_label}.{get_permission_codename('view', meta)}")


@admin.register(LogEntry)
class AuditAdmin(ReadOnlyAdmin, BigTableAdmin):
    """The audit trail; its readers see the changes of records that they may view."""

    list_display = ["timestamp", "who", "action_label", "kind", "record", "changed_fields"]
    list_filter = [KindFilter, "action"]
    list_select_related = ["actor"]
    ordering = ["-id"]
    search_fields = ["object_pk"]
    search_help_text = _("Id of the record, or user name, in full")
    fieldsets = [
        (None, {"fields": [("timestamp", "who"), ("action", "kind"), "record"]}),
        (_("Changes"), {"fields": ["change_table"]}),
        (_("Origin"), {"fields": ["address", "request_id"]}),
    ]
    readonly_fields = ["who", "kind", "record", "change_table", "address", "request_id"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Leave out what is about records that the reader may not look at."""
        entries: QuerySet[Any] = super().get_queryset(request)
        return entries.filter(content_type__in=[kind.pk for kind in visible_content_types(request)])

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """Find by the person, else by the record."""
        if not search_term:
            return queryset, False
        of_person = queryset.filter(actor__username=search_term)
        return (of_person if of_person.exists() else queryset.filter(object_pk=search_term)), False

    @display(description=_("who"))
    def who(self, entry: LogEntry) -> str:
        """The person; servers and commands have none."""
        return str(entry.actor or entry.actor_email or _("a server or a command"))

    @display(description=_("action"), label=ACTION_COLOURS)
    def action_label(self, entry: LogEntry) -> tuple[str, Any]:
        """What was done, in colour."""
        codes = {0: "create", 1: "update", 2: "delete"}
        return codes.get(entry.action, ""), entry.get_action_display()

    @display(description=_("kind"))
    def kind(self, entry: LogEntry) -> str:
        """The kind of record; kinds are few and kept in memory."""
        return capfirst(ContentType.objects.get_for_id(entry.content_type_id).name)

    @display(description=_("address"))
    def address(self, entry: LogEntry) -> str:
        """The address that it came from; commands have none."""
        return str(entry.remote_addr or "–")

    @display(description=_("request id"))
    def request_id(self, entry: LogEntry) -> str:
        """The id under which the log of the server has the request; commands have none."""
        return str(entry.cid or "–")

    @display(description=_("changes"))
    def changed_fields(self, entry: LogEntry) -> str:
        """The names of the fields that were changed, the first few of them."""
        names = [label for label, _before, _after in visible_changes(entry)]
        return ", ".join(names[:NAMED_FIELDS]) + (" …" if len(names) > NAMED_FIELDS else "")

    @display(description=_("record"))
    def record(self, entry: LogEntry) -> str:
        """The record, with a link while it has a page."""
        kind = ContentType.objects.get_for_id(entry.content_type_id)
        try:
            address = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[entry.object_pk])
        except NoReverseMatch:
            return str(entry.object_repr)
        return format_html(
            '<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', address, entry.object_repr
        )

    @display(description=_("before and after"))
    def change_table(self, entry: LogEntry) -> SafeString | str:
        """Every changed field with what it was and what it is."""
        cells = '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>'
        rows = format_html_join("", cells, visible_changes(entry))
        if not rows:
            return "–"
        heads = format_html_join("", '<th scope="col">{}</th>', heading())
        table = '<table class="change-table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
        return format_html(table, heads, rows)


def heading() -> list[tuple[Any]]:
    """Return what stands above the changes."""
    return [(_("Field"),), (_("Before"),), (_("After"),)]


def visible_changes(entry: LogEntry) -> list[tuple[str, str, str]]:
    """Return name, former and present value of each changed field; what stayed empty is no change."""
    model = ContentType.objects.get_for_id(entry.content_type_id).model_class()
    rows = []
    for name, pair in sorted((entry.changes or {}).items()):
        before, after = _values(pair)
        if before != after or after in {ERASED, HIDDEN}:
            rows.append((_label(model, name), before, after))
    return rows


def _values(pair: Any) -> tuple[str, str]:
    """Read both forms in which changes are kept: a pair, and what was added to or taken from a set."""
    if isinstance(pair, dict):
        named = ", ".join(pair["objects"])
        return ("–", named) if pair["operation"] == "add" else (named, "–")
    before, after = ("–" if value is None or value == "" else str(value) for value in pair)
    return before, after


def _label(model: type[models.Model] | None, name: str) -> str:
    """Return what people call a field; a translated one with its language."""
    if model is None:
        return name
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return name.replace("_", " ")
    if isinstance(field, TranslationField):
        return f"{field.translated_field.verbose_name} [{field.language}]"
    return str(field.verbose_name)
