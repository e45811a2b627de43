"""From what a customer writes in a complaint to the page that explains it: an external id, a coupon code, an order."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from gamopanda.accounts.models import Member
from gamopanda.accounts.naming import find_members
from gamopanda.admin.links import page_of
from rewards.code_keys import code_key
from rewards.models import RewardLog
from streaks.admin.explanation import explanation_of
from streaks.models import Streak, StreakLog, StreakProgress

# A code that all members get, or an order number that several streaks count, is found often.
AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A member in a streak, and why it was found; without a streak, a member who has no activity."""

    why: str
    member: Member
    streak: Streak | None
    address: str


def search_view(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    """Look for exactly what `q` says."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    text = request.GET.get("q", "").strip()
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Find"),
        "opts": model_admin.opts,
        "text": text,
        "found": list(find(text)) if text else [],
        "at_most": AT_MOST,
    }
    return TemplateResponse(request, "admin/streaks/streakprogress/find.html", context)


def find(text: str) -> Iterator[Found]:
    """Yield members in streaks by an external id, a coupon code, or the identifier of an activity."""
    yield from _members(text)
    for reward in RewardLog.objects.filter(coupon_key=code_key(text)).select_related("member", "streak")[:AT_MOST]:
        yield _found(_("has this coupon code"), reward)
    for log in StreakLog.objects.filter(unique_identifier=text).select_related("member", "streak")[:AT_MOST]:
        yield _found(_("has this activity"), log)


def _members(text: str) -> Iterator[Found]:
    for member in find_members([text]).values():
        runs = StreakProgress.objects.filter(member=member).order_by("streak", "-starts_on").select_related("streak")
        streaks = {run.streak_id: run.streak for run in runs.iterator()}
        for streak in streaks.values():
            yield Found(_("has this external id"), member, streak, explanation_of(member.pk, streak.pk))
        if not streaks:
            yield Found(_("has this external id, and no activity"), member, None, page_of(member))


def _found(why: str, record: RewardLog | StreakLog) -> Found:
    return Found(why, record.member, record.streak, explanation_of(record.member_id, record.streak_id))


URLS = (("find/", "streaks_streakprogress_find", search_view),)
