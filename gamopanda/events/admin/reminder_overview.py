"""The reminders of a streak at a glance: what is on, when it comes, how many were sent and why others were not."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action

from gamopanda.accounts.reminder_types import ReminderType
from gamopanda.admin.links import list_of, page_of
from gamopanda.events.admin.reminders import reminders_of
from gamopanda.events.models import Reminder, ReminderRule
from gamopanda.events.reminder_times import QuietHours
from streaks.admin.streak.model_admin import StreakAdmin
from streaks.models import Streak

COUNTED_DAYS = 7


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A type of reminder of a streak: its rule, if there is one, and what became of those of the last days."""

    name: str
    rule: ReminderRule | None
    when: str
    address: str
    sent: int
    dropped: int
    reasons: list[tuple[str, int]]


def has_reminders_permission(model_admin: ModelAdmin, request: HttpRequest, object_id: Any = None) -> bool:
    """Offer it to who may see rules of reminders."""
    return bool(request.user.has_perm("events.view_reminderrule"))


@action(description=gettext_lazy("Reminders"), permissions=["reminders"], icon="notifications")
def show_reminders(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the reminders of the streak."""
    return HttpResponseRedirect(reminders_of(get_object_or_404(Streak, pk=object_id).pk))


def reminders_view(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID) -> HttpResponse:
    """Show all types of reminders of a streak."""
    streak: Streak = get_object_or_404(Streak, pk=object_id)
    if not (has_reminders_permission(model_admin, request) and model_admin.has_view_permission(request, streak)):
        raise PermissionDenied
    quiet = QuietHours(*settings.GAMOPANDA_QUIET_HOURS)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Reminders of %(streak)s") % {"streak": streak},
        "opts": model_admin.opts,
        "streak": streak,
        "streak_page": page_of(streak),
        "rows": list(type_rows(streak, now=timezone.now())),
        "days": COUNTED_DAYS,
        "list_address": list_of(Reminder, streak__id__exact=streak.pk),
        "quiet": quiet,
        "has_quiet_hours": quiet.starts_at != quiet.ends_at,
        "a_day": settings.GAMOPANDA_REMINDERS_A_DAY,
        "may_change": request.user.has_perm("events.change_reminderrule"),
    }
    return TemplateResponse(request, "admin/events/reminderrule/overview.html", context)


def type_rows(streak: Streak, *, now: datetime) -> Iterator[TypeRow]:
    """Yield each type of reminder, the most urgent first."""
    rules = {rule.type: rule for rule in ReminderRule.objects.filter(streak=streak)}
    counts = _count(streak, now)
    for reminder_type in ReminderType:
        rule, of_type = rules.get(reminder_type.value), counts[reminder_type.value]
        dropped = {reason: number for (status, reason), number in of_type.items() if status == Reminder.Status.DROPPED}
        yield TypeRow(
            name=str(reminder_type.label),
            rule=rule,
            when=when_sentence(rule or ReminderRule(streak=streak, type=reminder_type)),
            address=_address(streak, reminder_type, rule),
            sent=of_type.get((Reminder.Status.SENT.value, ""), 0),
            dropped=sum(dropped.values()),
            reasons=[(str(Reminder.Reason(name).label), number) for name, number in sorted(dropped.items())],
        )


def _address(streak: Streak, reminder_type: ReminderType, rule: ReminderRule | None) -> str:
    if rule is not None:
        return reverse("admin:events_reminderrule_change", args=[rule.pk])
    query = urlencode({"streak": str(streak.pk), "type": reminder_type.value})
    return f"{reverse('admin:events_reminderrule_add')}?{query}"


def _count(streak: Streak, now: datetime) -> Mapping[str, dict[tuple[str, str], int]]:
    """Count the reminders of the last days by type, status and reason."""
    recent = Reminder.objects.filter(streak=streak, created_at__gte=now - timedelta(days=COUNTED_DAYS)).order_by()
    found: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for reminder_type, status, reason, number in recent.values_list("type", "status", "reason").annotate(Count("pk")):
        found[reminder_type][status, reason] = number
    return found


def when_sentence(rule: ReminderRule) -> str:
    """Say when a reminder comes, and to whom."""
    hour = _("at %(hour)s:00") % {"hour": rule.local_hour}
    least = _("for runs with %(value)s or more completed periods") % {"value": rule.minimum_value}
    if rule.type == ReminderType.AT_RISK:
        words = ngettext(
            "%(n)s hour before the period ends below its target",
            "%(n)s hours before the period ends below its target",
            rule.hours_before,
        )
        return f"{words % {'n': rule.hours_before}}, {least}"
    if rule.type == ReminderType.REWARD_EXPIRING:
        words = ngettext("%(n)s day before it expires", "%(n)s days before it expires", rule.days_before)
        return f"{words % {'n': rule.days_before}}, {hour}"
    if rule.type == ReminderType.MILESTONE_NEAR:
        words = ngettext(
            "on each day with at most %(n)s period to go",
            "on each day with at most %(n)s periods to go",
            rule.periods_to_go,
        )
        return f"{words % {'n': rule.periods_to_go}}, {hour}"
    return f"{_('after the delay of announcements')}, {hour}, {least}"


StreakAdmin.add_page(
    ("<uuid:object_id>/reminders/", "streaks_streak_reminders", reminders_view),
    button=show_reminders,
    permission=has_reminders_permission,
)
