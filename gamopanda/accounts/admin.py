"""Administration of those who sign in here, of members, and of the keys of the client's own servers."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from gamopanda.accounts.erasure import delete_member
from gamopanda.accounts.models import ApiKey, Member
from gamopanda.admin import STATUS_COLOURS, BigTableAdmin, ExplainedDeletionAdmin, list_of

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """People who sign in to this administration."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Groups of people who sign in here, with their permissions."""


def search_members(queryset: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
    """Narrow members to the one with this external id; else to this e-mail, or to this beginning of an external id.

    What is searched for most has an index, however many members there are.
    """
    exact = queryset.filter(external_id=term)
    if exact.exists():
        return exact
    return queryset.filter(email__iexact=term) if "@" in term else queryset.filter(external_id__startswith=term)


@admin.register(Member)
class MemberAdmin(ExplainedDeletionAdmin, BigTableAdmin):
    """Members, with links to everything recorded for each of them."""

    list_display = ["external_id", "full_name", "status_label", "created_at"]
    list_filter = ["status"]
    search_fields = ["external_id"]
    search_help_text = _("External id or e-mail")
    readonly_fields = ["id", "records", "created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["external_id", "status", "records"]}),
        (_("Person"), {"fields": [("first_name", "last_name"), ("email", "phone_number")]}),
        (_("Record"), {"fields": ["id", ("created_at", "updated_at")]}),
    ]

    @display(description=_("name"))
    def full_name(self, member: Member) -> str:
        """First and last name, as far as they are known."""
        return f"{member.first_name} {member.last_name}".strip()

    @display(description=_("status"), label=STATUS_COLOURS)
    def status_label(self, member: Member) -> tuple[str, str]:
        """The status, in colour."""
        return member.status, member.get_status_display()

    @display(description=_("recorded"))
    def records(self, member: Member) -> str:
        """Links to the lists of what other apps keep for this member, with how many there are."""
        return format_html_join(
            " · ",
            '<a href="{}" class="text-primary-600 dark:text-primary-500">{} {}</a>',
            (
                (
                    list_of(model, member__id__exact=member.pk),
                    model._default_manager.filter(member=member).count(),
                    name,
                )
                for model, name in records_of_members()
            ),
        )

    def get_fieldsets(self, request: HttpRequest, obj: Member | None = None) -> Any:
        """Leave out what a new member cannot have yet."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else [(None, {"fields": ["external_id", "status"]}), fieldsets[1]]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """Search for the whole term, blanks included: external ids may have them."""
        return (search_members(queryset, search_term) if search_term else queryset), False

    def deletion_meaning(self, obj: models.Model) -> str:
        """Say what S35 does."""
        if not any(model._default_manager.filter(member=obj).exists() for model, _name in records_of_members()):
            return str(_("has no activity and is deleted for good. This cannot be undone."))
        return str(
            _(
                "the person is erased. Names, e-mail and phone number are cleared and the external id is replaced by a "
                "random one; logs, runs and rewards stay for the accounts. This cannot be undone."
            )
        )

    def delete_one(self, obj: Any) -> None:
        """Erase the person, not the facts (S35)."""
        delete_member(obj)


def records_of_members() -> list[tuple[type[models.Model], str]]:
    """Return the models of other apps that belong to a member and have a list here, with their names."""
    relations = [relation.related_model for relation in Member._meta.related_objects if relation.field.name == "member"]
    return [(model, str(model._meta.verbose_name_plural)) for model in relations if admin.site.is_registered(model)]


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """API keys; the secret is shown on the page that answers the creation, and never again."""

    list_display = ["name", "api_key", "status_label", "created_at"]
    list_filter = ["status"]
    search_fields = ["name", "api_key"]
    readonly_fields = ["api_key", "created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["name", "description", "status"]}),
        (_("Record"), {"fields": ["api_key", ("created_at", "updated_at")]}),
    ]

    @display(description=_("status"), label=STATUS_COLOURS)
    def status_label(self, key: ApiKey) -> tuple[str, str]:
        """The status, in colour."""
        return key.status, key.get_status_display()

    def get_fieldsets(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        """Leave out what a new key does not have yet."""
        return super().get_fieldsets(request, obj)[: None if obj else 1]

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Answer with the secret itself: a message would carry it through a cookie or the session."""
        context = {**self.admin_site.each_context(request), "title": _("API key made"), "key": obj, "opts": self.opts}
        return TemplateResponse(request, "admin/accounts/apikey/created.html", context)
