"""The first page of the administration: what needs attention, and how the live streaks are doing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, ExpressionWrapper, F, FloatField, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gamopanda.accounts.models import ApiKey
from gamopanda.admin.links import list_of, page_of
from gamopanda.api.access.freshness import replica_may_answer
from gamopanda.api.models import Status
from gamopanda.console.figures import REAL, charts, figures
from gamopanda.events.endpoints import WARNED_AFTER
from gamopanda.events.models import WebhookEndpoint
from rewards.models import PoolCode, RewardLog
from streaks.admin.rule_texts import rules_summary
from streaks.admin.streak.checklist import check_member_texts
from streaks.models import Milestone, RunStatus, Streak, StreakProgress
from streaks.presenters.results import StreakNumbers, numbers_of_streaks, recent_round

# The first page warns when so many percent of a limit of rewards are used, and warns more urgently from here on.
LIMIT_NEAR, LIMIT_URGENT = 80, 95


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that needs attention, and the page where it is put right."""

    subject: str
    sentence: str
    address: str


@dataclass(frozen=True, slots=True)
class LiveStreak:
    """A live streak in one line."""

    name: str
    address: str
    rules: str
    numbers: StreakNumbers
    alive_address: str
    completed_address: str


def add_overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the overview to the first page, of what the person may open; named in the settings."""
    now = timezone.now()
    counted = recent_round(now=now)
    may = request.user.has_perm
    sees_members = may("streaks.view_streakprogress")
    with replica_may_answer(request):
        numbers = numbers_of_streaks()
        return {
            **context,
            "concerns": [concern for right, find in CONCERNS.items() if may(right) for concern in find()],
            "counted_at": counted.counted_at,
            "figures": [(one, may(one.right)) for one in figures(numbers, now=now)] if sees_members else [],
            "charts": [(one, may(one.total.right)) for one in charts(now=now)] if sees_members else [],
            "live_streaks": list(live_streaks(numbers)) if may("streaks.view_streak") else None,
            "account_id": settings.GAMOPANDA_ACCOUNT_ID,
        }


def live_streaks(numbers: Mapping[UUID, StreakNumbers]) -> Iterator[LiveStreak]:
    """Yield the live streaks with their numbers, newest first."""
    for streak in Streak.objects.visible().filter(status=Status.LIVE):
        address = reverse("admin:streaks_streak_results", args=[streak.pk])
        found = numbers.get(streak.pk, StreakNumbers())
        alive, completed = (
            list_of(StreakProgress, streak__id__exact=streak.pk, status=status, **REAL)
            for status in (RunStatus.IN_PROGRESS, RunStatus.COMPLETED)
        )
        yield LiveStreak(streak.name, address, rules_summary(streak), found, alive, completed)


def _keys() -> Iterator[Concern]:
    """Yield the keys, when no server can call."""
    if not ApiKey.objects.filter(status=Status.LIVE).exists():
        sentence = _("There is no live key: no server of yours can send activity.")
        yield Concern(_("API keys"), sentence, reverse("admin:accounts_apikey_add"))


def _endpoints() -> Iterator[Concern]:
    """Yield webhook endpoints that were disabled, and those at which everything has failed for a day (W3)."""
    failing_since = timezone.now() - WARNED_AFTER
    endpoints = WebhookEndpoint.objects.exclude(disabled_reason="") | WebhookEndpoint.objects.filter(
        status=WebhookEndpoint.Status.LIVE, failing_since__lte=failing_since
    )
    for endpoint in endpoints:
        if endpoint.disabled_reason:
            sentence = _("The webhook endpoint was disabled: it gets no events.")
        else:
            since = date_format(timezone.localtime(endpoint.failing_since), "DATETIME_FORMAT")
            sentence = _("Every delivery has failed since %(since)s.") % {"since": since}
        yield Concern(str(endpoint), sentence, page_of(endpoint))


def _pools() -> Iterator[Concern]:
    """Yield pools for which rewards wait, and those of live milestones that are nearly empty (S23)."""
    visible = Milestone.objects.visible().filter(streak__deleted_at=None).select_related("streak")
    waiting = _count(RewardLog.objects.waiting_for_code())
    for milestone in visible.filter(pk__in=waiting):
        number = waiting[milestone.pk]
        sentence = ngettext("%(n)s reward waits for a coupon code.", "%(n)s rewards wait for a coupon code.", number)
        yield _pool_concern(milestone, sentence, number)
    live = visible.filter(coupon_source=Milestone.CouponSource.POOL, status=Status.LIVE, streak__status=Status.LIVE)
    pools = list(live.exclude(pk__in=waiting))
    free = _count(PoolCode.objects.free().filter(milestone__in=pools))
    for milestone in pools:
        number = free.get(milestone.pk, 0)
        if number < milestone.low_stock:
            sentence = ngettext("%(n)s coupon code is left.", "%(n)s coupon codes are left.", number)
            yield _pool_concern(milestone, sentence, number)


def _limits() -> Iterator[Concern]:
    """Yield milestones whose limit of rewards is used up or nearly so, the worst first (S59)."""
    visible = Milestone.objects.visible().filter(streak__deleted_at=None, reward_limit__isnull=False)
    used = ExpressionWrapper(F("reward_count__issued") * 100.0 / F("reward_limit"), FloatField())
    near = visible.annotate(percent=used).filter(percent__gte=LIMIT_NEAR).select_related("streak", "reward_count")
    milestones = list(near.order_by("-percent", "pk"))
    waiting = _count(RewardLog.objects.filter(is_beyond_limit=True, milestone__in=milestones))
    for milestone in milestones:
        if milestone.pk in waiting or Status.LIVE == milestone.status == milestone.streak.status:
            sentence = _limit_sentence(milestone, waiting.get(milestone.pk, 0))
            yield Concern(f"{milestone.streak} · {milestone}", sentence, page_of(milestone))


def _limit_sentence(milestone: Milestone, waiting: int) -> str:
    limit, issued = milestone.reward_limit or 0, milestone.reward_count.issued
    values, left = {"n": waiting, "limit": limit, "issued": issued}, limit - issued
    if left <= 0 and waiting:
        return (
            ngettext(
                "The limit of %(limit)s rewards is used up, and %(n)s reward waits: raise the limit.",
                "The limit of %(limit)s rewards is used up, and %(n)s rewards wait: raise the limit.",
                waiting,
            )
            % values
        )
    if left <= 0:
        return _("The limit of %(limit)s rewards is used up: the next reward waits until you raise it.") % values
    if left * 100 <= limit * (100 - LIMIT_URGENT):
        return ngettext(
            "Only %(n)s reward is left of %(limit)s: raise the limit soon, or the next ones wait.",
            "Only %(n)s rewards are left of %(limit)s: raise the limit soon, or the next ones wait.",
            left,
        ) % {**values, "n": left}
    return _("%(issued)s of %(limit)s rewards are issued.") % values


def _count(rows: "QuerySet[Any]") -> dict[UUID, int]:
    """Count rows by their milestone."""
    return dict(rows.order_by().values_list("milestone").annotate(Count("pk")))


def _pool_concern(milestone: Milestone, sentence: str, number: int) -> Concern:
    address = reverse("admin:rewards_poolcode_upload", args=[milestone.pk])
    return Concern(f"{milestone.streak} · {milestone}", sentence % {"n": number}, address)


def _streaks() -> Iterator[Concern]:
    """Yield streaks that stand still, and live ones in which members have nothing to read or to reach."""
    reachable = Milestone.objects.visible().filter(streak=OuterRef("pk"), status=Status.LIVE)
    for streak in Streak.objects.visible().exclude(status=Status.DRAFT).annotate(has_milestone=Exists(reachable)):
        if streak.paused_at is not None:
            since = date_format(timezone.localtime(streak.paused_at), "DATETIME_FORMAT")
            yield Concern(
                streak.name, _("Paused since %(since)s: it accepts no activity.") % {"since": since}, page_of(streak)
            )
            continue
        if not streak.has_milestone:
            yield Concern(
                streak.name, _("It is live without a live milestone: members earn no reward."), page_of(streak)
            )
        for point in check_member_texts(streak):
            yield Concern(streak.name, point.sentence, point.address)


# What needs attention, the most urgent first: by the right to open the page where it is put right.
CONCERNS: dict[str, Callable[[], Iterator[Concern]]] = {
    "rewards.add_poolcode": _pools,
    "streaks.view_milestone": _limits,
    "streaks.view_streak": _streaks,
    "events.view_webhookendpoint": _endpoints,
    "accounts.add_apikey": _keys,
}
