"""From what a customer writes in a complaint to the page that explains it: a name, a coupon code, an order.

Members, identifiers and codes are found by their beginning, which has indexes; by any part among the newest.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from gamopanda.accounts.models import Member
from gamopanda.accounts.naming import find_members, members_beginning_with
from gamopanda.admin.links import page_of
from rewards.code_keys import code_key
from rewards.models import PoolCode, RewardLog
from streaks.admin.explanation import explanation_of
from streaks.models import Milestone, Streak, StreakLog, StreakProgress

# A code that all members get, or an order number that several streaks count, is found often.
AT_MOST = 20
# Any part of a code or an identifier is looked for in so many of the newest, once it has so many letters.
NEWEST, LETTERS = 20_000, 3


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, and why: a member in a streak, a member without activity, or what belongs to no member."""

    why: str
    address: str
    member: Member | None = None
    streak: Streak | None = None
    name: str = ""


def search_view(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    """Look for what `q` says."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    text = request.GET.get("q", "").strip()
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Find"),
        "opts": model_admin.opts,
        "page_name": _("Find"),
        "text": text,
        "found": list(find(text, request.user)) if text else [],
        "at_most": AT_MOST,
    }
    return TemplateResponse(request, "admin/streaks/streakprogress/find.html", context)


def find(text: str, person: Any = None) -> Iterator[Found]:
    """Yield members in streaks by a name, a coupon code or the identifier of an activity; then codes not given out.

    What leads to pages that `person` may not open is left out; None is somebody who may open all.
    """
    people = [*_members(text), *_records(text, _by_beginning)]
    yield from people or _records(text, _by_part)
    if person is None or person.has_perm("rewards.view_poolcode"):
        yield from _codes(text)
    if person is None or person.has_perm("streaks.view_milestone"):
        yield from _campaigns(text)


def _members(text: str) -> Iterator[Found]:
    named = find_members([text])
    members = list(named.values()) or members_beginning_with(text, at_most=AT_MOST)
    streaks = _streaks_of([member.pk for member in members])
    for member in members:
        why = _("has this external id") if named else _("is called so: %s") % (_name(member) or member.email or "–")
        for streak in streaks.get(member.pk, {}).values():
            yield Found(why, explanation_of(member.pk, streak.pk), member, streak)
        if member.pk not in streaks:
            yield Found(_("%s, and has no activity") % why, page_of(member), member)


def _name(member: Member) -> str:
    return f"{member.first_name} {member.last_name}".strip()


def _streaks_of(member_ids: list[UUID]) -> dict[UUID, dict[UUID, Streak]]:
    """Return the streaks in which members have runs."""
    found: dict[UUID, dict[UUID, Streak]] = {}
    runs = StreakProgress.objects.filter(member__in=member_ids).order_by("member", "streak").select_related("streak")
    for run in runs.iterator():
        found.setdefault(run.member_id, {})[run.streak_id] = run.streak
    return found


def _records(text: str, look: Callable[..., list[Any]]) -> Iterator[Found]:
    """Yield whose rewards and activities have a text, as `look` looks for it."""
    for reward in look(RewardLog.objects, "coupon_code", text, Q(coupon_key=code_key(text))):
        yield _found(_("has the coupon code %s") % reward.coupon_code, reward)
    for log in look(StreakLog.objects, "unique_identifier", text):
        yield _found(_("has the activity %s") % log.unique_identifier, log)


def _by_beginning(records: Any, name: str, text: str, same: Q | None = None) -> list[Any]:
    """Return records whose text begins so, as it is written or all in upper or lower case; or that are the `same`.

    Each condition is a query of its own and in no order, so that it is answered by its index.
    """
    begins = [Q(**{f"{name}__startswith": spelling}) for spelling in {text, text.upper(), text.lower()}]
    found: dict[UUID, Any] = {}
    for condition in [*([same] if same else []), *begins]:
        some = records.filter(condition).order_by().select_related("member", "streak")[:AT_MOST]
        found |= {record.pk: record for record in some}
    return sorted(found.values(), key=attrgetter("created_at", "pk"), reverse=True)[:AT_MOST]


def _by_part(records: Any, name: str, text: str, _same: Q | None = None) -> list[Any]:
    """Return those of the newest records whose text has this part."""
    if len(text) < LETTERS:
        return []
    newest = records.order_by("-created_at", "-id").values("pk")[:NEWEST]
    parts = records.filter(pk__in=newest, **{f"{name}__icontains": text})
    return list(parts.select_related("member", "streak")[:AT_MOST])


def _codes(text: str) -> Iterator[Found]:
    """Yield uploaded codes that no reward has yet."""
    codes = PoolCode.objects.filter(code_key=code_key(text), reward_log=None).select_related("milestone__streak")
    for code in codes[:AT_MOST]:
        address = reverse("admin:rewards_poolcode_upload", args=[code.milestone_id])
        milestone = code.milestone
        why = _("is an uploaded code of %s that is not given out yet") % f"{milestone.streak} · {milestone}"
        yield Found(why, address, name=code.code)


def _campaigns(text: str) -> Iterator[Found]:
    """Yield milestones with a fixed code or a prefix of this text, and streaks and milestones of this name."""
    streaks = Streak.objects.visible().filter(name__icontains=text)
    for streak in streaks[:AT_MOST]:
        yield Found(_("is a streak"), page_of(streak), name=streak.name)
    milestones = Milestone.objects.visible().filter(streak__deleted_at=None).select_related("streak")
    for milestone in milestones.filter(Q(name__icontains=text) | Q(coupon_code__icontains=text))[:AT_MOST]:
        has_code = (
            milestone.coupon_source == Milestone.CouponSource.FIXED and text.lower() in milestone.coupon_code.lower()
        )
        why = _("has the fixed code %s") % milestone.coupon_code if has_code else _("is a milestone")
        yield Found(why, page_of(milestone), name=f"{milestone.streak} · {milestone}")


def _found(why: str, record: RewardLog | StreakLog) -> Found:
    return Found(why, explanation_of(record.member_id, record.streak_id), record.member, record.streak)


URLS = (("find/", "streaks_streakprogress_find", search_view),)
