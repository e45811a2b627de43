"""Logs that count no more because the same identifier was recorded twice for what turned out to be one member."""

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from gamopanda.accounts.models import Member, MemberMerge
from gamopanda.api.models import Record
from streaks.fields import ExactDecimalField
from streaks.models.activity import StreakLog
from streaks.models.campaign import Streak


class SetAsideLog(Record):
    """A log that a merge has set aside: one of the other member has the same identifier and was recorded first (S60).

    It keeps the id that it had, and what it said.
    """

    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="set_aside_logs", verbose_name=_("member")
    )
    streak = models.ForeignKey(
        Streak, on_delete=models.PROTECT, related_name="set_aside_logs", verbose_name=_("streak"), db_index=False
    )
    merge = models.ForeignKey(
        MemberMerge, on_delete=models.PROTECT, related_name="set_aside_logs", verbose_name=_("merge"), db_index=False
    )
    kept = models.ForeignKey(
        StreakLog,
        on_delete=models.PROTECT,
        related_name="set_aside_logs",
        verbose_name=_("activity log"),
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    activity_at = models.DateTimeField(_("activity at"))
    activity_id = models.CharField(_("activity"), max_length=256)
    unique_identifier = models.CharField(_("unique identifier"), max_length=256)
    activity_value = ExactDecimalField(_("value"), null=True)
    period_key = models.DateField(_("period"))

    class Meta:
        """Newest first."""

        verbose_name = _("log set aside")
        verbose_name_plural = _("logs set aside")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.unique_identifier

    @classmethod
    def of(cls, log: StreakLog, merge: MemberMerge, *, member: Member, kept_id: UUID) -> "SetAsideLog":
        """Return what is kept of a log, unsaved."""
        names = ("pk", "streak_id", "activity_at", "activity_id", "unique_identifier", "activity_value", "period_key")
        said = {name: getattr(log, name) for name in names}
        return cls(**said, merge=merge, member=member, kept_id=kept_id, recorded_at=log.created_at)
