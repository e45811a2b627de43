"""What the pages of several apps in the administration share."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from auditlog.models import LogEntry
from django.contrib.admin import ShowFacets
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

STATUS_COLOURS = {"draft": "info", "live": "success", "paused": "warning"}


class StrictChangeList(ChangeList):
    """A list that reads its rows at once: Django takes care of filters that cannot be, not of values that cannot."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page; a value that the database does not take leads back to the list, as Django does it."""
        try:
            super().get_results(request)
            len(self.result_list)
        except (DataError, OverflowError, ValidationError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error


class AuditedAdmin(ModelAdmin):
    """Records whose history is the audit trail: it has every change, also those that were not made here.

    Django's own history, which has only what its pages did and not what was there before, is not kept.
    """

    list_per_page = 50
    # Templates ask for this at every field, and what is not there takes long to look for.
    conditional_fields: dict[str, str] = {}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that takes every address."""
        return StrictChangeList

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Go to what the audit trail has about this record; refuse who may not look at it."""
        record = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        return HttpResponseRedirect(history_of(self.model, unquote(object_id)))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Offer the history to who may read the audit trail."""
        context["show_history"] = request.user.has_perm("auditlog.view_logentry")
        return super().render_change_form(request, context, *args, **kwargs)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """Leave it to the audit trail."""

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """Leave it to the audit trail."""

    def log_deletions(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Leave it to the audit trail."""


def history_of(model: type[models.Model], key: str) -> str:
    """Return the address of what the audit trail has about the record of a model with this primary key."""
    return list_of(LogEntry, kind=ContentType.objects.get_for_model(model).pk, object_pk__exact=key)


class ReadOnlyAdmin(AuditedAdmin):
    """Records to look at: written by the product alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds one by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody changes one by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody deletes one by hand."""
        return False


class BigTableAdmin(AuditedAdmin):
    """A table of any size: paged without ever counting its rows, in an order that has an index."""

    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    list_disable_select_all = True
    list_filter_submit = True


class ExplainedDeletionAdmin(AuditedAdmin):
    """Deletion that is not what it is elsewhere: the page that asks for confirmation says what happens instead."""

    delete_confirmation_template = "admin/explained_deletion.html"
    delete_selected_confirmation_template = "admin/explained_deletion_selected.html"

    def deletion_meaning(self, obj: models.Model) -> str:
        """Say in a sentence what deleting this record does."""
        raise NotImplementedError

    def get_deleted_objects(
        self, objs: Iterable[models.Model], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """List what is asked to be deleted, and nothing of what Django would take along with it."""
        described = [f"{obj}: {self.deletion_meaning(obj)}" for obj in objs]
        name = str(self.opts.verbose_name_plural)
        lacking = set() if self.has_delete_permission(request) else {name}
        return described, {name: len(described)}, lacking, []

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        """Delete one record in the way of its kind."""
        self.delete_one(obj)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Delete the selected records, each in the way of its kind."""
        for obj in queryset:
            self.delete_one(obj)

    def delete_one(self, obj: models.Model) -> None:
        """Do what `deletion_meaning` says."""
        raise NotImplementedError


def link_to(record: models.Model, text: object = None) -> SafeString:
    """Return a link to the page of a record."""
    return format_html(
        '<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', page_of(record), text or record
    )


def page_of(record: models.Model) -> str:
    """Return the address of the page of a record."""
    meta = record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


def list_of(model: type[models.Model], **filters: object) -> str:
    """Return the address of a list, narrowed to `filters`."""
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist") + "?" + urlencode(filters)


def linked(name: str, description: Any, text: Any = None) -> Callable[[Any, models.Model], str]:
    """Return a column that links to the record which the foreign key `name` refers to, under its own name or `text`."""

    def column(_admin: Any, obj: models.Model) -> str:
        return link_to(getattr(obj, name), text)

    column.short_description = description  # type: ignore[attr-defined]
    column.__name__ = f"{name}_link"
    return column


def instant_text(instant: datetime | None) -> str:
    """Write an instant as Django's own columns do, for read-only fields, which leave it raw."""
    return "–" if instant is None else date_format(timezone.localtime(instant), "DATETIME_FORMAT")


def note(text: object) -> SafeString:
    """Return the description of a fieldset, with room around it."""
    return format_html('<div class="px-3 pt-3">{}</div>', text)


def plain_number(value: Decimal) -> Decimal:
    """Return an exact number without the zeros that nobody would write: 50, not 50.0000."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def leave_dialog(request: HttpRequest, address: str) -> HttpResponse:
    """Go on to an address after a dialog was confirmed, whether it was sent by script or by a plain form."""
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
