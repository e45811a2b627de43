"""Which reminders there are, and what became of each."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gamopanda.accounts.models import Member
from gamopanda.accounts.reminder_types import ReminderType
from gamopanda.api.characters import ReadableField
from gamopanda.api.models import Record
from gamopanda.events.reminder_times import QuietHours
from streaks.models import Streak
from streaks.validators import validate_message

SUBJECT_LENGTH = 160
TEXT_LENGTH = 1024


def can_send_mail() -> bool:
    """Say whether e-mails go anywhere, with a link that leads back here."""
    return bool(settings.GAMOPANDA_SITE_URL) and "dummy" not in settings.EMAIL_BACKEND


class ReminderWay(models.TextChoices):
    """How a reminder reaches the member: one way for each, so that no member is written to twice (R5)."""

    EVENT = "event", _("event, for a system of your own")
    EMAIL = "email", _("e-mail")


def _number(
    name: Any, default: int, meaning: Any, *, most: int, least: int = 0
) -> "models.PositiveSmallIntegerField[int, int]":
    limits = [MinValueValidator(least), MaxValueValidator(most)]
    return models.PositiveSmallIntegerField(name, default=default, validators=limits, help_text=meaning)


class ReminderRule(Record):  # type: ignore[django-manager-missing]  # managers of translated models are exchanged
    """A type of reminder that a streak sends: when, how, and in which words (R1)."""

    streak = models.ForeignKey(
        Streak, on_delete=models.CASCADE, related_name="reminder_rules", verbose_name=_("streak"), db_index=False
    )
    type = models.CharField(_("reminder"), max_length=16, choices=ReminderType)
    is_on = models.BooleanField(
        _("on"),
        default=False,
        help_text=_("Whether it is sent; off, for example, until every language has its text."),
    )
    way = models.CharField(
        _("way"),
        max_length=5,
        choices=ReminderWay,
        default=ReminderWay.EVENT,
        help_text=_(
            "As the event reminder.due, such as for a push message of your own app; or as an e-mail to members who "
            "have an address."
        ),
    )
    hours_before = _number(
        _("hours before"),
        3,
        _("How many hours before the period ends, from 1 to 24, for example 3 for nine in the evening."),
        least=1,
        most=24,
    )
    minimum_value = _number(
        _("from a value of"),
        1,
        _("Only for runs with so many completed periods or more, such as 3: a run of one day is hardly missed."),
        most=10_000,
    )
    periods_to_go = _number(
        _("periods to go"),
        1,
        _("At most so many periods before the next milestone, from 1 to 31, such as 2."),
        least=1,
        most=31,
    )
    days_before = _number(
        _("days before"),
        3,
        _(
            "How many days before the reward expires, from 1 to 60, such as 3. The event reward.expiring comes as "
            "early, whether the reminder is on or off."
        ),
        least=1,
        most=60,
    )
    local_hour = _number(
        _("hour of the day"),
        10,
        _("At which full hour of the member's day it comes, such as 10: outside of the quiet hours."),
        most=23,
    )
    subject = ReadableField(
        _("subject"),
        max_length=SUBJECT_LENGTH,
        blank=True,
        validators=[validate_message],
        help_text=_("The subject of the e-mail, such as “{{periodText}} {{nextProgressValue}} is waiting”."),
    )
    text = ReadableField(
        _("text"),
        max_length=TEXT_LENGTH,
        blank=True,
        validators=[validate_message],
        help_text=_("What the member reads, such as “{{nextRemainingValue}} more today keeps your streak”."),
    )

    class Meta:
        """Each type once in a streak."""

        verbose_name = _("reminder rule")
        verbose_name_plural = _("reminder rules")
        ordering = ["streak", "type"]
        constraints = [models.UniqueConstraint(fields=["streak", "type"], name="reminder_rule_once")]

    def __str__(self) -> str:
        return f"{self.streak}: {self.get_type_display()}"

    def clean(self) -> None:
        """Refuse what could not be sent."""
        if not self.is_on:
            return
        if not self.text or (self.way == ReminderWay.EMAIL and not self.subject):
            raise ValidationError(_("Write a text, and a subject for e-mails, before you switch it on."))
        if self.way == ReminderWay.EMAIL and not can_send_mail():
            raise ValidationError(
                {"way": _("E-mails need the settings EMAIL_HOST and GAMOPANDA_SITE_URL, for the link to sign off.")}
            )
        quiet = QuietHours(*settings.GAMOPANDA_QUIET_HOURS)
        if self.type != ReminderType.AT_RISK and quiet.cover(self.local_hour):
            raise ValidationError({"local_hour": _("This hour lies in the quiet hours: choose another.")})


class Reminder(models.Model):
    """A reminder for a member in a period, once and for all: planned, sent, or dropped with the reason (R3, R4)."""

    class Status(models.TextChoices):
        """What became of it."""

        PLANNED = "planned", _("planned")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        DROPPED = "dropped", _("dropped")

    class Reason(models.TextChoices):
        """Why it was dropped."""

        LATE = "late", _("more than 2 hours late")
        QUIET_HOURS = "quiet_hours", _("quiet hours")
        TOO_LITTLE_TIME = "too_little_time", _("less than 15 minutes left")
        MEMBER_NOT_LIVE = "member_not_live", _("the member is not live")
        SIGNED_OFF = "signed_off", _("the member has signed off")
        STREAK_NOT_RUNNING = "streak_not_running", _("the streak is not running")
        OUTDATED = "outdated", _("no longer true")
        ENOUGH_TODAY = "enough_today", _("another one came that day")
        NO_ADDRESS = "no_address", _("no e-mail address")
        NOT_TAKEN = "not_taken", _("no endpoint takes it")
        REFUSED = "refused", _("the mail server refused it")
        INTERRUPTED = "interrupted", _("sending was interrupted")

    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="reminders", verbose_name=_("member"), db_index=False
    )
    streak = models.ForeignKey(
        Streak, on_delete=models.CASCADE, related_name="reminders", verbose_name=_("streak"), db_index=False
    )
    type = models.CharField(_("reminder"), max_length=16, choices=ReminderType)
    period_key = models.DateField(_("period"))
    way = models.CharField(_("way"), max_length=5, choices=ReminderWay)
    status = models.CharField(_("status"), max_length=7, choices=Status)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    due_at = models.DateTimeField(_("due at"))
    # On the member's clock: what the number of reminders a day is counted by.
    local_date = models.DateField(null=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        """The one source of "once"."""

        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["member", "streak", "period_key", "type"], name="reminder_once"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="reminder_newest"),
            models.Index(fields=["streak", "-created_at"], name="reminder_newest_of_streak"),
            models.Index(fields=["due_at", "id"], condition=Q(status="planned"), name="reminder_planned"),
            models.Index(fields=["updated_at"], condition=Q(status="sending"), name="reminder_being_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.period_key}"
