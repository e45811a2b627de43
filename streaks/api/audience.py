"""Who is reading: administrators see everything that is not deleted, end users their own, guests the programme."""

from typing import Any

from django.db import models

from gamopanda.api.callers import CallerKind, caller_of
from gamopanda.api.views import ApiViewSet


class AudienceView(ApiViewSet):
    """A view that knows, and tells its serializers, who is reading."""

    @property
    def is_admin(self) -> bool:
        """Whether one of the client's servers calls; nobody does while the API is only described, and all is told."""
        return getattr(self, "swagger_fake_view", False) or caller_of(self.request).kind == CallerKind.ADMIN

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

    def get_serializer_context(self) -> dict[str, Any]:
        """Let nested serializers know as well."""
        return {**super().get_serializer_context(), "is_admin": self.is_admin}
