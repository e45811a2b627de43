"""What is recorded and derived for each member of a streak.

Only `StreakLog` holds facts. `TaskProgress` and `StreakProgress` are derived from the logs by `streaks.recording` and
can be rebuilt at any time. Every table here has an index that leads with the member.
"""

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gamopanda.accounts.models import Member
from gamopanda.api.models import Record
from gamopanda.api.positions import PositionField
from streaks.core import runs
from streaks.fields import ExactDecimalField
from streaks.models.campaign import Streak
from streaks.models.querysets import LogQuerySet, RunQuerySet


class RunStatus(models.TextChoices):
    """The states of a run; `in_progress` reads as `broken` once its deadline has passed (S16)."""

    IN_PROGRESS = runs.RunStatus.IN_PROGRESS.value, _("in progress")
    COMPLETED = runs.RunStatus.COMPLETED.value, _("completed")
    BROKEN = runs.RunStatus.BROKEN.value, _("broken")


class StreakLog(Record):
    """One immutable activity event of one member for one streak. The facts that everything else is derived from."""

    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="logs", verbose_name=_("member"), db_index=False
    )
    streak = models.ForeignKey(
        Streak, on_delete=models.PROTECT, related_name="logs", verbose_name=_("streak"), db_index=False
    )
    activity_at = models.DateTimeField(
        _("activity at"),
        help_text=_(
            "When it happened, with a UTC offset (RFC 3339); it decides the period. Any past instant, at most 5 "
            "minutes ahead."
        ),
    )
    activity_id = models.CharField(
        _("activity"), max_length=256, help_text=_("The kind of event, such as made_a_purchase.")
    )
    unique_identifier = models.CharField(
        _("unique identifier"),
        max_length=256,
        help_text=_("This one event, such as an order number: unique for the member within the streak, for ever."),
    )
    activity_value = ExactDecimalField(
        _("value"),
        null=True,
        blank=True,
        help_text=_(
            "The amount that a sum adds up, in the unit of the streak's target: required there, negative to correct, "
            "ignored where logs are counted. Exact, with at most 14 digits before and 4 after the point."
        ),
    )
    period_key = models.DateField(_("period"), editable=False)
    position = PositionField()

    objects = LogQuerySet.as_manager()

    class Meta:
        """A repeat is found by the unique constraint (S27)."""

        verbose_name = _("activity log")
        verbose_name_plural = _("activity logs")
        ordering = ["-created_at", "-id"]
        indexes = [
            # In the order in which logs come, though lists read it backwards: the other way its pages stay half empty.
            models.Index(fields=["created_at", "id"], name="log_by_creation"),
            models.Index(fields=["position", "id"], name="log_by_position"),
            # Without it, the logs of a streak that is long over are found by reading all that came after it.
            models.Index(fields=["streak", "-created_at", "-id"], name="log_newest_of_streak"),
            models.Index(fields=["member", "streak", "period_key", "activity_at"], name="log_of_period"),
            # For support, who have an order number, or its beginning, and no name.
            models.Index(fields=["unique_identifier"], opclasses=["text_pattern_ops"], name="log_by_identifier_start"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "streak", "unique_identifier"], name="log_once_per_member_and_streak"
            ),
            models.CheckConstraint(condition=~Q(unique_identifier=""), name="log_unique_identifier_not_empty"),
        ]

    def __str__(self) -> str:
        return self.unique_identifier

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Record the log with everything that follows from it, or nothing (S17, S22); refuse to change one (S29)."""
        if not self._state.adding:
            raise TypeError("Activity logs are permanent: they are never updated. Send a correcting log instead.")
        # A shell may say them in words, as with any model; the rules compare them before they are stored.
        for name in ("activity_at", "activity_value"):
            setattr(self, name, self._meta.get_field(name).to_python(getattr(self, name)))  # type: ignore[union-attr]
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: logs are permanent (S29)."""
        raise TypeError("Activity logs are permanent: they are never deleted. Send a correcting log instead.")


