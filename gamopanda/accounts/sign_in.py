"""Signing in to the administration: the password, the code of a second factor, and an end to guessing."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django_otp import verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from gamopanda.accounts.backup_codes import DIGITS, backup_codes_left, use_backup_code
from gamopanda.admin.audit import record_change

TOO_MANY_REQUESTS = 429


def device_of(user: Any) -> TOTPDevice | None:
    """Return the authenticator that a person has set up."""
    return TOTPDevice.objects.devices_for_user(user, confirmed=True).first()


def is_second_factor(user: Any, device: TOTPDevice, code: str) -> bool:
    """Say whether a code is that of the app at this moment, or a backup code; either works once."""
    if len(code) != DIGITS:
        return verify_token(user, device.persistent_id, code) is not None
    is_right = use_backup_code(user, code)
    if is_right:
        left = backup_codes_left(user)
        record_change(device, backup_codes_left=(left + 1, left))
    return is_right


class SignInForm(AuthenticationForm):  # type: ignore[misc]  # unfold carries no types
    """User name and password, and a code from people who have set up a second factor."""

    code = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=12,
        help_text=_("From your authenticator app, such as 492039, if you have set one up; or a backup code."),
        widget=UnfoldAdminTextInputWidget({"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def confirm_login_allowed(self, user: User) -> None:
        """Ask for the code where there is a second factor; a wrong one counts as a failure to sign in."""
        super().confirm_login_allowed(user)
        device, code = device_of(user), self.cleaned_data.get("code")
        if device is None:
            return
        if not code:
            raise ValidationError(_("Enter the code of your authenticator app as well."), code="code_required")
        if not is_second_factor(user, device, code):
            credentials = {"username": user.get_username()}
            user_login_failed.send(sender=__name__, credentials=credentials, request=self.request)
            raise ValidationError(
                _("That code is not correct, or was used before. Wait for the next one."), code="code_wrong"
            )


def locked_out(
    request: HttpRequest, _original_response: HttpResponse | None = None, _credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Say for how long signing in under this name from this address is blocked; named in the settings."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {**admin.site.each_context(request), "title": _("Too many attempts"), "minutes": minutes}
    answer = render(request, "admin/locked_out.html", context, status=TOO_MANY_REQUESTS)
    answer["Retry-After"] = str(minutes * 60)
    return answer
