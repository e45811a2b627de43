"""Inviting a colleague: name, e-mail address, group; and the link with which they choose a password."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from gamopanda.accounts.passwords.links import days_valid, has_mail, password_link, send_password_link
from gamopanda.admin.audit import record_change
from gamopanda.admin.links import page_of


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    """A colleague who signs in with the e-mail address, and chooses the password."""

    group = forms.ModelChoiceField(
        Group.objects.order_by("name"),
        label=_("Group"),
        required=False,
        empty_label=None,
        help_text=_("What they may do, such as Marketer for somebody who makes streaks. It can be changed later."),
        widget=UnfoldAdminRadioSelectWidget(),
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email"]
        widgets = {
            "first_name": UnfoldAdminTextInputWidget(),
            "last_name": UnfoldAdminTextInputWidget(),
            "email": UnfoldAdminEmailInputWidget(),
        }
        help_texts = {
            "first_name": _("Given name, such as Ann."),
            "last_name": _("Family name, such as Smith. Optional."),
            "email": _("They sign in with it, such as ann@example.com. A link to choose a password is for them."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = self.fields["email"].required = self.fields["group"].required = True

    def clean_email(self) -> str:
        """Refuse the address of somebody who is here already, and one that cannot be a name to sign in with."""
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(Q(username__iexact=email) | Q(email__iexact=email)).exists():
            raise ValidationError(_("A colleague has this address already: look for it in the list."), code="unique")
        User._meta.get_field("username").run_validators(email)
        return email

    def save(self, commit: bool = True) -> User:
        """Make somebody who can sign in as soon as they have chosen a password."""
        person: User = self.instance
        person.username, person.is_staff = self.cleaned_data["email"], True
        person.set_unusable_password()
        return super().save(commit)  # type: ignore[no-any-return]


def has_link_permission(model_admin: ModelAdmin, request: HttpRequest, object_id: Any = None) -> bool:
    """Offer it for somebody who may sign in, to those who may change them."""
    person = None if object_id is None else model_admin.get_object(request, str(object_id))
    return person is not None and person.is_active and bool(model_admin.has_change_permission(request, person))


@action(description=_("Link for a password"), permissions=["link"], icon="key")
def give_link(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask whether somebody is to get a link, then give it."""
    person = get_object_or_404(User, pk=object_id)
    if request.method == "POST":
        record_change(person, password_link=(None, timezone.now()))
        return show_link(request, model_admin, person)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("A link to choose a password"),
        "opts": model_admin.opts,
        "object": person,
        "page_name": _("Link for a password"),
        "person": name_of(person),
        "person_page": page_of(person),
    }
    return TemplateResponse(request, "admin/accounts/user/give_link.html", context)


def name_of(person: User) -> str:
    """Return what colleagues call somebody."""
    return person.get_full_name() or person.get_username()


def show_link(request: HttpRequest, model_admin: ModelAdmin, person: User) -> HttpResponse:
    """Send somebody a link to choose a password, or show it where that cannot be."""
    link = password_link(request, person)
    is_sent = bool(has_mail() and person.email) and send_password_link(person, link)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("A link to choose a password"),
        "opts": model_admin.opts,
        "object": person,
        "page_name": _("Link for a password"),
        "person": name_of(person),
        "email": person.email,
        "link": link,
        "is_sent": is_sent,
        "has_mail": has_mail(),
        "days": days_valid(),
        "person_page": page_of(person),
    }
    return TemplateResponse(request, "admin/accounts/user/link.html", context)
