"""Events that are stored, the endpoints that take them, and what became of each delivery."""

import base64
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gamopanda.accounts.encryption import decrypt, encrypt
from gamopanda.api.characters import ReadableField
from gamopanda.api.models import Record
from gamopanda.api.positions import PositionField
from gamopanda.events.reminder_models import Reminder, ReminderRule, ReminderWay
from gamopanda.events.types import EventType

__all__ = [
    "Announcement",
    "CommandRound",
    "Delivery",
    "Event",
    "EventCounter",
    "FollowedStreak",
    "Reminder",
    "ReminderRule",
    "ReminderWay",
    "UsedFreeze",
    "WebhookEndpoint",
]

ROTATION = timedelta(hours=24)
"""How long deliveries are signed with the former secret too."""


class Event(Record):
    """What happened, stored in the transaction in which it happened (E1).

    `payload` is the JSON of `data` as it is delivered, without `sequence`, which is a column. Members and streaks are
    referred to by id alone: an event outlives both.
    """

    type = models.CharField(_("type"), max_length=32, choices=EventType)
    member_id = models.UUIDField(null=True)
    streak_id = models.UUIDField(null=True)
    sequence = models.PositiveBigIntegerField()
    payload = models.TextField()
    position = PositionField()

    class Meta:
        """Newest first."""

        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="event_newest"),
            models.Index(fields=["position", "id"], name="event_by_position"),
            models.Index(fields=["member_id", "-created_at", "-id"], name="event_newest_of_member"),
            models.Index(fields=["type", "-created_at", "-id"], name="event_newest_of_type"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"

    @property
    def data(self) -> str:
        """`data` as it is delivered, in JSON."""
        return f'{{"sequence":{self.sequence},{self.payload[1:]}'

    @property
    def body(self) -> bytes:
        """The body of its deliveries."""
        timestamp = self.created_at.isoformat().replace("+00:00", "Z")
        return f'{{"type":"{self.type}","timestamp":"{timestamp}","data":{self.data}}}'.encode()


class EventCounter(models.Model):
    """How many events there were about a member, a pool or an endpoint: where `sequence` comes from.

    Its row stays locked until the transaction ends, so that a greater number is never visible first.
    """

    subject_id = models.UUIDField(primary_key=True)
    last = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.subject_id}: {self.last}"


def new_secret() -> str:
    """Return a secret as Standard Webhooks writes it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


class WebhookEndpoint(Record):
    """An address that events are delivered to. Its secret is stored encrypted and shown once."""

    class Status(models.TextChoices):
        """Whether it gets events now (live), later (paused), or none (disabled)."""

        LIVE = "live", _("live")
        PAUSED = "paused", _("paused")
        DISABLED = "disabled", _("disabled")

    url = models.CharField(
        _("URL"),
        max_length=2048,
        help_text=_("Where events are sent, such as https://shop.example.com/webhooks/streaks. It has to be https."),
    )
    description = ReadableField(
        _("description"),
        max_length=1024,
        blank=True,
        help_text=_("For you and your colleagues, such as “Books rewards in the till”."),
    )
    event_types = models.JSONField(
        _("types of events"), null=True, blank=True, help_text=_("Which types are sent. Empty: all of them.")
    )
    streak_ids = models.JSONField(
        _("streaks"), null=True, blank=True, help_text=_("Only events of these streaks are sent. Empty: all.")
    )
    status = models.CharField(
        _("status"),
        max_length=8,
        choices=Status,
        default=Status.LIVE,
        help_text=_(
            "Only a live endpoint gets events. A paused one, for example while your server is down, gets what it "
            "missed when it is live again; a disabled one gets nothing of that time."
        ),
    )
    # It gets the events of sandbox members, and no others.
    sandbox = models.BooleanField(_("sandbox"), default=False, db_default=False, editable=False)
    disabled_reason = models.CharField(_("why it is disabled"), max_length=256, blank=True, editable=False)
    encrypted_secret = models.TextField(editable=False)
    former_secret = models.TextField(editable=False, blank=True)
    rotated_at = models.DateTimeField(_("secret rotated at"), null=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    warned_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        """Newest first, as the API lists them."""

        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["live", "paused", "disabled"]), name="webhook_endpoint_status_valid"
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.url

    @property
    def secret(self) -> str:
        """The secret in clear, for signing; never log it."""
        return decrypt(self.encrypted_secret)

    def secrets_at(self, now: datetime) -> list[str]:
        """Return the secrets that sign now, the newest first."""
        found = [self.secret]
        if self.former_secret and self.is_rotating(now):
            found.append(decrypt(self.former_secret))
        return found

    def is_rotating(self, now: datetime) -> bool:
        """Say whether the former secret still signs too."""
        return self.rotated_at is not None and now < self.rotated_at + ROTATION

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Make the secret with the endpoint."""
        if not self.encrypted_secret:
            self.encrypted_secret = encrypt(new_secret())
        super().save(*args, **kwargs)


