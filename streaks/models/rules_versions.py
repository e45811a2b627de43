"""What changes while a streak runs: versions of its rules, and the holidays that it follows (S40, S58)."""

from copy import copy
from datetime import date
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gamopanda.api.characters import ReadableField
from gamopanda.api.models import Record
from streaks.fields import UNIT, ExactDecimalField
from streaks.models.applied import AppliedToMany
from streaks.models.campaign import MAX_PERIODS, Streak
from streaks.models.holidays import CalendarIdsField
from streaks.models.protection_settings import MOST_FREEZES, MOST_PERIODS, ProtectionSettings
from streaks.models.weekdays import WeekdaysField

MOST_DATES = 1000
"""How many dates a holiday calendar can have."""


class HolidayCalendar(Record):
    """Local dates that daily streaks can follow: they are excused (S40)."""

    name = ReadableField(
        _("name"), max_length=256, help_text=_("For you and your colleagues, such as “Public holidays in Germany”.")
    )
    dates = models.JSONField(
        _("dates"),
        default=list,
        help_text=_("The dates that are excused, such as 2026-12-25, one on each line; at most 1,000."),
    )

    class Meta:
        """In the order of the alphabet."""

        verbose_name = _("holiday calendar")
        verbose_name_plural = _("holiday calendars")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def days(self) -> frozenset[date]:
        """The dates."""
        return frozenset(map(date.fromisoformat, self.dates))


class HolidayEdit(AppliedToMany, Record):
    """Dates that came into a holiday calendar or were taken out of it, for one of the streaks that follow it."""

    streak = models.ForeignKey(Streak, on_delete=models.PROTECT, related_name="holiday_edits")
    calendar = models.ForeignKey(HolidayCalendar, on_delete=models.CASCADE, related_name="edits", db_index=False)
    added = models.JSONField(default=list)
    removed = models.JSONField(default=list)
    created_by = models.CharField(_("author"), max_length=320, editable=False)

    class Meta:
        """In order of time."""

        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.calendar_id}: +{len(self.added)} −{len(self.removed)}"

    @property
    def is_undoing(self) -> bool:  # type: ignore[override]
        """Whether dates were only taken out."""
        return not self.added


def _limited(name: str, most: int, least: int = 0) -> Any:
    """Return a rule of a streak as a version has it: empty where it stays."""
    column: Any = Streak._meta.get_field(name)
    validators = [MinValueValidator(least), MaxValueValidator(most)]
    return models.PositiveIntegerField(column.verbose_name, null=True, blank=True, validators=validators)


class StreakRules(AppliedToMany, Record):
    """A version of the rules of a streak, in force from a period on; what is empty stays as it was (S58).

    A version that was withdrawn never comes into force. No freezes earned by time are stored as 0.
    """

    CHANGEABLE = (
        "aggregation_target_value",
        "completion_target_value",
        "active_weekdays",
        "holiday_calendar_ids",
        *ProtectionSettings.FREEZE_RULES,
    )

    # The streak as this version and those before it make it, where it was read among its others.
    in_force: Streak

    streak = models.ForeignKey(Streak, on_delete=models.PROTECT, related_name="rules_versions")
    valid_from = models.DateField(
        _("in force from"),
        help_text=_(
            "The first date of a period that begins later, everywhere on earth, such as next Monday for a weekly "
            "streak."
        ),
    )
    aggregation_target_value = ExactDecimalField(
        _("target per period"), null=True, blank=True, validators=[MinValueValidator(UNIT)]
    )
    completion_target_value = _limited("completion_target_value", MAX_PERIODS, 1)
    active_weekdays = WeekdaysField(
        _("days that count"),
        null=True,
        blank=True,
        help_text=_("For daily streaks: the days of the week that count, such as the weekend alone. None: no change."),
    )
    holiday_calendar_ids = CalendarIdsField(
        _("holiday calendars"),
        null=True,
        blank=True,
        help_text=_("For daily streaks: the calendars that it follows, such as public holidays. None: no change."),
    )
    freeze_max_count = _limited("freeze_max_count", MOST_FREEZES)
    freeze_initial_count = _limited("freeze_initial_count", MOST_FREEZES)
    freeze_every_periods = _limited("freeze_every_periods", MOST_PERIODS)
    freeze_minimum_value = _limited("freeze_minimum_value", MOST_PERIODS, 1)
    reason = ReadableField(
        _("reason"),
        max_length=1024,
        blank=True,
        default="",
        help_text=_("Why, for you and your colleagues, such as “The target was too high”."),
    )
    created_by = models.CharField(_("author"), max_length=320, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), editable=False, null=True)
    withdrawn_by = models.CharField(_("withdrawn by"), max_length=320, editable=False, default="")

    class Meta:
        """Newest first; one for a period."""

        verbose_name = _("version of the rules")
        verbose_name_plural = _("versions of the rules")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="rules_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["streak", "valid_from"], condition=Q(withdrawn_at=None), name="rules_once_per_period"
            ),
            models.CheckConstraint(
                condition=Q(aggregation_target_value=None) | Q(aggregation_target_value__gt=0),
                name="rules_target_positive",
            ),
            models.CheckConstraint(
                condition=Q(completion_target_value=None) | Q(completion_target_value__gte=1),
                name="rules_completion_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.streak}: {self.valid_from}"

    @property
    def is_undoing(self) -> bool:  # type: ignore[override]
        """Whether it is its withdrawal that is applied."""
        return self.withdrawn_at is not None

    def given(self) -> dict[str, Any]:
        """Return the rules that it changes, as a streak has them."""
        values = {name: getattr(self, name) for name in self.CHANGEABLE}
        given = {name: value for name, value in values.items() if value is not None}
        if given.get("freeze_every_periods") == 0:
            given["freeze_every_periods"] = None
        return given

    def applied_to(self, streak: Streak) -> Streak:
        """Return an unsaved copy of a streak with the rules that are in force with this version."""
        changed = copy(streak)
        for name, value in self.given().items():
            setattr(changed, name, value)
        return changed

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: facts are permanent (S36)."""
        raise TypeError("Versions of the rules are permanent: withdraw one instead.")
