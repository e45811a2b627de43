"""How streaks went, counted: what pages about results read instead of every run and every log.

Nothing here is a fact: `streaks.presenters.results` can count it anew at any time. It names no member.
"""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from streaks.models.activity import RunStatus
from streaks.models.campaign import Streak
from streaks.models.facts import ExcuseKind


class RunTally(models.Model):
    """How many runs of a streak began and ended in the same periods, with the same progress and status.

    `is_first` counts the first run of each member: the sum of these is the number of members who took part.
    """

    streak = models.ForeignKey(Streak, on_delete=models.CASCADE, related_name="run_tallies", db_index=False)
    starts_on = models.DateField()
    ends_on = models.DateField()
    status = models.CharField(max_length=11, choices=RunStatus)
    progress_value = models.PositiveIntegerField()
    is_first = models.BooleanField()
    runs = models.PositiveIntegerField()

    class Meta:
        """Each combination once; read by streak."""

        verbose_name = _("tally of runs")
        verbose_name_plural = _("tallies of runs")
        constraints = [
            models.UniqueConstraint(
                fields=["streak", "starts_on", "ends_on", "status", "progress_value", "is_first"],
                name="run_tally_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_on}: {self.runs}"


class SavedBy(models.TextChoices):
    """What a run has lived through: a freeze, or an excuse of a type."""

    FROZEN = "frozen", _("freeze")
    MEMBER_BREAK = ExcuseKind.MEMBER_BREAK.value, _("break of a member")
    RESTORATION = ExcuseKind.RESTORATION.value, _("restoration")
    AMNESTY = ExcuseKind.AMNESTY.value, _("amnesty")


class SavedTally(models.Model):
    """How many runs of a streak that began on a day have periods that were frozen or excused, by what."""

    streak = models.ForeignKey(Streak, on_delete=models.CASCADE, related_name="saved_tallies", db_index=False)
    starts_on = models.DateField()
    saved_by = models.CharField(max_length=12, choices=SavedBy)
    runs = models.PositiveIntegerField()

    class Meta:
        """Each combination once; read by streak."""

        verbose_name = _("tally of saved runs")
        verbose_name_plural = _("tallies of saved runs")
        constraints = [
            models.UniqueConstraint(fields=["streak", "starts_on", "saved_by"], name="saved_tally_once"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on}: {self.runs}"


class DayTally(models.Model):
    """How many members were active for a streak on a day of the installation's clock, and with how many logs."""

    streak = models.ForeignKey(Streak, on_delete=models.CASCADE, related_name="day_tallies", db_index=False)
    day = models.DateField()
    members = models.PositiveIntegerField()
    logs = models.PositiveIntegerField()

    class Meta:
        """One for each streak and day."""

        verbose_name = _("tally of a day")
        verbose_name_plural = _("tallies of days")
        constraints = [models.UniqueConstraint(fields=["streak", "day"], name="day_tally_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.logs}"


class TallyRound(models.Model):
    """When everything was last counted, and how long that took; there is at most one."""

    counted_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()

    class Meta:
        """A single row."""

        verbose_name = _("round of counting")
        verbose_name_plural = _("rounds of counting")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="tally_round_single")]

    def __str__(self) -> str:
        return str(self.counted_at)

    def is_due(self, now: datetime) -> bool:
        """Say whether a page may count anew: what takes longer than a glance is left to the command."""
        age = (now - self.counted_at).total_seconds()
        return age >= SECONDS_KEPT and self.milliseconds <= GLANCE_IN_MILLISECONDS


SECONDS_KEPT = 60
GLANCE_IN_MILLISECONDS = 250
