"""The pages on which people who are not signed in ask for a link, and choose a password."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordResetConfirmView
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminPasswordWidget

from gamopanda.accounts.passwords.links import has_mail, password_link, send_password_link

# Repeated requests by others do not fill a person's mailbox.
SECONDS_BETWEEN = 600


class ForgottenForm(forms.Form):
    """The address that a colleague was invited with."""

    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("The one that you were invited with, such as ann@example.com."),
        widget=UnfoldAdminEmailInputWidget({"autocomplete": "email"}),
    )


def forgotten_password(request: HttpRequest) -> HttpResponse:
    """Send a link to the address that was entered, if somebody who may sign in has it; the answer does not tell."""
    form = ForgottenForm(request.POST or None) if has_mail() else None
    if form is not None and form.is_valid():
        for person in User.objects.filter(email__iexact=form.cleaned_data["email"], is_active=True, is_staff=True):
            if cache.add(f"password-link.{person.pk}", True, SECONDS_BETWEEN):
                send_password_link(person, password_link(request, person))
        messages.success(request, _("If a colleague has this address, a link is on its way there."))
        return redirect("admin:login")
    context = {**admin.site.each_context(request), "title": _("Forgot your password?"), "form": form}
    return TemplateResponse(request, "admin/password/forgotten.html", context)


class PasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """A new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget({"autocomplete": "new-password"})


class ChoosePassword(PasswordResetConfirmView):
    """The page behind a link: a password is chosen, and the link has done its work."""

    form_class = PasswordForm
    template_name = "admin/password/choose.html"
    title = _("Choose a password")
    success_url = reverse_lazy("admin:login")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what every page of the administration needs."""
        return super().get_context_data(**{**admin.site.each_context(self.request), **kwargs})

    def form_valid(self, form: Any) -> HttpResponse:
        """Save the password, and lead to where one signs in with it."""
        saved = super().form_valid(form)
        name = self.user.get_username()  # type: ignore[union-attr]
        messages.success(self.request, _("Your password is set. Sign in as %s.") % name)
        return saved
