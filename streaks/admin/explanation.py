"""The page that explains where a member stands in a streak, period by period and run by run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Min, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from gamopanda.accounts.models import Member
from gamopanda.admin.formatting import plain_number
from gamopanda.admin.links import list_of, page_of
from streaks.admin.rule_texts import rules_summary
from streaks.core.aggregation import needs_value
from streaks.fields import as_decimal
from streaks.models import (
    ExcusedMember,
    ExcuseKind,
    RunStatus,
    Streak,
    StreakExcuse,
    StreakFreeze,
    StreakLog,
    StreakProgress,
    TaskProgress,
)
from streaks.presenters.explanation import PeriodAccount, PeriodState, account_for_periods, periods_until
from streaks.presenters.protection import read_protection
from streaks.progress.changing_rules import rules_on
from streaks.progress.freezes import most_freezes, rules_for_member
from streaks.progress.streak_cache import rules_of

# The rights to save runs.
RESTORE, EXCUSE, GIVE = "streaks.restore_run", "streaks.add_streakexcuse", "streaks.add_streakfreeze"
# Of the logs that changed something, so many are named.
CHANGES_AT_MOST = 50
# Six weeks of days: a page that is taken in at a glance. Earlier periods have pages of their own.
PERIODS_ON_A_PAGE = 42
SYMBOLS = {
    PeriodState.MET: "check_circle",
    PeriodState.OPEN: "schedule",
    PeriodState.REST: "bedtime",
    PeriodState.EXCUSED: "event_busy",
    PeriodState.FROZEN: "ac_unit",
    PeriodState.SHORT: "remove_circle",
    PeriodState.EMPTY: "cancel",
}


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A period as the page shows it: never by colour alone (F50)."""

    account: PeriodAccount
    symbol: str
    words: str
    amount: str
    # Where its logs are listed; nowhere for sample activity.
    logs: str = ""


@dataclass(frozen=True, slots=True)
class LogRow:
    """A log that changed what had been there before: it came in after its period, or it takes from the total."""

    log: StreakLog
    address: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """What somebody did to save runs: an excuse, or freezes that were given."""

    address: str
    words: str
    reason: str
    author: str
    at: datetime
    state: str = ""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as the page shows it, with the reason for which it ended."""

    run: StreakProgress
    address: str
    status: str
    label: str
    reason: str


Context = dict[str, Any]
AddContext = Callable[[Context, datetime], Context]
_added_contexts: list[AddContext] = []


def add_context(add: AddContext) -> None:
    """Let another app add to the page what it has about the runs on it."""
    _added_contexts.append(add)


@display(description=gettext_lazy("why"))
def explain_link(run: StreakProgress) -> str:
    """A link to the explanation."""
    address = explanation_of(run.member_id, run.streak_id)
    return format_html('<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', address, _("Explain"))


@action(description=gettext_lazy("Explain"), permissions=["view"], icon="help")
def explain(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the explanation of the member and the streak of this run."""
    run = get_object_or_404(StreakProgress, pk=object_id)
    return HttpResponseRedirect(explanation_of(run.member_id, run.streak_id))


