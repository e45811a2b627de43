"""The audit trail: who changed what, from what to what.

Small tables are registered with auditlog, which listens to their signals. What grows with activity is not: recording
a log must not cost a query more. Where people change such records, their pages call `record_saved`.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from auditlog.middleware import AuditlogMiddleware
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from gamopanda.api.access.addresses import client_address
from gamopanda.api.errors.handlers import is_api
from gamopanda.api.errors.pages import is_console
from gamopanda.api.monitoring.context import current_request_id

ERASED = "(erased)"
HIDDEN = "(hidden)"
# Set by the product itself.
UNTOLD = ("id", "created_at", "updated_at", "coupon_key")


class AuditMiddleware(AuditlogMiddleware):
    """Note who works in the administration. Calls of the API have no person, and are left as fast as they are."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the actor of whatever is changed by a request to the administration."""
        if is_api(request) or not is_console(request):
            answer: Callable[[HttpRequest], HttpResponse] = self.get_response
            return answer(request)
        return super().__call__(request)  # type: ignore[no-any-return]

    @staticmethod
    def _get_remote_addr(request: HttpRequest) -> str | None:
        return client_address(request)

    @staticmethod
    def _get_remote_port(request: HttpRequest) -> None:
        return None


def request_id() -> str | None:
    """Return the id under which the log has the present request; named in the settings."""
    return current_request_id.get() or None


def hide(_value: str) -> str:
    """Return the text that stands in place of a secret value."""
    return HIDDEN


def audit(model: type[models.Model], *, but: Iterable[str] = (), secret: Iterable[str] = ()) -> None:
    """Keep every change of a model's records, but not of these fields; of secret ones only that they changed."""
    left_out = {*UNTOLD, *but}
    auditlog.register(
        model,
        include_fields=[field.name for field in model._meta.concrete_fields if field.name not in left_out],
        mask_fields=list(secret),
        mask_callable=f"{__name__}.hide",
        m2m_fields={field.name for field in model._meta.many_to_many},
    )


def record_change(record: models.Model, **changes: tuple[object, object]) -> None:
    """Note a change that no signal tells of: for each field what it was and what it is."""
    told = {name: [_plain(value) for value in pair] for name, pair in changes.items()}
    LogEntry.objects.log_create(record, action=LogEntry.Action.UPDATE, changes=told)


def record_deletion(record: models.Model) -> None:
    """Note that a record goes of which no signal tells."""
    LogEntry.objects.log_create(record, action=LogEntry.Action.DELETE, changes={})


def record_saved(record: models.Model, before: models.Model | None, **told: tuple[object, object]) -> None:
    """Note what saving a record changed, against what was stored `before` (None: it is new), and what was told."""
    names = [field.attname for field in record._meta.concrete_fields if field.name not in UNTOLD]
    changes = {
        name: [_plain(getattr(before, name, None)), _plain(getattr(record, name))]
        for name in names
        if getattr(before, name, None) != getattr(record, name)
    }
    changes |= {name: [_plain(value) for value in pair] for name, pair in told.items()}
    action = LogEntry.Action.CREATE if before is None else LogEntry.Action.UPDATE
    if changes:
        LogEntry.objects.log_create(record, action=action, changes=changes)


def entries_of(record: models.Model) -> "QuerySet[Any]":
    """Return what the audit trail has about a record."""
    entries: QuerySet[Any] = LogEntry.objects.get_for_object(record)
    return entries


def forget_person(record: models.Model, *, name: str, fields: Collection[str]) -> None:
    """Take out of the audit trail who a record was about: the values of these fields, and what it was called (S35)."""
    for entry in entries_of(record):
        entry.changes = {field: [ERASED] * 2 if field in fields else pair for field, pair in entry.changes.items()}
        entry.object_repr = name
        entry.save(update_fields=["changes", "object_repr"])


def _plain(value: object) -> object:
    """Return a value as JSON can hold it."""
    return value if value is None or isinstance(value, bool | int) else str(value)
