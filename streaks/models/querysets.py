"""Queries that agree with the clock and with what is hidden."""

from datetime import datetime
from typing import Any, Never, Self, TypeVar

from django.db import models
from django.db.models import Case, F, Q, Value, When

from streaks.core.runs import RunStatus
from streaks.models.versions import VersionedQuerySet

RecordType_co = TypeVar("RecordType_co", bound=models.Model, covariant=True)


class VisibleQuerySet(VersionedQuerySet[RecordType_co]):
    """Records that are hidden instead of deleted (S29)."""

    def visible(self) -> Self:
        """Leave out what was deleted."""
        return self.filter(deleted_at=None)


VisibleManager = models.Manager.from_queryset(VisibleQuerySet)


class LogQuerySet(models.QuerySet[RecordType_co]):
    """Logs are permanent: neither a bulk update nor a bulk delete is offered (S29)."""

    def update(self, **kwargs: Any) -> Never:
        """Refuse: logs are never changed."""
        raise TypeError("Activity logs are permanent: they are never updated. Send a correcting log instead.")

    def delete(self) -> Never:
        """Refuse: logs are never deleted."""
        raise TypeError("Activity logs are permanent: they are never deleted. Send a correcting log instead.")


class RunQuerySet(models.QuerySet[RecordType_co]):
    """Runs whose status is read off the clock (S16)."""

    def broken_by(self, now: datetime) -> Self:
        """Return runs stored as in progress past their deadline; a pause and the end stop the clock (S19, S57)."""
        return self.filter(_is_over(now))

    def with_status(self, now: datetime) -> "RunQuerySet[Any]":
        """Annotate `status` and `broken_at` as they are at `now`."""
        return self.annotate(status=_status_at(now)).annotate(broken_at=_BROKEN_AT)

    def by_status(self, now: datetime) -> "RunQuerySet[Any]":
        """Let runs be filtered and sorted by `status` and `broken_at` as they are at `now`, without reading these."""
        return self.alias(status=_status_at(now)).alias(broken_at=_BROKEN_AT)


def _is_over(now: datetime) -> Q:
    is_past = Q(breaks_at__lte=now) & is_reached_before("streak__paused_at") & is_reached_before("streak__ends_at")
    return Q(stored_status=RunStatus.IN_PROGRESS) & is_past


def is_reached_before(stop: str) -> Q:
    """Let a deadline pass only where the clock has not been stopped before it (S19, S57)."""
    return Q(**{stop: None}) | Q(breaks_at__lte=F(stop))


def _status_at(now: datetime) -> Case:
    return Case(
        When(_is_over(now), then=Value(RunStatus.BROKEN.value)),
        default=F("stored_status"),
        output_field=models.CharField(),
    )


_BROKEN_AT = Case(When(status=RunStatus.BROKEN.value, then=F("breaks_at")), output_field=models.DateTimeField())
