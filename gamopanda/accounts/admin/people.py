"""Administration of those who sign in here."""

from typing import Any, ClassVar

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group, Permission, User
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from gamopanda.accounts.admin.invitations import InvitationForm, give_link, has_link_permission, show_link
from gamopanda.accounts.admin.rights import rights_in_words
from gamopanda.admin.merging import MergingForm
from gamopanda.admin.model_admins import AuditedAdmin, ReadOnlyAdmin

ABOUT_USERS = {
    "username": _("What this person signs in with, such as ann.smith: letters, digits and @ . + - _"),
    "first_name": _("Given name, such as Ann. Optional."),
    "last_name": _("Family name, such as Smith. Optional."),
    "email": _("Such as ann@example.com: a link to choose a password is sent there."),
    "is_active": _(
        "Untick it, for example, for somebody who has left: they cannot sign in, and changes keep their name."
    ),
    "is_staff": _("Whether this person may sign in to the console: for example every colleague in marketing."),
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


class PersonForm(MergingForm):
    """A person who signs in here. Nothing is told of the password; buttons lead to where it is set."""

    class Meta:
        model = User
        fields: list[str] = []
        field_classes: ClassVar[dict[str, Any]] = {"username": UsernameField}


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
    list_display = ["username", "full_name", "email", "group_names", "last_login", "is_active"]
    list_filter = ["groups", "is_active"]
    readonly_fields = ["may_do", "last_login", "date_joined"]
    filter_horizontal = ["user_permissions"]
    form = PersonForm
    add_form = InvitationForm
    add_fieldsets = [(None, {"fields": ["first_name", "last_name", "email", "group"]})]
    change_password_form = AdminPasswordChangeForm
    actions_list = ("invite",)
    actions_detail = ("give_link", "set_password")
    give_link = give_link
    has_link_permission = has_link_permission

    @action(description=_("Invite a colleague"), permissions=["add"], icon="person_add", url_path="invite")
    def invite(self, request: HttpRequest) -> HttpResponse:
        """Go to the form of an invitation."""
        return HttpResponseRedirect(reverse("admin:auth_user_add"))

    @action(description=_("Set a password"), permissions=["link"], icon="password")
    def set_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the page where one is typed for somebody."""
        return HttpResponseRedirect(reverse("admin:auth_user_password_change", args=[object_id]))

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Read the groups along."""
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Leave to those who may do everything what lets others do everything."""
        if obj is None:
            return self.add_fieldsets
        rights = ["groups", "may_do", "is_active", *([] if obj.is_staff else ["is_staff"])]
        everything = [(_("Everything"), {"fields": ["is_superuser", "user_permissions"], "classes": ["collapse"]})]
        return [
            (None, {"fields": [("first_name", "last_name"), "email", "username"]}),
            (_("What this person may do"), {"fields": rights}),
            *(everything if request.user.is_superuser else []),
            (_("Record"), {"fields": [("last_login", "date_joined")]}),
        ]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Let groups be ticked."""
        if db_field.name == "groups":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse to change the account of a person with more rights."""
        return self._is_within_reach(request, obj) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """As with changing."""
        return self._is_within_reach(request, obj) and bool(super().has_delete_permission(request, obj))

    @staticmethod
    def _is_within_reach(request: HttpRequest, obj: User | None) -> bool:
        return obj is None or not obj.is_superuser or bool(request.user.is_superuser)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Put somebody who is invited into the group."""
        super().save_related(request, form, formsets, change)
        if not change:
            form.instance.groups.set([form.cleaned_data["group"]])

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """Send the invitation, or show the link to copy."""
        return show_link(request, self, obj)

    @display(description=_("name"))
    def full_name(self, person: User) -> str:
        return person.get_full_name() or "–"

    @display(description=_("groups"))
    def group_names(self, person: User) -> str:
        return ", ".join(group.name for group in person.groups.all()) or "–"

    @display(description=_("which means"))
    def may_do(self, person: User) -> str:
        """Say what the groups and single rights of this person come to."""
        if person.is_superuser:
            return str(_("Everything."))
        of_groups, own = Q(group__user=person), Q(user=person)
        return rights_in_words(Permission.objects.filter(of_groups | own).select_related("content_type").distinct())


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ExplainedFormAdmin):  # type: ignore[misc]
    """Groups of people who sign in here, with their permissions."""

    about = ABOUT_GROUPS
    fields = ["name", "may_do", "permissions"]
    readonly_fields = ["may_do"]

    @display(description=_("its people may"))
    def may_do(self, group: Group) -> str:
        """Say what the rights of the group come to."""
        return rights_in_words(group.permissions.select_related("content_type"))


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