def explanation_view(request: HttpRequest, model_admin: ModelAdmin, member_id: UUID, streak_id: UUID) -> HttpResponse:
    """Show the periods and the runs of a member in a streak, newest page first; `until` asks for an earlier one."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    member = get_object_or_404(Member, pk=member_id)
    streak: Streak = get_object_or_404(Streak, pk=streak_id)
    now = timezone.now()
    explained = explanation_context(member, streak, until=_read_date(request.GET.get("until", "")), now=now)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("%(member)s in %(streak)s") % {"member": member, "streak": streak},
        "opts": model_admin.opts,
        "page_name": _("%(member)s in %(streak)s") % {"member": member, "streak": streak},
        "member_page": page_of(member),
        "streak_page": page_of(streak),
        "may_add_activity": request.user.has_perm("streaks.add_streaklog"),
        "ways_to_save": _ways_to_save(request, member, streak),
        **explained,
    }
    for add in _added_contexts:
        context = add(context, now)
    return TemplateResponse(request, "admin/streaks/streakprogress/explanation.html", context)


def _ways_to_save(request: HttpRequest, member: Member, streak: Streak) -> list[tuple[str, str]]:
    """Return what somebody may do to save a run of the member: what the links say, and where they lead."""
    of = f"member={member.pk}&streak={streak.pk}"
    excuse, freeze = reverse("admin:streaks_streakexcuse_add"), reverse("admin:streaks_streakfreeze_add")
    ways = []
    if request.user.has_perm(RESTORE):
        ways.append((_("Restore"), f"{excuse}?kind={ExcuseKind.RESTORATION}&{of}"))
    if request.user.has_perm(GIVE) and most_freezes(rules_of(streak), timezone.now()):
        ways.append((_("Give a freeze"), f"{freeze}?{of}"))
    if request.user.has_perm(EXCUSE):
        ways.append((_("Excuse days"), f"{excuse}?kind={ExcuseKind.AMNESTY}&{of}"))
    return ways


URLS = (("of/<uuid:member_id>/<uuid:streak_id>/", "streaks_streakprogress_explanation", explanation_view),)


def explanation_of(member_id: UUID, streak_id: UUID) -> str:
    """Return the address of the explanation of a member in a streak."""
    return reverse("admin:streaks_streakprogress_explanation", args=[member_id, streak_id])


def _read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Http404(_("Enter a valid date.")) from error


def explanation_context(member: Member, streak: Streak, *, until: date | None, now: datetime) -> dict[str, Any]:
    """Return what the page shows of one page of periods, up to the one that contains `until`, or now."""
    rules = rules_for_member(streak, member)
    calendar = rules.calendar
    of_both = Q(member=member, streak=streak)
    current = calendar.key_of(now)
    first = TaskProgress.objects.filter(of_both).aggregate(first=Min("period_key"))["first"] or current
    last = min(max(until or current, first), current)
    keys = periods_until(calendar, last, PERIODS_ON_A_PAGE, first=first)
    runs = _runs(StreakProgress.objects.filter(of_both, starts_on__lte=last, ends_on__gte=keys[0]), now)
    ends = [run.ends_on for run in runs]
    rows = TaskProgress.objects.filter(of_both & (Q(period_key__range=(keys[0], last)) | Q(period_key__in=ends)))
    totals = {row.period_key: row for row in rows}
    streak.rules_read = rules  # type: ignore[attr-defined]  # as `rules_of` keeps them
    for run in runs:
        run.streak, run.member, run.rules = streak, member, rules
    read_protection(runs, now)
    accounts = account_for_periods(keys, totals, runs, rules=rules, now=now)
    return {
        "member": member,
        "streak": streak,
        "rules": rules_summary(rules_on(streak, current)),
        "zone": calendar.zone_at(now).key,
        "periods": [period_row(account, streak, member) for account in accounts],
        "facts": list(_facts(member, streak)),
        "changes": list(_changes(StreakLog.objects.filter(of_both), accounts, streak)),
        "runs": [_run_row(run, totals.get(run.ends_on)) for run in runs],
        "earlier": periods_until(calendar, keys[0], 2, first=first)[0] if keys[0] > first else None,
        "is_latest": last == current,
    }


def _facts(member: Member, streak: Streak) -> Iterator[FactRow]:
    """Yield what people did to save runs of the member, the newest first of each."""
    own = Q(member=member) | Q(member=None, is_for_list=False) | Q(pk__in=_amnesties_of(member))
    excuses = StreakExcuse.objects.filter(own, Q(streak=streak) | Q(streak=None))
    for excuse in excuses.order_by("-pk")[:CHANGES_AT_MOST]:
        state = "" if excuse.revoked_at is None else _("revoked")
        yield FactRow(page_of(excuse), str(excuse), excuse.reason, excuse.created_by, excuse.created_at, state)
    for freeze in StreakFreeze.objects.filter(member=member, streak=streak).order_by("-pk")[:CHANGES_AT_MOST]:
        words = ngettext("%(n)s freeze given", "%(n)s freezes given", freeze.quantity) % {"n": freeze.quantity}
        yield FactRow(page_of(freeze), words, freeze.reason, freeze.created_by, freeze.given_at)


def _amnesties_of(member: Member) -> Any:
    return ExcusedMember.objects.filter(member=member).values("excuse")


def _runs(runs: "QuerySet[Any]", now: datetime) -> Sequence[Any]:
    return list(runs.with_status(now).order_by("-starts_on"))  # type: ignore[attr-defined]


def period_row(account: PeriodAccount, streak: Streak, member: Member | None = None) -> PeriodRow:
    """Return a period with its symbol, its state in words, its total beside the target, and where the logs are."""
    missing = {"missing": plain_number(account.missing)}
    words = {
        PeriodState.MET: _("met"),
        PeriodState.OPEN: _("open: %(missing)s to go") % missing,
        PeriodState.REST: _("rest day"),
        PeriodState.EXCUSED: _("excused"),
        PeriodState.FROZEN: _("saved by a freeze"),
        PeriodState.SHORT: _("short by %(missing)s") % missing,
        PeriodState.EMPTY: _("nothing recorded"),
    }
    amount = f"{plain_number(account.total)} / {plain_number(account.target)}"
    logs = "" if member is None else logs_of(member.pk, streak.pk, period_key__exact=account.key)
    return PeriodRow(account, SYMBOLS[account.state], words[account.state], amount, logs)


def logs_of(member_id: UUID, streak_id: UUID, **periods: date) -> str:
    """Return the address of the list of a member's logs in a streak, narrowed to some periods."""
    return list_of(StreakLog, member__id__exact=member_id, streak__id__exact=streak_id, **periods)


