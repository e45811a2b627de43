"""Facts about many members, which are applied to one after the other (S38)."""

from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _


class AppliedToMany(models.Model):
    """A fact about many members, and how far it has been applied, in the order of their ids (S38).

    Without a `streak` it concerns all. It `is_silent` where nothing is issued for what runs reach by it, and
    `is_undoing` where it takes back what an earlier fact gave.
    """

    is_for_list: Any = False
    is_silent = False
    is_undoing = False

    applied_through = models.UUIDField(editable=False, null=True)
    applied_members = models.PositiveIntegerField(_("applied to"), editable=False, default=0, db_default=0)
    total_members = models.PositiveIntegerField(_("members"), editable=False, default=0, db_default=0)
    applied_at = models.DateTimeField(_("applied at"), editable=False, null=True)

    class Meta:
        """No table of its own."""

        abstract = True

    def is_pending_for(self, member_id: UUID) -> bool:
        """Say whether the turn of a member whom it concerns has not come."""
        return self.applied_at is None and (self.applied_through is None or member_id > self.applied_through)
