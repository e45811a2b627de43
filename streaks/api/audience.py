"""Who reads: administrators see everything that is not deleted, end users their own records, guests the programme."""

from datetime import datetime
from typing import Any

from django.db import models

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
        if member is None:
            return records.none()
        # By id: every table that grows has an index that leads with the member.
        return records.filter(member=member.pk, streak__deleted_at=None)

    @property
    def member(self) -> Any:
        """Return the member that the calling end user is; None for an external id that is not a member yet."""
        caller: Any = self.request.user
        return caller.member
