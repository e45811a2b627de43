"""The page on which a member chooses reminders: its address is signed, and that is the login (R5)."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from modeltranslation.utils import get_language_bidi

from gamopanda.accounts.models import Member
from gamopanda.accounts.reminder_types import ReminderType
from gamopanda.api.serializers.language import readable_language
from gamopanda.events.reminders.mailing import member_of_token


class PreferencesForm(forms.Form):
    """Which reminders a member wants."""

    types = forms.MultipleChoiceField(
        label=_("Remind me of"), choices=ReminderType.choices, required=False, widget=forms.CheckboxSelectMultiple
    )


# A mail program sends no cookie, and only the member knows the address.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show the choice; a POST stores it. A mail program's one click switches all reminders off (RFC 8058)."""
    member_id = member_of_token(token)
    member = None if member_id is None else Member.objects.filter(pk=member_id).first()
    if member is None:
        raise Http404
    if request.method == "POST":
        return _change(request, member)
    return _page(request, member, is_saved=False)


def _change(request: HttpRequest, member: Member) -> HttpResponse:
    if request.POST.get("List-Unsubscribe") == "One-Click" or "none" in request.POST:
        return _page(request, _store(member, wanted=[]), is_saved=True)
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _page(request, member, is_saved=False, status=400)
    return _page(request, _store(member, wanted=form.cleaned_data["types"]), is_saved=True)


@transaction.atomic
def _store(member: Member, *, wanted: list[str]) -> Member:
    """Store which reminders a member wants; none at all is off, also for types that come later."""
    locked = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    locked.reminders_enabled = bool(wanted)
    if wanted:
        locked.reminders_off = [name for name in ReminderType.values if name not in wanted]
    locked.save(update_fields=["reminders_enabled", "reminders_off", "updated_at"])
    return locked


def _page(request: HttpRequest, member: Member, *, is_saved: bool, status: int = 200) -> HttpResponse:
    language = readable_language(member.language_code)
    off = set(member.reminders_off)
    wanted = [name for name in ReminderType.values if name not in off] if member.reminders_enabled else []
    with override(language):
        context: dict[str, Any] = {
            "form": PreferencesForm(initial={"types": wanted}),
            "is_saved": is_saved,
            "language": language,
            "direction": "rtl" if get_language_bidi(language) else "ltr",
        }
        return render(request, "reminders/preferences.html", context, status=status)
