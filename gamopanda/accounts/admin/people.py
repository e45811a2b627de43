"""Administration of those who sign in here."""

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db import models
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from gamopanda.admin.merging import MergingForm
from gamopanda.admin.model_admins import AuditedAdmin, ReadOnlyAdmin

ABOUT_USERS = {
    "username": _("What this person signs in with, such as ann.smith: letters, digits and @ . + - _"),
    "first_name": _("Given name, such as Ann. May stay empty."),
    "last_name": _("Family name, such as Smith. May stay empty."),
    "email": _("Such as ann@example.com, for colleagues to read: nothing is sent there."),
    "is_active": _(
        "Untick it, for example, for somebody who has left: they cannot sign in, and changes keep their name."
    ),
    "is_staff": _("Whether this person may sign in here at all: for example every colleague in marketing."),
    "is_superuser": _("May do everything, whatever the groups say: for example who runs this installation."),
    "groups": _("What this person may do, such as Marketer, Support or Integrator."),
    "user_permissions": _("Single rights beside those of the groups, for example to look at API keys."),
}
ABOUT_GROUPS = {
    "name": _("Who is in it, such as “Agency”: people may be in several groups."),
    "permissions": _("What its people may do, for example look at members without changing them."),
}

admin.site.unregister(User)
admin.site.unregister(Group)


class MergingUserForm(MergingForm, UserChangeForm):
    """A person who signs in here, without overwriting what a colleague has changed meanwhile."""


class ExplainedFormAdmin(AuditedAdmin):
    """A form of Django's own, in the words of those who use it."""

    about: dict[str, Any]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Say of each field what it is for, with an example."""
        if db_field.name in self.about:
            kwargs["help_text"] = self.about[db_field.name]
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ExplainedFormAdmin):  # type: ignore[type-arg, misc]
    """People who sign in to this administration."""

    about = ABOUT_USERS
    readonly_fields = ["last_login", "date_joined"]
    form = MergingUserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ExplainedFormAdmin):  # type: ignore[misc]
    """Groups of people who sign in here, with their permissions."""

    about = ABOUT_GROUPS


class ForgettingAdmin(ReadOnlyAdmin, ModelAdmin):
    """What the product writes, and people can only take away."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Allow it with delete permission: the page exists for this."""
        return bool(ModelAdmin.has_delete_permission(self, request, obj))


@admin.register(AccessAttempt)
class FailedSignInAdmin(ForgettingAdmin):
    """Who failed to sign in, and how often; deleting an entry lets somebody who is locked out try again."""

    list_display = ["username", "ip_address", "failures_since_start", "attempt_time"]
    search_fields = ["username", "ip_address"]
    fields = ["username", "ip_address", "failures_since_start", "attempt_time", "user_agent"]


admin.site.unregister(TOTPDevice)
# Backup codes are deleted with the authenticator, and no person may read them.
admin.site.unregister(StaticDevice)


@admin.register(TOTPDevice)
class SecondFactorAdmin(ForgettingAdmin):
    """Second factors; delete one for a person who has lost the phone. The key is never shown."""

    list_display = ["user", "created_at", "last_used_at", "backup_codes_left"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    fields = ["user", "created_at", "last_used_at", "backup_codes_left"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Count the backup codes along."""
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.annotate(codes_left=Count("user__staticdevice__token_set"))  # type: ignore[no-any-return]

    @display(description=_("backup codes left"))
    def backup_codes_left(self, device: Any) -> int:
        """How many of them still work."""
        return int(device.codes_left)
