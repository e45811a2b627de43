"""Rewards issued to members, and the pools of coupon codes that some of them draw from (S20–S25)."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gamopanda.accounts.models import Member
from gamopanda.api.models import Record
from gamopanda.api.positions import PositionField
from rewards.code_keys import CodeKeyField
from rewards.querysets import PoolCodeQuerySet, RewardLogQuerySet
from streaks.models import Milestone, Streak, StreakLog, StreakProgress
from streaks.validators import validate_code


class RewardStatus(models.TextChoices):
    """The states of a reward, derived from its code, its redemption and the clock (S24)."""

    PENDING = "pending", _("pending")
    ISSUED = "issued", _("issued")
    REDEEMED = "redeemed", _("redeemed")
    EXPIRED = "expired", _("expired")


class PendingReason(models.TextChoices):
    """Why a reward is pending (S23, S59)."""

    NO_CODE = "no_code", _("no code yet")
    LIMIT_REACHED = "limit_reached", _("limit reached")


class RewardLog(Record):
    """A reward issued to one member for one milestone in one run; never taken back (S9, S21)."""

    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="reward_logs", verbose_name=_("member"), db_index=False
    )
    streak = models.ForeignKey(
        Streak, on_delete=models.PROTECT, related_name="reward_logs", verbose_name=_("streak"), db_index=False
    )
    milestone = models.ForeignKey(
        Milestone, on_delete=models.PROTECT, related_name="reward_logs", verbose_name=_("milestone")
    )
    # When runs are joined the row of one goes. Its rewards move before the transaction ends, when the database looks.
    # Null where the member's logs are gone and no run is left.
    streak_progress = models.ForeignKey(
        StreakProgress,
        on_delete=models.DO_NOTHING,
        related_name="reward_logs",
        verbose_name=_("run"),
        db_index=False,
        null=True,
    )
    # The run in which it was earned, where a correction has moved it to another one: it returns when that is undone.
    earned_in_id = models.UUIDField(editable=False, null=True)
    streak_log = models.ForeignKey(
        StreakLog, on_delete=models.PROTECT, related_name="reward_logs", verbose_name=_("activity log")
    )
    period_key = models.DateField(_("period"))
    coupon_source = models.CharField(max_length=9, choices=Milestone.CouponSource, editable=False)
    coupon_code = models.CharField(
        _("coupon code"),
        max_length=256,
        null=True,
        blank=True,
        validators=[validate_code],
        help_text=_("What the member enters to use the reward, such as SAVE5-7KQ2MW9X. It can be replaced by another."),
    )
    coupon_key = CodeKeyField("coupon_code")
    # Issued before two ways of writing a code counted as one: the first has the code, the others keep theirs.
    is_code_double = models.BooleanField(editable=False, default=False, db_default=False)
    reward_issued_at = models.DateTimeField(_("issued at"))
    reward_expiry_at = models.DateTimeField(
        _("expires at"),
        null=True,
        blank=True,
        help_text=_("Until when it can be used: later, for example, as a goodwill gesture. Empty: it never expires."),
    )
    redeemed_at = models.DateTimeField(
        _("redeemed at"),
        null=True,
        blank=True,
        help_text=_("When the member has used it, for example at the till. Empty: not used yet."),
    )
    # Issued in a run that was joined into this one, which has a reward for the same milestone already: both stay (S21).
    is_carried_over = models.BooleanField(editable=False, default=False)
    is_once_per_member = models.BooleanField(editable=False, default=False)
    # Earned when the limit of the milestone was used up: it has no code, and does not count, until the limit is raised.
    is_beyond_limit = models.BooleanField(editable=False, default=False, db_default=False)
    position = PositionField(moves_with="updated_at")

    objects = RewardLogQuerySet.as_manager()

    class Meta:
        """At most one per milestone in a run, one per member where the milestone says so, and no code twice."""

        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="reward_newest"),
            models.Index(fields=["position", "id"], name="reward_by_position"),
            models.Index(fields=["streak", "-created_at", "-id"], name="reward_newest_of_streak"),
            models.Index(fields=["member", "streak"], name="reward_of_member"),
            # For lists that ask for a code as it is written, and for support, who have its beginning.
            models.Index(fields=["coupon_code"], opclasses=["text_pattern_ops"], name="reward_by_code_start"),
            # For support, who have a code and no name; and no code is given that another reward has.
            models.Index(fields=["coupon_key"], name="reward_by_code_key"),
            models.Index(
                fields=["streak", "reward_expiry_at"],
                condition=Q(redeemed_at=None, reward_expiry_at__isnull=False),
                name="reward_by_expiry",
            ),
            models.Index(
                fields=["milestone", "reward_issued_at", "id"],
                condition=Q(coupon_code=None),
                name="reward_waiting_for_code",
            ),
            models.Index(
                fields=["milestone", "reward_issued_at", "id"],
                condition=Q(is_beyond_limit=True),
                name="reward_beyond_limit",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["streak_progress", "milestone"], condition=Q(is_carried_over=False), name="reward_once_per_run"
            ),
            models.UniqueConstraint(
                fields=["member", "milestone"], condition=Q(is_once_per_member=True), name="reward_once_per_member"
            ),
            models.UniqueConstraint(
                fields=["coupon_key"],
                condition=Q(coupon_source__in=["generated", "pool"], is_code_double=False),
                name="reward_code_key_once",
            ),
        ]

    def __str__(self) -> str:
        return self.coupon_code or str(self.pk)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the key along with its code."""
        if "coupon_code" in (kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = {*kwargs["update_fields"], "coupon_key"}
        super().save(*args, **kwargs)

    def status_at(self, now: datetime) -> RewardStatus:
        """Read the status off the clock, as `with_status` does in SQL (S24)."""
        if self.redeemed_at is not None:
            return RewardStatus.REDEEMED
        if self.reward_expiry_at is not None and self.reward_expiry_at <= now:
            return RewardStatus.EXPIRED
        return RewardStatus.PENDING if self.is_waiting else RewardStatus.ISSUED

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a code, or for a place within the limit (S23, S59)."""
        is_without_code = self.coupon_source == Milestone.CouponSource.NONE
        return self.is_beyond_limit or (self.coupon_code is None and not is_without_code)

    def pending_reason_at(self, now: datetime) -> PendingReason | None:
        """Return why it is pending at an instant, as `with_status` does in SQL; None when it is not (S59)."""
        if self.status_at(now) != RewardStatus.PENDING:
            return None
        return PendingReason.LIMIT_REACHED if self.is_beyond_limit else PendingReason.NO_CODE


class RewardCount(models.Model):
    """How many rewards of a milestone are within its limit; only where it has a limit, or had one (S59).

    `limit` is the one that was last applied. Some places in `issued` may still be `owed` to rewards that wait: they are
    given out soon, the oldest first.
    """

    milestone = models.OneToOneField(Milestone, on_delete=models.CASCADE, primary_key=True, related_name="reward_count")
    limit = models.PositiveIntegerField(null=True)
    issued = models.PositiveIntegerField()
    owed = models.PositiveIntegerField(default=0)

    class Meta:
        """No place is owed twice."""

        constraints = [
            models.CheckConstraint(condition=Q(owed__lte=models.F("issued")), name="reward_count_owes_what_it_counts"),
        ]

    def __str__(self) -> str:
        return str(self.issued)


class PastRewards(models.Model):
    """A request to reward those who stood at a milestone, or past it, at an instant; applied in order of members."""

    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="past_rewards")
    requested_at = models.DateTimeField()
    applied_through = models.UUIDField(null=True)
    rewarded_members = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.milestone}: {self.rewarded_members}"


class PoolCode(models.Model):
    """A unique code that the marketer uploaded for a milestone, given to at most one reward ever (S23)."""

    milestone = models.ForeignKey(
        Milestone, on_delete=models.CASCADE, related_name="pool_codes", verbose_name=_("milestone"), db_index=False
    )
    code = models.CharField(_("code"), max_length=256)
    code_key = CodeKeyField("code")
    # Uploaded before two ways of writing a code counted as one: it is never given out.
    is_double = models.BooleanField(editable=False, default=False, db_default=False)
    reward_log = models.OneToOneField(
        RewardLog,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="pool_code",
        verbose_name=_("reward"),
    )
    created_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)

    objects = PoolCodeQuerySet.as_manager()

    class Meta:
        """In order of upload."""

        verbose_name = _("pool code")
        verbose_name_plural = _("pool codes")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["milestone", "id"], condition=Q(reward_log=None), name="pool_code_free"),
            models.Index(fields=["code_key"], name="pool_code_by_key"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="pool_code_not_empty"),
            models.UniqueConstraint(fields=["code_key"], condition=Q(is_double=False), name="pool_code_key_once"),
        ]

    def __str__(self) -> str:
        return self.code


class RewardTally(models.Model):
    """How many rewards of a milestone were issued on a day of the installation's clock, by what became of them.

    No fact: `streaks.presenters.results` has it counted anew at any time.
    """

    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="reward_tallies", db_index=False)
    issued_on = models.DateField()
    status = models.CharField(max_length=8, choices=RewardStatus)
    rewards = models.PositiveIntegerField()

    class Meta:
        """Each combination once; read by milestone."""

        verbose_name = _("tally of rewards")
        verbose_name_plural = _("tallies of rewards")
        constraints = [models.UniqueConstraint(fields=["milestone", "issued_on", "status"], name="reward_tally_once")]

    def __str__(self) -> str:
        return f"{self.issued_on}: {self.rewards}"
