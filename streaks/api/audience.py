"""Who reads: administrators see everything that is not deleted, end users their own records, guests the programme."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from gamopanda.accounts.sandbox import present_of_rows
from gamopanda.api.lists.list_queries import Source, compiled_page
from gamopanda.api.views import RecordViewSet


class OwnedViewSet(RecordViewSet):
    """Logs, runs or rewards: administrators see all of them.

    End users see their own, without those of deleted streaks, which stay readable to administrators (S29).
    """

    is_followed = True
    # The records of foreign keys and the annotations that `records` reads along.
    related: ClassVar[Sequence[str]] = ()
    annotations: ClassVar[Sequence[str]] = ()

    def records(self, now: Any) -> models.QuerySet[Any]:
        """Return all records, as they are at an instant, or at what a query says of each."""
        raise NotImplementedError

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return what the caller may see."""
        if self.is_admin:
            return self._of_sandbox(self.now) if self.is_sandbox else self.of_others(self.now)
        records = self.records(self.now)
        return records.none() if self.member is None else own(records, self.member.pk)

    def of_others(self, now: Any) -> models.QuerySet[Any]:
        """Return the records of all members but those of the sandbox."""
        return self.records(now).filter(member__sandbox=False)

    def _of_sandbox(self, now: datetime) -> models.QuerySet[Any]:
        return self.records(present_of_rows(now)).filter(member__sandbox=True)

    def get_object(self) -> Any:
        """Return a record, and be at the present of its member."""
        record: Any = super().get_object()
        if self.is_sandbox and record.member is not None:
            self.now = record.member.now_at(self.now)
        return record

    def present(self, records: Sequence[Any]) -> Sequence[Any]:
        """Show those of members of the sandbox at the present of each."""
        if not self.is_sandbox:
            return super().present(records)
        real, presented = self.now, list[Any]()
        for present, some in groupby(records, lambda record: record.member.now_at(real)):
            self.now = present
            presented += super().present(list(some))
        self.now = real
        return presented

    def compiled_page(self) -> Any:
        """Return the page of a list whose query is compiled: of all records, or of the member's own."""
        if self.is_admin:
            if self.is_sandbox:
                return None
            source = Source("all", self.of_others, [self.now], self.related, self.annotations)
        elif self.member is None:
            return None
        else:
            source = Source("own", self._own, [self.now, self.member.pk], self.related, self.annotations)
        return compiled_page(self, source)

    def _own(self, now: datetime, member_id: UUID) -> models.QuerySet[Any]:
        return own(self.records(now), member_id)

    @property
    def member(self) -> Any:
        """Return the member that the calling end user is; None for an external id that is not a member yet."""
        caller: Any = self.request.user
        return caller.member


def own(records: models.QuerySet[Any], member_id: UUID) -> models.QuerySet[Any]:
    """Return the records of a member: by id, as every table that grows has an index that leads with the member."""
    return records.filter(member=member_id, streak__deleted_at=None)
