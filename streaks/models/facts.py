"""Facts beside activity: what is excused, and freezes that were given (S36, S39, S47). They are never edited."""

from typing import Any
from uuid import UUID

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gamopanda.accounts.models import Member
from gamopanda.api.characters import ReadableField
from gamopanda.api.models import Record
from streaks.models.applied import AppliedToMany
from streaks.models.campaign import Streak

MOST_GRANTED = 10


class ExcuseKind(models.TextChoices):
    """Why periods are excused (S39)."""

    MEMBER_BREAK = "member_break", _("break of a member")
    RESTORATION = "restoration", _("restoration")
    AMNESTY = "amnesty", _("amnesty")


class StreakExcuse(AppliedToMany, Record):
    """Local dates that are excused, both included, and why (S39).

    Without a streak it concerns all; without a member everybody, or with `is_for_list` the members named beside it.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=ExcuseKind)
    streak = models.ForeignKey(
        Streak,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="excuses",
        verbose_name=_("streak"),
        db_index=False,
    )
    member = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="excuses",
        verbose_name=_("member"),
        db_index=False,
    )
    is_for_list = models.BooleanField(editable=False, default=False)
    starts_on = models.DateField(_("first date"))
    ends_on = models.DateField(_("last date"))
    reason = ReadableField(
        _("reason"), max_length=1024, help_text=_("Why, for you and your colleagues, such as “Our outage on 3 March”.")
    )
    without_rewards = models.BooleanField(
        _("without rewards"),
        default=False,
        help_text=_(
            "Nothing is issued for milestones that runs reach by this, for example when days are only tried out."
        ),
    )
    created_by = models.CharField(_("author"), max_length=320, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), editable=False, null=True)
    revoked_by = models.CharField(_("revoked by"), max_length=320, editable=False, default="")

    class Meta:
        """Newest first; the facts of a member are found by the member."""

        permissions = [
            ("restore_run", "Can restore a run"),
            ("restore_any_run", "Can restore a run whatever was missed"),
        ]
        verbose_name = _("excuse")
        verbose_name_plural = _("excuses")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="excuse_newest"),
            models.Index(fields=["member", "streak"], name="excuse_of_member", condition=Q(member__isnull=False)),
            models.Index(fields=["id"], name="excuse_of_everybody", condition=Q(member=None, is_for_list=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ExcuseKind.values), name="excuse_kind_known"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="excuse_dates_in_order"),
            models.CheckConstraint(
                condition=Q(kind="amnesty") | Q(member__isnull=False, is_for_list=False), name="excuse_of_somebody"
            ),
            models.CheckConstraint(
                condition=~Q(kind="restoration") | Q(streak__isnull=False), name="excuse_restores_one_streak"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.starts_on} – {self.ends_on}"

    @property
    def is_silent(self) -> bool:  # type: ignore[override]
        """Whether it was made without rewards."""
        return self.without_rewards

    @property
    def is_undoing(self) -> bool:  # type: ignore[override]
        """Whether it is its revocation that is applied."""
        return self.revoked_at is not None

    @property
    def member_name(self) -> str | None:
        """The external id of its member; None where it concerns many."""
        return None if self.member is None else self.member.external_id

    def is_in_force_for(self, member_id: UUID) -> bool:
        """Say whether it excuses one of its members now: what many get, or lose, begins for each with its turn."""
        return (self.revoked_at is None) is not self.is_pending_for(member_id)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: facts are revoked, never deleted (S36)."""
        raise TypeError("Excuses are permanent: revoke one instead.")


class ExcusedMember(models.Model):
    """One member of those for whom an amnesty was made."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    excuse = models.ForeignKey(StreakExcuse, on_delete=models.PROTECT, related_name="members", db_index=False)

    class Meta:
        """Found by the member, and by the amnesty."""

        constraints = [models.UniqueConstraint(fields=["member", "excuse"], name="excused_member_once")]
        indexes = [models.Index(fields=["excuse", "member"], name="excused_members")]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.excuse_id}"


class StreakFreeze(Record):
    """Freezes given to one member in one streak (S47)."""

    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="freezes", verbose_name=_("member"), db_index=False
    )
    streak = models.ForeignKey(
        Streak, on_delete=models.PROTECT, related_name="given_freezes", verbose_name=_("streak"), db_index=False
    )
    given_at = models.DateTimeField(_("given at"), editable=False)
    quantity = models.PositiveSmallIntegerField(
        _("quantity"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_GRANTED)],
        help_text=_("How many freezes the member gets, for example 1; at most 10."),
    )
    reason = ReadableField(
        _("reason"), max_length=1024, help_text=_("Why, for you and your colleagues, such as “Our outage on 3 March”.")
    )
    unique_identifier = models.CharField(
        _("unique identifier"),
        max_length=256,
        help_text=_("This one gift, such as a ticket number: unique for the member within the streak, for ever."),
    )
    created_by = models.CharField(_("author"), max_length=320, editable=False)

    class Meta:
        """Newest first; given once."""

        verbose_name = _("freeze")
        verbose_name_plural = _("freezes")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="freeze_newest"),
            models.Index(fields=["streak"], name="freeze_of_streak"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "streak", "unique_identifier"], name="freeze_once_per_member_and_streak"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MOST_GRANTED), name="freeze_quantity_in_range"
            ),
            models.CheckConstraint(condition=~Q(unique_identifier=""), name="freeze_identifier_not_empty"),
        ]

    def __str__(self) -> str:
        return self.unique_identifier

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: facts are permanent (S36)."""
        raise TypeError("Freezes that were given are permanent.")
