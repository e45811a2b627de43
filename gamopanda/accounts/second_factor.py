"""The page on which people set up a second factor for themselves, and turn it off again."""

from typing import Any

import segno
from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key
from unfold.widgets import UnfoldAdminTextInputWidget

from gamopanda.accounts.backup_codes import backup_codes_left, forget_backup_codes, make_backup_codes
from gamopanda.accounts.sign_in import device_of, is_second_factor
from gamopanda.admin.audit import record_change

# Where the key of an authenticator stays until its first code has shown that it was read.
SESSION_KEY = "second_factor_key"


class CodeForm(forms.Form):
    """The six digits that the app shows at this moment, or one of the backup codes."""

    code = forms.RegexField(
        r"^([0-9]{6}|[0-9]{10})$",
        label=_("Code"),
        help_text=_("The six digits that your app shows now, such as 492039; or one of your backup codes."),
        widget=UnfoldAdminTextInputWidget({"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


def second_factor(request: HttpRequest) -> HttpResponse:
    """Show how to set up an authenticator app, or that there is one; a right code turns it on or off.

    Backup codes are part of the answer that makes them: a message would carry them through a cookie or the session.
    """
    form, backup_codes = CodeForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        device = device_of(request.user)
        if device is None:
            backup_codes = _turn_on(request, form)
        elif _is_right(device, form):
            if "new_codes" not in request.POST:
                return _turn_off(request, device)
            backup_codes = _renew(request, device)
    return _page(request, CodeForm() if backup_codes else form, backup_codes)


def _page(request: HttpRequest, form: CodeForm, backup_codes: list[str] | None) -> HttpResponse:
    device = device_of(request.user)
    context = {
        **admin.site.each_context(request),
        "title": _("Second factor"),
        "device": device,
        "form": form,
        "backup_codes": backup_codes,
        "codes_left": backup_codes_left(request.user),
        **({} if device else _new_key(request)),
    }
    return TemplateResponse(request, "admin/second_factor.html", context)


def _new_key(request: HttpRequest) -> dict[str, Any]:
    """Return the key to set up, as a picture and in letters; it stays the same until a code confirms it."""
    key = request.session.setdefault(SESSION_KEY, default_key())
    device = TOTPDevice(user=request.user, key=key)
    picture = segno.make(device.config_url, error="m").svg_data_uri(scale=5, light="white")
    return {"picture": picture, "letters": device.config_url.split("secret=")[1].split("&")[0]}


def _turn_on(request: HttpRequest, form: CodeForm) -> list[str] | None:
    """Keep the authenticator once it has shown a right code, which does not work a second time; return backup codes."""
    key = request.session.get(SESSION_KEY, "")
    clock = TOTP(bytes.fromhex(key))
    if not key or not clock.verify(int(form.cleaned_data["code"]), tolerance=1):
        form.add_error("code", _("That code is not correct. Check that your phone's clock is right."))
        return None
    TOTPDevice.objects.create(user=request.user, name="authenticator", key=key, confirmed=True, last_t=clock.t())
    del request.session[SESSION_KEY]
    messages.success(request, _("From now on, signing in asks you for a code as well."))
    return make_backup_codes(request.user)


def _is_right(device: TOTPDevice, form: CodeForm) -> bool:
    """Say whether a code is right; the form tells when it is not."""
    if is_second_factor(device.user, device, form.cleaned_data["code"]):
        return True
    form.add_error("code", _("That code is not correct, or was used before. Wait for the next one."))
    return False


def _turn_off(request: HttpRequest, device: TOTPDevice) -> HttpResponse:
    """Delete the person's authenticator and backup codes."""
    forget_backup_codes(request.user)
    device.delete()
    messages.success(request, _("Signing in asks you for your password alone again."))
    return HttpResponseRedirect(request.path)


def _renew(request: HttpRequest, device: TOTPDevice) -> list[str]:
    """Return new backup codes in place of those that were left."""
    left = backup_codes_left(request.user)
    codes = make_backup_codes(request.user)
    record_change(device, backup_codes_left=(left, len(codes)))
    messages.success(request, _("Your earlier backup codes do not work any more."))
    return codes