class Delivery(Record):
    """An event on its way to an endpoint.

    `next_attempt_at` is when it is due; while a worker has it, the end of the worker's lease. `tries` counts those of
    the present round of tries, which began at `first_attempt_at`; `attempts` has the last ones of all rounds.
    """

    class Status(models.TextChoices):
        """What became of it."""

        PENDING = "pending", _("pending")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")
        DROPPED = "dropped", _("dropped")

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("event"))
    # Without a constraint: to delete an endpoint must never refuse a log that is being recorded.
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        on_delete=models.CASCADE,
        related_name="deliveries",
        verbose_name=_("endpoint"),
        db_constraint=False,
        db_index=False,
    )
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.PENDING)
    tries = models.PositiveIntegerField(default=0)
    first_attempt_at = models.DateTimeField(null=True)
    attempts = models.JSONField(_("attempts"), default=list)
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True)

    class Meta:
        """Newest first; those that are due are found by endpoint."""

        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="delivery_newest"),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="delivery_newest_of_endpoint"),
            models.Index(fields=["endpoint", "next_attempt_at"], condition=Q(status="pending"), name="delivery_due"),
            models.Index(
                fields=["endpoint", "created_at"], condition=Q(status__in=["failed", "dropped"]), name="delivery_lost"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.pk}"


class Announcement(models.Model):
    """A break to be told later, if it still is one then: once for each run and deadline (E4)."""

    run_id = models.UUIDField()
    breaks_at = models.DateTimeField()
    due_at = models.DateTimeField()
    is_open = models.BooleanField(default=True)

    class Meta:
        """Those that are due first; closed ones are kept for a while, so that nothing is told twice."""

        ordering = ["due_at", "id"]
        constraints = [models.UniqueConstraint(fields=["run_id", "breaks_at"], name="announcement_once")]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(is_open=True), name="announcement_due"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.breaks_at}"


class CommandRound(models.Model):
    """When a command that works in rounds last finished one, on any host."""

    command = models.CharField(max_length=32, primary_key=True)
    finished_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.command} {self.finished_at}"


class UsedFreeze(models.Model):
    """A freeze that was used, to be told later, if it still is: once for each run and period (E4)."""

    run_id = models.UUIDField()
    period_key = models.DateField()
    due_at = models.DateTimeField()
    is_open = models.BooleanField(default=True)

    class Meta:
        """Those that are due first; closed ones are kept for a while, so that nothing is told twice."""

        ordering = ["due_at", "id"]
        constraints = [models.UniqueConstraint(fields=["run_id", "period_key"], name="used_freeze_once")]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(is_open=True), name="used_freeze_due"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.period_key}"


class FollowedStreak(models.Model):
    """How far the clock of a streak was followed, for what only the clock does.

    Freezes that were used up to `freezes_until` are noted; those up to `freezes_target` are being noted, for the runs
    through `freezes_through`. Rewards that expire up to `rewards_until` were told of as expiring.
    """

    streak_id = models.UUIDField(primary_key=True)
    freezes_until = models.DateTimeField(null=True)
    freezes_target = models.DateTimeField(null=True)
    freezes_through = models.UUIDField(null=True)
    rewards_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.streak_id)