def _changes(logs: "QuerySet[StreakLog]", accounts: Sequence[PeriodAccount], streak: Streak) -> Iterator[LogRow]:
    """Yield the logs of some periods that came in after their period or take from a sum (S9), the newest first."""
    ends = {account.key: account.ends_at for account in accounts}
    changing = reduce(or_, (Q(period_key=key, created_at__gte=ends_at) for key, ends_at in ends.items()))
    if needs_value(streak.aggregation_method):
        changing |= Q(period_key__in=ends, activity_value__lt=0)
    for log in logs.filter(changing).order_by("-created_at", "-activity_at", "-pk")[:CHANGES_AT_MOST]:
        late = _("it came in after its period had ended") if log.created_at >= ends[log.period_key] else ""
        taking = _("it corrects the total") if log.activity_value is not None and log.activity_value < 0 else ""
        value = "" if log.activity_value is None else str(plain_number(log.activity_value))
        yield LogRow(log, page_of(log), value, get_text_list([word for word in (late, taking) if word], _("and")))


def _run_row(run: Any, last_total: TaskProgress | None) -> RunRow:
    return RunRow(run, page_of(run), run.status, str(RunStatus(run.status).label), _reason(run, last_total))


def _reason(run: Any, last_total: TaskProgress | None) -> str:
    """Say why a run stands as it does."""
    rules = run.rules
    values = {
        "day": date_format(run.ends_on),
        "total": plain_number(last_total.total) if last_total else 0,
        "target": plain_number(as_decimal(rules.target_for(run.ends_on))),
        "limit": rules.completion_for(run.ends_on),
    }
    if run.status == RunStatus.COMPLETED:
        return _("Reached %(limit)s completed periods.") % values
    if run.status == RunStatus.IN_PROGRESS:
        return _("The period of %(day)s has to be completed next, or it breaks.") % values
    if last_total is None:
        told = _("Nothing was recorded in the period of %(day)s.") % values
    else:
        told = _("The period of %(day)s ended with %(total)s of %(target)s.") % values
    return f"{told} {_declined(run)}".rstrip()


def _declined(run: Any) -> str:
    """Say why no freeze saved a broken run (S49)."""
    if run.protection.freeze_declined == "run_too_short":
        settings = run.rules.version_for(run.ends_on).freezes
        value = 0 if settings is None else settings.minimum_value
        return _("Freezes protect a run from %(value)s completed periods on.") % {"value": value}
    return _("No freeze was left.") if run.protection.freeze_declined else ""
