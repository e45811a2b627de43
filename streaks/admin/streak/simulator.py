"""The page that tries a streak with sample activity: nothing is stored, and no reward is issued."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import action

from gamopanda.admin.formatting import plain_number
from gamopanda.admin.links import page_of
from streaks.admin.explanation import PeriodRow, period_row
from streaks.admin.rule_texts import rules_description
from streaks.admin.streak.sample_activity import (
    Pattern,
    Sample,
    pattern_rows,
    patterns_of,
    read_rows,
    validate_year,
    write_row,
)
from streaks.core.aggregation import needs_value
from streaks.core.periods import Calendar
from streaks.models import Milestone, RunStatus, Streak
from streaks.presenters.explanation import account_for_periods, periods_until
from streaks.presenters.simulation import Reached, Simulation, Step
from streaks.presenters.simulation import simulate as run_simulation

MOST_PERIODS = 42
CLOCK_FORMAT = "%Y-%m-%dT%H:%M"


class SimulatorForm(forms.Form):
    """The input of the simulator: rows, a clock to move, the reader's language, and the button that was pressed."""

    rows = forms.CharField(required=False)
    clock = forms.DateTimeField(
        label=gettext_lazy("Clock"), required=False, input_formats=[CLOCK_FORMAT], validators=[validate_year]
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    pattern = forms.ChoiceField(label=gettext_lazy("Pattern"), choices=Pattern.choices, required=False)
    start = forms.DateField(label=gettext_lazy("From"), required=False, validators=[validate_year])
    at = forms.DateTimeField(
        label=gettext_lazy("Happened at"), required=False, input_formats=[CLOCK_FORMAT], validators=[validate_year]
    )
    value = forms.CharField(required=False)
    do = forms.CharField(required=False)


@dataclass(frozen=True, slots=True)
class Played:
    """What the page shows: the rows as text, the clock on the streak's own, and what became of them."""

    rows: str
    clock: datetime
    language: str
    simulation: Simulation
    number_waiting: int
    errors: list[str]


@action(description=gettext_lazy("Simulate"), permissions=["view"], icon="science")
def simulate(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the simulator."""
    streak = get_object_or_404(Streak, pk=object_id)
    return HttpResponseRedirect(reverse("admin:streaks_streak_simulator", args=[streak.pk]))


def simulator_view(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID) -> HttpResponse:
    """Play what was sent, on any streak, drafts too; nothing is stored and nothing issued."""
    streak: Streak = get_object_or_404(Streak, pk=object_id)
    if not model_admin.has_view_permission(request, streak):
        raise PermissionDenied
    played = play(streak, request.POST.dict(), now=timezone.now())
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Simulator: %(streak)s") % {"streak": streak},
        "opts": model_admin.opts,
        "object": streak,
        "page_name": _("Simulator"),
        "streak": streak,
        "streak_page": page_of(streak),
        "rules": rules_description(streak),
        "patterns": patterns_of(streak),
        "needs_value": needs_value(streak.aggregation_method),
        "languages": settings.LANGUAGES,
        "zone": streak.calendar.zone.key,
        "played": played,
        "clock_value": played.clock.strftime(CLOCK_FORMAT),
        "start_value": request.POST.get("start") or played.clock.date().isoformat(),
        "chosen_pattern": request.POST.get("pattern"),
        **result_context(played),
    }
    return TemplateResponse(request, "admin/streaks/streak/simulator.html", context)


URLS = (("<uuid:object_id>/simulator/", "streaks_streak_simulator", simulator_view),)


def play(streak: Streak, sent: dict[str, str], *, now: datetime) -> Played:
    """Do what the form asks for, and play the rows up to its clock."""
    form = SimulatorForm({"language": settings.LANGUAGE_CODE, **sent})
    errors = [] if form.is_valid() else [f"{form[name].label}: {found[0]}" for name, found in form.errors.items()]
    asked = form.cleaned_data
    clock = _on(streak.calendar, asked.get("clock") or now.astimezone(streak.calendar.zone))
    rows, clock = _do(asked.get("do", ""), asked, streak, asked.get("rows", ""), clock)
    try:
        sample = read_rows(rows, streak)
    except ValidationError as error:
        sample, errors = Sample(), [*errors, *error.messages]
    language = asked.get("language", settings.LANGUAGE_CODE)
    simulation = run_simulation(streak, sample.logs, clock=clock, language=language, facts=sample.facts)
    return Played(rows, clock, language, simulation, sum(log.arrives_at > clock for log in sample.logs), errors)


def _on(calendar: Calendar, typed: datetime) -> datetime:
    """Return the instant at which the streak's clock shows what was typed."""
    return typed.replace(tzinfo=calendar.zone, second=0, microsecond=0)


def _do(button: str, asked: dict[str, Any], streak: Streak, rows: str, clock: datetime) -> tuple[str, datetime]:
    """Return the rows and the clock as the button that was pressed leaves them."""
    calendar = streak.calendar
    if button == "pattern" and asked.get("pattern"):
        logs = pattern_rows(Pattern(asked["pattern"]), streak, asked.get("start") or clock.date())
        last = max((log.arrives_at for log in logs), default=clock)
        return "\n".join(write_row(log, calendar.zone) for log in logs), _later(last)
    if button == "add" and asked.get("at"):
        added = f"{asked['at']:%Y-%m-%d %H:%M}, {asked.get('value', '')}".rstrip(", ")
        return f"{rows.rstrip()}\n{added}".lstrip(), max(clock, _on(calendar, asked["at"]))
    if button == "clear":
        return "", clock
    if button == "hour":
        return rows, _later(clock)
    moves = {"back": _previous_period, "forward": _next_period}
    return rows, moves[button](calendar, clock) if button in moves else clock


def _later(at: datetime) -> datetime:
    """Return an hour later, counted in UTC."""
    return (at.astimezone(UTC) + timedelta(hours=1)).astimezone(at.tzinfo)


def _next_period(calendar: Calendar, at: datetime) -> datetime:
    """Return the same time of day as far into the next period as `at` is into its own."""
    key = calendar.key_of(at)
    return _as_far_into(calendar, calendar.following(key), at, key)


def _previous_period(calendar: Calendar, at: datetime) -> datetime:
    """Return the same time of day as far into the period before as `at` is into its own."""
    key = calendar.key_of(at)
    return _as_far_into(calendar, calendar.key_of(calendar.starts_at(key) - timedelta(microseconds=1)), at, key)


def _as_far_into(calendar: Calendar, target: date, at: datetime, key: date) -> datetime:
    """Move by whole local days, so that the clock shows the same time where a day has 23 hours (S4)."""
    return datetime.combine(at.date() + (target - key), at.time(), calendar.zone)


# --- what the page shows ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepRow:
    """One line of the story."""

    step: Step
    number: int
    status: str
    what: str
    amount: str
    rewards: list[str]


def result_context(played: Played) -> dict[str, Any]:
    """Return the story, the calendar, and what the member reads at the clock."""
    simulation, clock = played.simulation, played.clock
    streak, run = simulation.streak, simulation.current_run()
    return {
        "steps": [_step_row(step, number, streak) for number, step in enumerate(simulation.steps, start=1)],
        "periods": _calendar_of(simulation, clock),
        "display": simulation.display_at(clock),
        "run": run,
        "run_status": "" if run is None else RunStatus(run.status_at(clock)).label,
    }


def _step_row(step: Step, number: int, streak: Streak) -> StepRow:
    amount = f"{plain_number(step.total)} / {plain_number(streak.aggregation_target_value)}"
    status = "" if step.status is None else str(RunStatus(step.status).label)
    return StepRow(step, number, status, _what(step), amount, [_reward(reached) for reached in step.reached])


def _what(step: Step) -> str:
    """Say what happened."""
    if step.log is None:
        return _("The period ended below its target: the run broke.")
    value = "" if step.log.value is None else f" {plain_number(step.log.value):+f}"
    return (_("Activity%(value)s, arrived late") if step.is_late else _("Activity%(value)s")) % {"value": value}


def _reward(reached: Reached) -> str:
    milestone = reached.milestone
    if not reached.earns_reward:
        return _("%(milestone)s: earned before") % {"milestone": milestone}
    if milestone.coupon_source == Milestone.CouponSource.NONE:
        return _("%(milestone)s: freezes") % {"milestone": milestone}
    source = milestone.get_coupon_source_display()
    return _("%(milestone)s: a reward (%(source)s code)") % {"milestone": milestone, "source": source}


def _calendar_of(simulation: Simulation, clock: datetime) -> list[PeriodRow]:
    """Return the periods from the first activity to the clock, the newest page of them."""
    calendar = simulation.rules.calendar
    last = calendar.key_of(clock)
    first = min(simulation.totals, default=last)
    keys = periods_until(calendar, max(last, first), MOST_PERIODS, first=first)
    accounts = account_for_periods(keys, simulation.totals, simulation.runs, rules=simulation.rules, now=clock)
    return [period_row(account, simulation.streak) for account in accounts]
