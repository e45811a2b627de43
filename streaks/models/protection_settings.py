"""How a streak forgives: freezes, members' breaks, and restoring (S39, S44)."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from streaks.core.rules import FreezeSettings

MOST_FREEZES = 10
MOST_DAYS = 366
# Enough for every campaign: a hundred years of days, as many as a streak can ask for.
MOST_PERIODS = 36_525


def _number(name: Any, meaning: Any, *, default: int | None, least: int, most: int) -> Any:
    options: dict[str, Any] = {"null": True, "blank": True} if default is None else {"db_default": default}
    validators = [MinValueValidator(least), MaxValueValidator(most)]
    return models.PositiveIntegerField(name, default=default, validators=validators, help_text=meaning, **options)


class ProtectionSettings(models.Model):
    """The settings of a streak that decide what saves a run."""

    FREEZE_RULES = ("freeze_max_count", "freeze_initial_count", "freeze_every_periods", "freeze_minimum_value")

    freeze_max_count = _number(
        _("most freezes"),
        _(
            "How many freezes a member can have, for example 2; 0: none. A freeze saves a run from one missed period. "
            "Frozen from the first activity on."
        ),
        default=0,
        least=0,
        most=MOST_FREEZES,
    )
    freeze_initial_count = _number(
        _("freezes at the start"),
        _("With how many freezes a member begins, for example 1. Frozen from the first activity on."),
        default=0,
        least=0,
        most=MOST_FREEZES,
    )
    freeze_every_periods = _number(
        _("a freeze every so many periods"),
        _(
            "For example 7: a member gets one more freeze for every 7 periods since the first activity. Empty: none. "
            "Frozen from the first activity on."
        ),
        default=None,
        least=1,
        most=MOST_PERIODS,
    )
    freeze_minimum_value = _number(
        _("freezes protect from"),
        _("From how many completed periods on a run is protected, for example 3. Frozen from the first activity on."),
        default=3,
        least=1,
        most=MOST_PERIODS,
    )
    member_breaks_allowed = models.BooleanField(
        _("members may take a break"),
        default=False,
        db_default=False,
        help_text=_("Members can excuse days to come by themselves, for example for a holiday."),
    )
    member_break_max_days = _number(
        _("longest break"),
        _("How many days one break of a member can last, for example 30."),
        default=30,
        least=1,
        most=MOST_DAYS,
    )
    member_break_max_days_per_year = _number(
        _("break days a year"),
        _("How many days of any 365 the breaks of a member can take, for example 60."),
        default=60,
        least=1,
        most=MOST_DAYS,
    )
    restore_max_periods = _number(
        _("periods to restore"),
        _("How many missed periods support can excuse to restore a run, for example 3; 0: none."),
        default=3,
        least=0,
        most=MOST_DAYS,
    )

    class Meta:
        """No table of its own."""

        abstract = True

    @property
    def freezes(self) -> FreezeSettings | None:
        """How freezes are earned and used; None where there are none."""
        if self.freeze_max_count == 0:
            return None
        return FreezeSettings(
            self.freeze_max_count, self.freeze_initial_count, self.freeze_every_periods, self.freeze_minimum_value
        )

    def protection_errors(self) -> dict[str, ValidationError]:
        """Return an error for each setting that does not go with another one."""
        if self.freeze_initial_count <= self.freeze_max_count:
            return {}
        message = _("A member cannot begin with more freezes than a member can have: use %(most)s or less.") % {
            "most": self.freeze_max_count
        }
        return {"freeze_initial_count": ValidationError(message, code="max_value")}


FREEZE_CONSTRAINTS = (
    models.CheckConstraint(condition=Q(freeze_max_count__lte=MOST_FREEZES), name="streak_freezes_in_range"),
    models.CheckConstraint(
        condition=Q(freeze_initial_count__lte=F("freeze_max_count")), name="streak_initial_freezes_in_range"
    ),
    models.CheckConstraint(
        condition=Q(freeze_every_periods=None) | Q(freeze_every_periods__gte=1), name="streak_freeze_every_positive"
    ),
    models.CheckConstraint(condition=Q(freeze_minimum_value__gte=1), name="streak_freeze_minimum_positive"),
)
