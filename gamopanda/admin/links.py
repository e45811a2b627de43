"""Addresses of pages of the administration, and links and redirects to them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


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


def add_to(model: type[models.Model], **values: object) -> str:
    """Return the address of the form for a new record, filled in with `values`."""
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_add") + "?" + urlencode(values)


def linked(name: str, description: Any, text: Any = None) -> Callable[[Any, models.Model], str]:
    """Return a column that links to the record which the foreign key `name` refers to, under its own name or `text`."""

    def column(_admin: Any, obj: models.Model) -> str:
        record = getattr(obj, name)
        return "–" if record is None else link_to(record, text)

    column.short_description = description  # type: ignore[attr-defined]
    column.__name__ = f"{name}_link"
    return column


def history_of(model: type[models.Model], key: str, *parts: str) -> str:
    """Return the address of what the audit trail has about the record of a model with this primary key.

    `parts` are the keys of records that belong to it, such as the milestones of a streak.
    """
    if parts:
        return list_of(LogEntry, object_pk__in=",".join([key, *parts]))
    return list_of(LogEntry, kind=ContentType.objects.get_for_model(model).pk, object_pk__exact=key)


def leave_dialog(request: HttpRequest, address: str) -> HttpResponse:
    """Go on to an address after a dialog was confirmed, whether it was sent by script or by a plain form."""
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
