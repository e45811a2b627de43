"""The page on which people set up a second factor for themselves, and turn it off again."""

from typing import Any

import segno
from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django_otp import verify_token
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key
from unfold.widgets import UnfoldAdminTextInputWidget

from gamopanda.accounts.sign_in import device_of

# Where the key of an authenticator stays until its first code has shown that it was read.
SESSION_KEY = "second_factor_key"


class CodeForm(forms.Form):
    """The six digits that the app shows at this moment."""

    code = forms.RegexField(
        r"^[0-9]{6}$",
        label=_("Code"),
        help_text=_("The six digits that your app shows now, such as 492039."),
        widget=UnfoldAdminTextInputWidget({"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


def second_factor(request: HttpRequest) -> HttpResponse:
    """Show how to set up an authenticator app, or that there is one; a right code turns it on or off."""
    device = device_of(request.user)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        is_done = _turn_on(request, form) if device is None else _turn_off(request, device, form)
        if is_done:
            return HttpResponseRedirect(request.path)
    context = {
        **admin.site.each_context(request),
        "title": _("Second factor"),
        "device": device,
        "form": form,
        **({} if device else _new_key(request)),
    }
    return TemplateResponse(request, "admin/second_factor.html", context)


def _new_key(request: HttpRequest) -> dict[str, Any]:
    """Return the key to set up, as a picture and in letters; it stays the same until a code confirms it."""
    key = request.session.setdefault(SESSION_KEY, default_key())
    device = TOTPDevice(user=request.user, key=key)
    picture = segno.make(device.config_url, error="m").svg_data_uri(scale=5, light="white")
    return {"picture": picture, "letters": device.config_url.split("secret=")[1].split("&")[0]}


def _turn_on(request: HttpRequest, form: CodeForm) -> bool:
    """Keep the authenticator once it has shown a right code, which does not work a second time."""
    key = request.session.get(SESSION_KEY, "")
    clock = TOTP(bytes.fromhex(key))
    if not key or not clock.verify(int(form.cleaned_data["code"]), tolerance=1):
        form.add_error("code", _("This code is not right: is the clock of your phone?"))
        return False
    TOTPDevice.objects.create(user=request.user, name="authenticator", key=key, confirmed=True, last_t=clock.t())
    del request.session[SESSION_KEY]
    messages.success(request, _("From now on, signing in asks you for a code as well."))
    return True


def _turn_off(request: HttpRequest, device: TOTPDevice, form: CodeForm) -> bool:
    """Forget the authenticator of whoever can still read it."""
    if verify_token(request.user, device.persistent_id, form.cleaned_data["code"]) is None:
        form.add_error("code", _("This code is not right, or was used before. Wait for the next one."))
        return False
    device.delete()
    messages.success(request, _("Signing in asks you for your password alone again."))
    return True