class TaskProgress(Record):
    """One member's total in one period of one streak; derived from the logs (S6–S10)."""

    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="task_progress", verbose_name=_("member"), db_index=False
    )
    streak = models.ForeignKey(
        Streak, on_delete=models.PROTECT, related_name="task_progress", verbose_name=_("streak"), db_index=False
    )
    period_key = models.DateField(_("period"))
    total = ExactDecimalField(_("total"))
    log_count = models.PositiveIntegerField(_("logs"))
    first_activity_at = models.DateTimeField(_("first activity at"))
    last_activity_at = models.DateTimeField(_("last activity at"))
    completed_at = models.DateTimeField(_("completed at"), null=True)

    class Meta:
        """One total per member, streak and period."""

        verbose_name = _("period total")
        verbose_name_plural = _("period totals")
        ordering = ["-period_key", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["member", "streak", "period_key"], name="task_progress_once_per_period"),
            models.CheckConstraint(
                condition=Q(last_activity_at__gte=F("first_activity_at")), name="task_progress_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period_key}: {self.total}"


class StreakProgress(Record):
    """A run: one member's attempt at a streak; derived from the period totals (S11–S19).

    `stored_status` may lag behind the clock; read `status` from `objects.with_status(now)` or `status_at(now)`.
    """

    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="runs", verbose_name=_("member"), db_index=False
    )
    streak = models.ForeignKey(
        Streak, on_delete=models.PROTECT, related_name="runs", verbose_name=_("streak"), db_index=False
    )
    stored_status = models.CharField(max_length=11, choices=RunStatus, editable=False)
    current_progress_value = models.PositiveIntegerField(_("completed periods"))
    # The most it ever had, itself or a run that was joined into it: what "below" is measured against (S20).
    highest_progress_value = models.PositiveIntegerField(editable=False)
    # The highest values of runs whose beginning a correction has moved: see `streaks.core.runs.Run`.
    former_peaks = models.JSONField(editable=False, null=True)
    starts_on = models.DateField(_("first period"))
    ends_on = models.DateField(_("last period"), help_text=_("The period that completed it, or whose end breaks it."))
    streak_started_at = models.DateTimeField(_("started at"))
    streak_completed_at = models.DateTimeField(_("completed at"), null=True)
    breaks_at = models.DateTimeField(_("breaks at"), null=True)
    # Keys that freezes save, in time to come too, and the freezes after the last complete period: see `core.runs.Run`.
    frozen_periods = models.JSONField(editable=False, null=True)
    freeze_account = models.JSONField(editable=False, null=True)
    position = PositionField(moves_with="*")

    objects = RunQuerySet.as_manager()

    class Meta:
        """At most one run in progress, and no two that begin together (S18)."""

        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="run_newest"),
            models.Index(fields=["position", "id"], name="run_by_position"),
            models.Index(fields=["streak", "-created_at", "-id"], name="run_newest_of_streak"),
            models.Index(fields=["member", "streak", "ends_on"], name="run_by_last_period"),
            models.Index(fields=["breaks_at"], condition=Q(stored_status="in_progress"), name="run_by_deadline"),
            # For the freezes that the clock uses; streaks without freezes have nothing in it.
            models.Index(
                fields=["streak", "id"],
                condition=Q(stored_status="in_progress", frozen_periods__isnull=False),
                name="run_with_freezes",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "streak"], condition=Q(stored_status="in_progress"), name="run_one_in_progress"
            ),
            models.CheckConstraint(condition=Q(stored_status__in=RunStatus.values), name="run_status_known"),
            models.CheckConstraint(
                condition=Q(stored_status="completed", streak_completed_at__isnull=False, breaks_at=None)
                | ~Q(stored_status="completed") & Q(streak_completed_at=None, breaks_at__isnull=False),
                name="run_completed_or_with_deadline",
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="run_periods_in_order"),
            models.CheckConstraint(
                condition=Q(highest_progress_value__gte=F("current_progress_value")),
                name="run_highest_at_least_current",
            ),
        ]

    def __str__(self) -> str:
        return self.unique_identifier

    @property
    def unique_identifier(self) -> str:
        """`<streakId>:<memberId>`, unique while the run is in progress (S18)."""
        return f"{self.streak_id}:{self.member_id}"

    def status_at(self, now: datetime) -> runs.RunStatus:
        """Read the status off the clock, as `with_status` does in SQL (S16)."""
        is_over = self.breaks_at is not None and self.breaks_at <= self.streak.clock_at(now)
        return runs.RunStatus.BROKEN if is_over else runs.RunStatus(self.stored_status)
