"""Rules and numbers of streaks in words, as marketers say them."""

from django.utils.translation import gettext, ngettext

from gamopanda.admin import plain_number
from streaks.models import AggregationMethod, AggregationPeriod, Streak


def rules_in_words(streak: Streak) -> str:
    """Say the rules in a few words: “50 per day, 7 days”, “2 activities per week, 4 weeks”."""
    return f"{target_in_words(streak)}, {length_in_words(streak)}"


def target_in_words(streak: Streak) -> str:
    """Say what one period asks for: “50 per day”, “2 activities per week”."""
    target = plain_number(streak.aggregation_target_value)
    amount = str(target)
    if streak.aggregation_method == AggregationMethod.COUNT:
        amount = ngettext("%(count)s activity", "%(count)s activities", 1 if target == 1 else 2) % {"count": target}
    per = {
        AggregationPeriod.DAILY: gettext("%(amount)s per day"),
        AggregationPeriod.WEEKLY: gettext("%(amount)s per week"),
        AggregationPeriod.MONTHLY: gettext("%(amount)s per month"),
    }
    return per[AggregationPeriod(streak.aggregation_period)] % {"amount": amount}


def length_in_words(streak: Streak) -> str:
    """Say how many periods finish the streak: “7 days”."""
    number = streak.completion_target_value
    names = {
        AggregationPeriod.DAILY: ngettext("%(number)s day", "%(number)s days", number),
        AggregationPeriod.WEEKLY: ngettext("%(number)s week", "%(number)s weeks", number),
        AggregationPeriod.MONTHLY: ngettext("%(number)s month", "%(number)s months", number),
    }
    return names[AggregationPeriod(streak.aggregation_period)] % {"number": number}
