"""What the rewards of a streak cost: so far, of its budget, and when that is used up at the present pace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gamopanda.admin.formatting import plain_number
from rewards.results import costs_of
from streaks.models import Milestone, Streak
from streaks.presenters.results import DAYS_COUNTED

# A plan looks no further ahead.
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Cost:
    """What rewards cost in one currency."""

    currency: str
    issued: Decimal
    redeemed: Decimal

    @property
    def text(self) -> str:
        """The cost of all that were issued, as people read it."""
        return f"{plain_number(self.issued)} {self.currency}"

    @property
    def redeemed_text(self) -> str:
        """The cost of those that were redeemed."""
        return f"{plain_number(self.redeemed)} {self.currency}"


def costs(milestones: Sequence[Milestone], *, since: date, until: date) -> list[Cost]:
    """Return the costs of the rewards issued in a range, by currency."""
    found = costs_of(milestones, since=since, until=until)
    return [Cost(currency, *amounts) for currency, amounts in sorted(found.items())]


def budget_sentences(streak: Streak, milestones: Sequence[Milestone], today: date) -> list[str]:
    """Say how much of the budget is used, and how long the rest lasts; nothing where there is no one currency."""
    spent = costs(milestones, since=date.min, until=today)
    if streak.reward_budget is None or len(spent) != 1:
        return []
    (total,) = spent
    values = {
        "spent": total.text,
        "budget": f"{plain_number(streak.reward_budget)} {total.currency}",
        "percent": round(100 * total.issued / streak.reward_budget),
    }
    used = _("%(spent)s of the budget of %(budget)s are used: %(percent)s%%.") % values
    return [used, *_forecast(streak, milestones, streak.reward_budget - total.issued, total.currency, today)]


def _forecast(streak: Streak, milestones: Sequence[Milestone], left: Decimal, currency: str, today: date) -> list[str]:
    recent = costs(milestones, since=today - timedelta(days=DAYS_COUNTED - 1), until=today)
    a_day = sum((cost.issued for cost in recent), Decimal(0)) / DAYS_COUNTED
    if a_day <= 0 or left <= 0:
        return []
    days = int(left / a_day)
    pace = f"{plain_number(round(a_day, 2))} {currency}"
    ends_on = None if streak.ends_at is None else streak.ends_at.date()
    if ends_on is not None and ends_on > today and today + timedelta(days=min(days, MOST_DAYS)) >= ends_on:
        expected = left - a_day * (ends_on - today).days
        rest = f"{plain_number(round(expected, 2))} {currency}"
        return [
            _("At %(pace)s a day, as in the last 30 days, %(rest)s are left at the end.") % {"pace": pace, "rest": rest}
        ]
    if days > MOST_DAYS:
        return []
    until = date_format(today + timedelta(days=days))
    return [_("At %(pace)s a day, as in the last 30 days, it lasts until %(until)s.") % {"pace": pace, "until": until}]
