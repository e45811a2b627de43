"""The pages and the doings of the demo shop."""

import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from gamopanda.accounts.models import Member
from gamopanda.accounts.naming import find_member
from gamopanda.demo.seven_day_shopper import SEVEN_DAY_SHOPPER
from gamopanda.demo.shop.backend import post, sign_token
from gamopanda.demo.shop.visitor import external_id_of, start_over
from gamopanda.demo.shop.webhooks import NAME, is_genuine, received_about
from gamopanda.demo.weekly_regular import WEEKLY_REGULAR
from gamopanda.events.models import WebhookEndpoint
from streaks.models import Streak

View = Callable[..., HttpResponse]

DEEDS = {
    "buy": (SEVEN_DAY_SHOPPER.id, "made_a_purchase", 20),
    "visit": (WEEKLY_REGULAR.id, "visited_store", 1),
}
"""What a visitor can do -> the streak that it counts for, the kind of activity, and its value."""

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"


def only_for_trials(view: View) -> View:
    """Let a view answer only where the installation is for trying things out."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.GAMOPANDA_DEMO:
            raise Http404("There is no demo shop here: GAMOPANDA_DEMO=1 opens one.")
        return view(request, *args, **kwargs)

    return guarded


@only_for_trials
@never_cache
@ensure_csrf_cookie
@require_safe
def show_shop(request: HttpRequest) -> HttpResponse:
    """Show the shop."""
    context = {
        "config": {
            "accountId": settings.GAMOPANDA_ACCOUNT_ID,
            "hasWebhook": WebhookEndpoint.objects.filter(description=NAME).exists(),
            **state_of(request),
        },
        "languages": settings.LANGUAGES,
        "has_streaks": Streak.objects.visible().filter(pk__in=[streak for streak, *_rest in DEEDS.values()]).exists(),
    }
    page = render(request, "demo/shop.html", context)
    page["Content-Security-Policy"] = POLICY
    return page


def state_of(request: HttpRequest) -> dict[str, Any]:
    """Return who visits, with a fresh token, and how many days have passed."""
    external_id = external_id_of(request.session)
    token = sign_token(external_id, now=timezone.now())
    return {"externalId": external_id, "accessToken": token, "days": request.session.get("demo_days", 0)}


@only_for_trials
@never_cache
@require_POST
def renew_token(request: HttpRequest) -> HttpResponse:
    """Answer with a new token, as a shop's backend does for the customer who is signed in."""
    return JsonResponse(state_of(request))


@only_for_trials
@never_cache
@require_POST
def do_deed(request: HttpRequest, deed: str) -> HttpResponse:
    """Do something as a customer, and answer with the call that told the API."""
    if deed not in DEEDS:
        raise Http404("The demo shop has no such action.")
    call = post(request, "streak_log/record", log_body(external_id_of(request.session), *DEEDS[deed]))
    return JsonResponse({"calls": [asdict(call)], **state_of(request)})


@only_for_trials
@csrf_exempt
@require_POST
def take_webhook(request: HttpRequest) -> HttpResponse:
    """Take a call of the engine, if it is signed."""
    return HttpResponse(status=204) if is_genuine(request) else HttpResponse("The signature is wrong.", status=401)


@only_for_trials
@never_cache
@require_safe
def list_webhooks(request: HttpRequest) -> HttpResponse:
    """Answer with the calls about the visitor that the shop has taken."""
    member = find_member(external_id_of(request.session))
    return JsonResponse({"calls": [] if member is None else received_about(member)})


def written(instant: datetime) -> str:
    """Write an instant as a shop sends it."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def present_of(member: Member | None) -> datetime:
    """Return the present of a visitor."""
    return timezone.now() if member is None else member.now_at(timezone.now())


def log_body(external_id: str, streak_id: UUID, activity_id: str, value: int) -> dict[str, Any]:
    """Return the log that a shop sends for one deed."""
    present = present_of(find_member(external_id))
    return {
        "streakId": str(streak_id),
        "ownedBy": {"externalId": external_id, "firstName": "Demo", "lastName": "Visitor"},
        "activityAt": written(present),
        "activityId": activity_id,
        "uniqueIdentifier": f"demo-{secrets.token_hex(6)}",
        "activityValue": value,
    }


@only_for_trials
@never_cache
@require_POST
def come_back_tomorrow(request: HttpRequest) -> HttpResponse:
    """Let a day pass for the visitor, on the visitor's own clock."""
    member = find_member(external_id_of(request.session))
    calls = []
    if member is not None:
        tomorrow = {"now": written(present_of(member) + timedelta(days=1))}
        calls.append(asdict(post(request, f"account_user/record/{member.pk}/clock", tomorrow)))
    request.session["demo_days"] = request.session.get("demo_days", 0) + 1
    return JsonResponse({"calls": calls, **state_of(request)})


@only_for_trials
@never_cache
@require_POST
def begin_anew(request: HttpRequest) -> HttpResponse:
    """Come as somebody new."""
    start_over(request.session)
    return JsonResponse({"calls": [], **state_of(request)})
