"""Rules and numbers of streaks in words, as marketers say them."""

from decimal import Decimal
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from gamopanda.admin.formatting import plain_number
from streaks.models import AggregationMethod, AggregationPeriod, HolidayCalendar, Streak, StreakRules
from streaks.models.holidays import calendar_ids
from streaks.models.weekdays import days_of, weekday_names


def rules_summary(streak: Streak) -> str:
    """Say the rules in a few words: “50 per day, 7 days”, “2 activities per week, 4 weeks”."""
    return f"{target_summary(streak)}, {length_summary(streak)}"


def target_summary(streak: Streak) -> str:
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


def length_summary(streak: Streak) -> str:
    """Say how many periods finish the streak: “7 days”."""
    number = streak.completion_target_value
    names = {
        AggregationPeriod.DAILY: ngettext("%(number)s day", "%(number)s days", number),
        AggregationPeriod.WEEKLY: ngettext("%(number)s week", "%(number)s weeks", number),
        AggregationPeriod.MONTHLY: ngettext("%(number)s month", "%(number)s months", number),
    }
    return names[AggregationPeriod(streak.aggregation_period)] % {"number": number}


def rules_description(streak: Streak) -> str:
    """Say the rules in whole sentences: what a member has to do, when a run breaks, and which clock decides."""
    rest = (_rest_days(streak), _holidays(streak), _clock(streak), _schedule(streak), *_later(streak))
    sentences = [_task(streak), _break(streak), _freezes(streak), *rest]
    return " ".join(sentence for sentence in sentences if sentence)


def changes_sentence(version: StreakRules) -> str:
    """Say what changes with a version of the rules: “target per period 60, periods to complete 9”."""
    streak, parts = version.applied_to(version.streak), []
    for name in version.given():
        column: Any = Streak._meta.get_field(name)
        parts.append(f"{column.verbose_name} {_rule_text(streak, name)}")
    return ", ".join(parts)


def _rule_text(streak: Streak, name: str) -> str:
    value = getattr(streak, name)
    if name == "active_weekdays":
        return weekday_names(value)
    if name == "holiday_calendar_ids":
        return calendar_names(streak) or gettext("none")
    if value is None:
        return gettext("none")
    return str(plain_number(value)) if isinstance(value, Decimal) else str(value)


def calendar_names(streak: Streak) -> str:
    """Return the names of the holiday calendars that a streak follows."""
    ids = calendar_ids(streak.holiday_calendar_ids)
    return ", ".join(HolidayCalendar.objects.filter(pk__in=ids).values_list("name", flat=True)) if ids else ""


def _holidays(streak: Streak) -> str:
    names = calendar_names(streak)
    return gettext("The days of these calendars are free: %(names)s.") % {"names": names} if names else ""


def _later(streak: Streak) -> list[str]:
    """Say what versions of the rules change from when on."""
    told = gettext("From %(date)s on: %(changes)s.")
    return [told % {"date": date_format(one.valid_from), "changes": changes_sentence(one)} for one in streak.versions]


def _task(streak: Streak) -> str:
    every = {
        AggregationPeriod.DAILY: gettext("%(task)s every day, for %(length)s in a row."),
        AggregationPeriod.WEEKLY: gettext("%(task)s every week, for %(length)s in a row."),
        AggregationPeriod.MONTHLY: gettext("%(task)s every month, for %(length)s in a row."),
    }
    values = {"task": _amount(streak), "length": length_summary(streak)}
    return every[AggregationPeriod(streak.aggregation_period)] % values


def _amount(streak: Streak) -> str:
    target = plain_number(streak.aggregation_target_value)
    if streak.aggregation_method == AggregationMethod.COUNT:
        singular, plural = "Members do at least %(target)s activity", "Members do at least %(target)s activities"
        return ngettext(singular, plural, 1 if target == 1 else 2) % {"target": target}
    return gettext("Members reach a total of at least %(target)s") % {"target": target}


def _break(streak: Streak) -> str:
    return {
        AggregationPeriod.DAILY: gettext("A day that ends with less breaks the streak."),
        AggregationPeriod.WEEKLY: gettext("A week that ends with less breaks the streak."),
        AggregationPeriod.MONTHLY: gettext("A month that ends with less breaks the streak."),
    }[AggregationPeriod(streak.aggregation_period)]


def _freezes(streak: Streak) -> str:
    most = streak.freeze_max_count
    if not most:
        return ""
    singular = "A member has at most %(most)s freeze, which saves a run of %(value)s or more once"
    plural = "A member has at most %(most)s freezes, each of which saves a run of %(value)s or more once"
    told = ngettext(singular, plural, most) % {"most": most, "value": streak.freeze_minimum_value}
    begins = gettext("%(count)s at the start") % {"count": streak.freeze_initial_count}
    every = streak.freeze_every_periods
    earned = "" if every is None else gettext(", one more every %(every)s periods") % {"every": every}
    return f"{told}: {begins}{earned}."


def _rest_days(streak: Streak) -> str:
    if days_of(streak.active_weekdays) is None:
        return ""
    return gettext("Only these days have to be met: %(days)s.") % {"days": weekday_names(streak.active_weekdays)}


def _clock(streak: Streak) -> str:
    calendar = streak.calendar
    hour = calendar.day_starts_at
    values = {
        "zone": calendar.zone.key,
        "weekday": WEEKDAYS[calendar.first_weekday],
        "hour": gettext("%(hour)s:00") % {"hour": hour} if hour else gettext("midnight"),
    }
    if streak.has_own_clocks:
        return _own_clocks(streak) % values
    return {
        AggregationPeriod.DAILY: gettext("Days begin at %(hour)s on the clock of %(zone)s."),
        AggregationPeriod.WEEKLY: gettext("Weeks begin on %(weekday)s at %(hour)s on the clock of %(zone)s."),
        AggregationPeriod.MONTHLY: gettext("Months begin at %(hour)s on the clock of %(zone)s."),
    }[AggregationPeriod(streak.aggregation_period)] % values


def _own_clocks(streak: Streak) -> str:
    return {
        AggregationPeriod.DAILY: gettext(
            "Days begin at %(hour)s on each member’s own clock, or on that of %(zone)s for members without a time zone."
        ),
        AggregationPeriod.WEEKLY: gettext(
            "Weeks begin on %(weekday)s at %(hour)s on each member’s own clock, or on that of %(zone)s for members "
            "without a time zone."
        ),
        AggregationPeriod.MONTHLY: gettext(
            "Months begin at %(hour)s on each member’s own clock, or on that of %(zone)s for members without a time "
            "zone."
        ),
    }[AggregationPeriod(streak.aggregation_period)]


def _schedule(streak: Streak) -> str:
    zone = streak.calendar.zone
    starts, ends = (
        None if at is None else date_format(at.astimezone(zone), "DATETIME_FORMAT")
        for at in (streak.starts_at, streak.ends_at)
    )
    if starts is not None and ends is not None:
        return gettext("It runs from %(starts)s to %(ends)s.") % {"starts": starts, "ends": ends}
    if starts is not None:
        return gettext("It starts on %(starts)s.") % {"starts": starts}
    return "" if ends is None else gettext("It ends on %(ends)s.") % {"ends": ends}
