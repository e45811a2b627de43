"""Who is reading: administrators see everything that is not deleted, end users their own, guests the programme."""

from typing import Any

from django.db import models

from gamopanda.api.views import ApiViewSet


class AudienceView(ApiViewSet):
    """A view of what belongs to members."""

    def own(self, records: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Narrow logs, runs or rewards to those that the caller may see.

        End users see their own, without those of deleted streaks, which stay readable to administrators (S29).
        """
        if self.is_admin:
            return records
        caller: Any = self.request.user
        # By id, not over the table of members: every table that grows leads its indexes with the member.
        return (
            records.none() if caller.member is None else records.filter(member=caller.member, streak__deleted_at=None)
        )
