"""What a marketer configures: streaks with their rules, pauses and texts."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gamopanda.api.characters import ReadableField
from gamopanda.api.models import Record, Status
from gamopanda.conf.time_zones import MAX_LENGTH, validate_time_zone
from gamopanda.icons.fields import IconField, icon_path, validate_icon
from streaks.core.periods import Calendar, PeriodKind
from streaks.fields import UNIT, ExactDecimalField
from streaks.models.applied import AppliedToMany
from streaks.models.holidays import CalendarIdsField
from streaks.models.protection_settings import FREEZE_CONSTRAINTS, ProtectionSettings
from streaks.models.querysets import VisibleManager
from streaks.models.text_fields import description_field, label_field, message_field, title_field
from streaks.models.time_line import TimeLine
from streaks.models.versions import Versioned
from streaks.models.weekdays import WEEKDAY_NAMES_TEXT, WeekdaysField

# A daily streak of a hundred years: enough for every campaign, and a bound for pages that draw the periods.
MAX_PERIODS = 36_525
# Later than that, the start of a day would surprise people who get up early.
LATEST_DAY_START = 6
DISPLAYED_AFTER_END = timedelta(days=30)


class Phase(models.TextChoices):
    """Where a campaign stands in time; a draft and a pause are statuses that come before that (S56)."""

    DRAFT = "draft", _("draft")
    PAUSED = "paused", _("paused")
    SCHEDULED = "scheduled", _("scheduled")
    RUNNING = "running", _("running")
    ENDED = "ended", _("ended")


class AggregationMethod(models.TextChoices):
    """How the activity of a period adds up (S6)."""

    SUM = "sum", _("sum")
    COUNT = "count", _("count")


class Clock(models.TextChoices):
    """Whose zone the periods are counted in: the streak's, or each member's own (S52)."""

    STREAK = "streak", _("the streak’s")
    MEMBER = "member", _("each member’s own")


class AggregationPeriod(models.TextChoices):
    """The calendar period that a target is for (S3)."""

    DAILY = PeriodKind.DAILY.value, _("daily")
    WEEKLY = PeriodKind.WEEKLY.value, _("weekly")
    MONTHLY = PeriodKind.MONTHLY.value, _("monthly")


class Streak(Versioned, TimeLine, Record):  # type: ignore[django-manager-missing]  # managers of translated models are exchanged
    """The campaign a marketer configures: its rules, and every text that the end user reads."""

    RULES = (
        "aggregation_method",
        "aggregation_period",
        "aggregation_target_value",
        "completion_target_value",
        "time_zone",
        "clock",
        "active_weekdays",
        "holiday_calendar_ids",
        "day_starts_at",
        *ProtectionSettings.FREEZE_RULES,
    )

    name = ReadableField(
        _("name"),
        max_length=256,
        help_text=_(
            "For you and your colleagues, such as “7-Day Shopper, spring”; members read the title instead. While the "
            "streak is live, anybody can read this over the API."
        ),
    )
    description = ReadableField(
        _("description"),
        max_length=1024,
        help_text=_(
            "What this streak is for, in a sentence, such as “Brings shoppers back every day of a week”. While it is "
            "live, anybody can read this over the API."
        ),
    )
    status = models.CharField(
        _("status"),
        max_length=6,
        choices=Status,
        help_text=_(
            "Only a live streak accepts activity. A pause, for example while the shop is closed, excuses the periods "
            "that it covers part of."
        ),
    )
    aggregation_method = models.CharField(
        _("aggregation method"),
        max_length=5,
        choices=AggregationMethod,
        default=AggregationMethod.SUM,
        help_text=_(
            "“sum” adds up the values of the activities, such as money or minutes; “count” counts the activities, such "
            "as visits. Frozen from the first activity on."
        ),
    )
    aggregation_period = models.CharField(
        _("aggregation period"),
        max_length=7,
        choices=AggregationPeriod,
        default=AggregationPeriod.DAILY,
        help_text=_(
            "The period in which the target has to be reached: for example “daily” for 50 a day, “weekly” for two "
            "visits a week. Frozen from the first activity on."
        ),
    )
    aggregation_target_value = ExactDecimalField(
        _("target per period"),
        validators=[MinValueValidator(UNIT)],
        help_text=_(
            "What a member has to reach in one period, such as 50 for $50 a day. Frozen from the first activity on."
        ),
    )
    completion_target_value = models.PositiveIntegerField(
        _("periods to complete"),
        validators=[MinValueValidator(1), MaxValueValidator(MAX_PERIODS)],
        help_text=_("How many periods in a row finish the streak, such as 7. Frozen from the first activity on."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=MAX_LENGTH,
        blank=True,
        validators=[validate_time_zone],
        help_text=_(
            "IANA name such as Europe/Berlin; empty: the clock of this installation. Frozen from the first activity on."
        ),
    )
    clock = models.CharField(
        _("whose clock"),
        max_length=6,
        choices=Clock,
        default=Clock.STREAK,
        db_default=Clock.STREAK.value,
        help_text=_(
            "“member” counts the periods of each member in the member’s own time zone, for example for travellers, and "
            "in the streak’s for members without one. Frozen from the first activity on."
        ),
    )
    active_weekdays = WeekdaysField(
        _("days that count"),
        default=WEEKDAY_NAMES_TEXT,
        db_default=WEEKDAY_NAMES_TEXT,
        help_text=_(
            "For daily streaks: the other days of the week, such as the weekend, are rest days. They break no streak, "
            "and count for members who reach the target all the same. Frozen from the first activity on."
        ),
    )
    holiday_calendar_ids = CalendarIdsField(
        _("holiday calendars"),
        default="",
        db_default="",
        blank=True,
        help_text=_(
            "For daily streaks: the dates of these calendars, such as public holidays, are rest days. Frozen from the "
            "first activity on."
        ),
    )
    day_starts_at = models.PositiveSmallIntegerField(
        _("the day starts at"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(LATEST_DAY_START)],
        help_text=_(
            "A full hour from 0 to 6, for example 4: then what happens at 2:30 in the night belongs to the day before. "
            "Frozen from the first activity on."
        ),
    )
    starts_at = models.DateTimeField(
        _("starts at"),
        null=True,
        blank=True,
        help_text=_("In UTC, for example 1 March at 8:00. What happens before does not count. Empty: it has no start."),
    )
    ends_at = models.DateTimeField(
        _("ends at"),
        null=True,
        blank=True,
        help_text=_(
            "In UTC, for example 31 March at 22:00. What happens from then on does not count, and no run breaks any "
            "more. Empty: it has no end."
        ),
    )
    late_days = models.PositiveSmallIntegerField(
        _("late activity for days"),
        default=7,
        db_default=7,
        validators=[MaxValueValidator(366)],
        help_text=_("How many days after its end the streak accepts activity that happened before the end, such as 7."),
    )
    display_order = models.IntegerField(
        _("place in the display"),
        default=0,
        db_default=0,
        help_text=_("Members see smaller numbers first, for example -1 before 0, and of one number the newest."),
    )
    announce_after_hours = models.PositiveSmallIntegerField(
        _("announce breaks after hours"),
        default=6,
        db_default=6,
        validators=[MaxValueValidator(48)],
        help_text=_(
            "How many hours after a run has broken other systems are told, from 0 to 48, such as 6: activity that is "
            "sent late is then not announced as a loss."
        ),
    )
    reward_budget = ExactDecimalField(
        _("budget for rewards"),
        null=True,
        blank=True,
        validators=[MinValueValidator(UNIT)],
        help_text=_(
            "What the rewards may cost in all, in the currency of their values, such as 5000. Results say how much of "
            "it is used, and how long it lasts. Nothing stops when it is used up. Empty: there is none."
        ),
    )
    eud_title = title_field()
    eud_description = description_field()
    eud_icon = IconField(_("icon"), upload_to=icon_path, blank=True, validators=[validate_icon], max_length=255)
    eud_in_progress_label = label_field(_("Beside a streak that is in progress, such as “On a roll”."))
    eud_completed_label = label_field(_("Beside a streak that was completed, such as “Done”."))
    eud_not_started_label = label_field(_("Beside a streak before the first activity, such as “Start today”."))
    eud_broken_label = label_field(_("Beside a streak that broke, such as “Try again”."))
    eud_view_details_button_text = label_field(_("On the button that opens the streak, such as “See my days”."))
    eud_non_milestone_next_to_be_achieved_message = message_field(
        _("While a period is open, such as “{{nextRemainingValue}} more for {{nextPeriodName}}!”")
    )
    eud_non_milestone_achieved_message = message_field(
        _("When a period is done, such as “You have completed {{currentPeriodName}}: see you {{nextPeriodText}}!”")
    )
    eud_completed_streak_message = message_field(
        _("When the last period is done, such as “You did it! Start again {{nextPeriodText}}.”")
    )
    eud_broken_streak_message = message_field(
        _("When a period was missed, such as “Never mind: you can start again today.”")
    )
    eud_milestone_next_to_be_achieved_message = message_field(
        _("While a milestone lies ahead, such as “{{nextRemainingPeriodText}} to go until your next reward!”")
    )
    eud_milestone_achieved_message = message_field(
        _("When a period reaches a milestone, such as “You have completed {{currentPeriodName}}: here is your reward!”")
    )
    eud_freeze_used_message = message_field(
        _("After a freeze has saved the streak, such as “Saved! You have {{freezesLeft}} of {{freezeMaxCount}} left.”")
    )
    paused_at = models.DateTimeField(editable=False, null=True)
    has_activity = models.BooleanField(editable=False, default=False)
    deleted_at = models.DateTimeField(_("deleted at"), editable=False, null=True)

    objects: ClassVar[VisibleManager["Streak"]] = VisibleManager()

    class Meta:
        """Newest first, as the API lists them."""

        verbose_name = _("streak")
        verbose_name_plural = _("streaks")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="streak_newest")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="streak_status_known"),
            models.CheckConstraint(
                condition=Q(aggregation_method__in=AggregationMethod.values), name="streak_method_known"
            ),
            models.CheckConstraint(
                condition=Q(aggregation_period__in=AggregationPeriod.values), name="streak_period_known"
            ),
            models.CheckConstraint(condition=Q(aggregation_target_value__gt=0), name="streak_target_positive"),
            models.CheckConstraint(
                condition=Q(completion_target_value__gte=1, completion_target_value__lte=MAX_PERIODS),
                name="streak_completion_in_range",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.LIVE, paused_at=None)
                | Q(status=Status.PAUSED, paused_at__isnull=False)
                | Q(status=Status.DRAFT),
                name="streak_paused_at_goes_with_status",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="streak_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(day_starts_at__lte=LATEST_DAY_START), name="streak_day_starts_in_the_night"
            ),
            models.CheckConstraint(condition=Q(clock__in=Clock.values), name="streak_clock_known"),
            *FREEZE_CONSTRAINTS,
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save together with what follows from a change of status; refuse to change frozen rules (S19, S28)."""
        if kwargs.get("update_fields") is not None and "status" in kwargs["update_fields"]:
            kwargs["update_fields"] = {*kwargs["update_fields"], "paused_at"}
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, **kwargs)

    @property
    def calendar(self) -> Calendar:
        """The periods of this streak on its clock (S2, S3); members may have their own (S52)."""
        name = self.time_zone or settings.GAMOPANDA_TIME_ZONE
        return calendar_for(self.aggregation_period, name, settings.GAMOPANDA_FIRST_DAY_OF_WEEK, self.day_starts_at)

    @property
    def has_own_clocks(self) -> bool:
        """Whether the periods of each member are counted in the member's own zone (S52)."""
        return self.clock == Clock.MEMBER

    def milestones_to_reach(self) -> Iterable[Any]:
        """Return the milestones that were read along as `live_milestones`; without these, all of them."""
        read_along: list[Any] | None = getattr(self, "live_milestones", None)
        return self.milestones.all() if read_along is None else read_along

    def is_ticking_until(self, deadline: datetime) -> bool:
        """Say whether the clock will reach a deadline: a pause or the end of the streak may come before."""
        return self.paused_at is None and (self.ends_at is None or deadline <= self.ends_at)

    def phase_at(self, now: datetime) -> str:
        """Return `draft`, `paused`, `scheduled`, `running` or `ended` (S56)."""
        if self.status != Status.LIVE:
            return str(self.status)
        if self.starts_at is not None and now < self.starts_at:
            return Phase.SCHEDULED.value
        return (Phase.ENDED if self.ends_at is not None and now >= self.ends_at else Phase.RUNNING).value

    def is_displayed_at(self, now: datetime) -> bool:
        """Say whether members see it: for 30 days after its end, and then no more (S57)."""
        return self.ends_at is None or now < self.ends_at + DISPLAYED_AFTER_END

    def clean(self) -> None:
        """Check what several fields of the schedule decide together (S40, S56)."""
        errors = self.protection_errors()
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            errors["ends_at"] = ValidationError(
                _("A streak ends after it starts: use a later instant."), code="invalid"
            )
        if self.active_weekdays != WEEKDAY_NAMES_TEXT and self.aggregation_period != AggregationPeriod.DAILY:
            message = _("Only a daily streak can have rest days: choose all seven days.")
            errors["active_weekdays"] = ValidationError(message, code="invalid")
        if self.holiday_calendar_ids and self.aggregation_period != AggregationPeriod.DAILY:
            message = _("Only a daily streak can follow holidays: choose no calendar.")
            errors["holiday_calendar_ids"] = ValidationError(message, code="invalid")
        is_count = self.aggregation_method == AggregationMethod.COUNT and not self.has_activity
        if is_count and self.aggregation_target_value and self.aggregation_target_value % 1:
            message = _("Activities are counted one by one: use a whole number, such as 2.")
            errors["aggregation_target_value"] = ValidationError(message, code="max_decimal_places")
        if errors:
            raise ValidationError(errors)


@lru_cache(maxsize=1024)
def calendar_for(period: str, zone: str, first_weekday: int, day_starts_at: int) -> Calendar:
    """Return the periods of a kind on a clock."""
    return Calendar(PeriodKind(period), ZoneInfo(zone), first_weekday, day_starts_at)


class StreakPause(AppliedToMany):
    """A time in which a streak was paused, or a draft again although it had activity; written when it ends (S19).

    It moves all deadlines at once; what it changes for freezes is applied to one member after the other.
    """

    streak = models.ForeignKey(Streak, on_delete=models.CASCADE, related_name="pauses")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        """In order of time."""

        ordering = ["started_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="streak_pause_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.started_at} – {self.ended_at}"
