"""Who is reading: administrators see everything that is not deleted, end users their own, guests the programme."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from gamopanda.api.usual_lists import usual_page
from gamopanda.api.views import RecordViewSet


class OwnedViewSet(RecordViewSet):
    """Logs, runs or rewards: administrators see all of them.

    End users see their own, without those of deleted streaks, which stay readable to administrators (S29).
    """

    def records(self, now: datetime) -> models.QuerySet[Any]:
        """Return all records, as they are at an instant."""
        raise NotImplementedError

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return what the caller may see."""
        records = self.records(self.now)
        if self.is_admin:
            return records
        member = self.member
        return records.none() if member is None else own(records, member.pk)

    def read_usual_page(self) -> Any:
        """Let queries of one kind be worded once."""
        if self.is_admin:
            return usual_page(self, "all", self.records, self.now)
        return None if self.member is None else usual_page(self, "own", self._own, self.now, self.member.pk)

    def _own(self, now: datetime, member_id: UUID) -> models.QuerySet[Any]:
        return own(self.records(now), member_id)

    @property
    def member(self) -> Any:
        """The member that the calling end user is; None for someone who has done nothing so far."""
        caller: Any = self.request.user
        return caller.member


def own(records: models.QuerySet[Any], member_id: UUID) -> models.QuerySet[Any]:
    """Narrow records to those of a member: by id, as every table that grows has an index that leads with the member."""
    return records.filter(member=member_id, streak__deleted_at=None)
