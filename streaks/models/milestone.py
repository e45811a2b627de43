"""Milestones: checkpoints in a run, with the reward that each earns."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gamopanda.api.characters import ReadableField
from gamopanda.api.models import Record, Status
from streaks.fields import UNIT, ExactDecimalField
from streaks.models import texts
from streaks.models.campaign import MAX_PERIODS, Streak
from streaks.models.facts import MOST_GRANTED
from streaks.models.querysets import VisibleManager
from streaks.models.text_fields import description_field, plain_text_field, title_field
from streaks.models.versions import Versioned
from streaks.validators import validate_code

MAX_REWARDS = 1_000_000_000


class Milestone(Versioned, Record):
    """A checkpoint in a run, counted in completed periods, with the reward that it earns (S20–S25)."""

    RULES = ("milestone_target_value", "coupon_source", "freeze_reward", "once_per_member")

    class CouponSource(models.TextChoices):
        """Where the code of the reward comes from (S23)."""

        GENERATED = "generated", _("generated")
        FIXED = "fixed", _("fixed")
        POOL = "pool", _("pool")
        EXTERNAL = "external", _("external")
        NONE = "none", _("none")

    streak = models.ForeignKey(Streak, on_delete=models.CASCADE, related_name="milestones", verbose_name=_("streak"))
    name = ReadableField(
        _("name"),
        max_length=256,
        help_text=_(
            "For you and your colleagues, such as “Day 3: 5% off”. While it is live, anybody can read this over the "
            "API."
        ),
    )
    description = ReadableField(
        _("description"),
        max_length=1024,
        blank=True,
        help_text=_(
            "What it is for, in a sentence, such as “Keeps new shoppers going past the first days”. While it is live, "
            "anybody can read this over the API."
        ),
    )
    milestone_target_value = models.PositiveIntegerField(
        _("at period"),
        validators=[MinValueValidator(1)],
        help_text=_(
            "How many completed periods of a run reach it, such as 3 for the third day in a row: at most as many as "
            "complete the streak. Frozen once it has rewarded somebody, or is live in a streak with activity."
        ),
    )
    status = models.CharField(
        _("status"),
        max_length=6,
        choices=Status,
        default=Status.DRAFT,
        help_text=_("Only a live milestone can be reached: keep it a draft, for example, until it has its codes."),
    )
    coupon_source = models.CharField(
        _("coupon source"),
        max_length=9,
        choices=CouponSource,
        default=CouponSource.GENERATED,
        help_text=_(
            "“generated”: a new code for every reward; “fixed”: one code for all, such as SPRING10; “pool”: codes that "
            "you upload, such as those of your shop system; “external”: your own system fills it in later; “none”: no "
            "code, for a milestone that gives freezes alone. Frozen as “at period” is."
        ),
    )
    coupon_prefix = models.CharField(
        _("coupon prefix"),
        max_length=16,
        blank=True,
        validators=[validate_code],
        help_text=_("In front of generated codes, such as SAVE5-."),
    )
    coupon_code = models.CharField(
        _("fixed coupon code"),
        max_length=256,
        blank=True,
        validators=[validate_code],
        help_text=_("The one code for all, such as SPRING10, when the source is “fixed”."),
    )
    low_stock = models.PositiveIntegerField(
        _("warn below"),
        default=20,
        help_text=_(
            "For uploaded codes: the first page warns when fewer than this are free. A busy streak needs more, such as "
            "500."
        ),
    )
    reward_validity_days = models.PositiveIntegerField(
        _("reward valid for days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_PERIODS)],
        help_text=_("For how many days of 24 hours the reward can be used, such as 30. Empty: it never expires."),
    )
    reward_limit = models.PositiveIntegerField(
        _("reward limit"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_REWARDS)],
        help_text=_(
            "How many rewards are given in all, such as 500. Later ones wait, and follow, the oldest first, when you "
            "raise the limit. Empty: there is no limit."
        ),
    )
    freeze_reward = models.PositiveSmallIntegerField(
        _("freezes"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MOST_GRANTED)],
        help_text=_(
            "How many freezes it gives, for example 1, with a code or instead of one; 0: none. A member never gets "
            "more than the streak allows."
        ),
    )
    reward_value = ExactDecimalField(
        _("value of a reward"),
        null=True,
        blank=True,
        validators=[MinValueValidator(UNIT)],
        help_text=_("What one reward costs you, such as 5 for $5 off: results add it up. Empty: nothing is added up."),
    )
    reward_currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Use the three letters of a currency, such as USD or EUR."))],
        help_text=_("The currency of the value, in three letters, such as USD."),
    )
    once_per_member = models.BooleanField(
        _("once per member"),
        default=False,
        help_text=_("A member who starts over does not earn it again: for example a welcome gift."),
    )
    eud_title = title_field()
    eud_description = description_field()
    eud_milestone_reward_instruction_message = plain_text_field(
        texts.DESCRIPTION_LENGTH,
        _("Shown with the code, such as “Enter this code at checkout within 30 days.”"),
        _("how to redeem"),
    )
    deleted_at = models.DateTimeField(_("deleted at"), editable=False, null=True)

    objects: ClassVar[VisibleManager["Milestone"]] = VisibleManager()

    class Meta:
        """In order of target, as the streak shows them."""

        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["milestone_target_value", "id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="milestone_newest")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="milestone_status_known"),
            models.CheckConstraint(condition=Q(milestone_target_value__gte=1), name="milestone_target_positive"),
            models.CheckConstraint(
                condition=~Q(coupon_source="fixed") | ~Q(coupon_code=""), name="milestone_fixed_has_code"
            ),
            models.CheckConstraint(condition=Q(freeze_reward__lte=MOST_GRANTED), name="milestone_freezes_in_range"),
            models.CheckConstraint(
                condition=~Q(coupon_source="none") | Q(freeze_reward__gte=1), name="milestone_gives_something"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save together with what follows for rewards (S59)."""
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, **kwargs)

    @property
    def is_frozen(self) -> bool:
        """Whether its rules are frozen: it is live while its streak has activity, or has rewarded somebody (S20)."""
        if self._state.adding or not self.streak.has_activity:
            return False
        return self.status == Status.LIVE or self.reward_logs.exists()

    def clean(self) -> None:
        """Check what two fields decide together (S20, S23, S47)."""
        errors = self._freeze_errors()
        longest = self.streak.completion_target_value if self.streak_id and self.milestone_target_value else None
        if longest is not None and self.milestone_target_value > longest:
            longest = self.streak.longest_run()
        if longest is not None and self.milestone_target_value > longest:
            errors["milestone_target_value"] = ValidationError(
                _("The streak is complete after %(limit)s periods: use a number from 1 to %(limit)s."),
                code="max_value",
                params={"limit": longest},
            )
        if self.coupon_source == self.CouponSource.FIXED and not self.coupon_code:
            errors["coupon_code"] = ValidationError(_("A fixed coupon needs its code here."), code="required")
        if (self.reward_value is None) is not (self.reward_currency == ""):
            missing = "reward_value" if self.reward_value is None else "reward_currency"
            errors[missing] = ValidationError(
                _("A value goes with a currency: fill in both, or none."), code="incomplete"
            )
        if errors:
            raise ValidationError(errors)

    def _freeze_errors(self) -> dict[str, ValidationError]:
        """Return what is wrong with the freezes that it gives."""
        if not self.freeze_reward and self.coupon_source == self.CouponSource.NONE:
            message = _("Without a code it has to give a freeze: use 1 or more, or choose another coupon source.")
            return {"freeze_reward": ValidationError(message, code="required")}
        if self.freeze_reward and self.streak_id and not self.streak.ever_has_freezes():
            message = _("This streak has no freezes: raise its most freezes first.")
            return {"freeze_reward": ValidationError(message, code="no_freezes")}
        return {}
