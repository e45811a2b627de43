"""Administration of members' time zones: a supporter changes one at once, and what it was stays (S54, S55)."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from gamopanda.accounts.admin.members import MemberAdmin, search_members
from gamopanda.accounts.models import Member, MemberZone
from gamopanda.accounts.zones import ask_for_zone, read_wishes, zones_at, zones_in_effect
from gamopanda.admin.audit import record_change
from gamopanda.admin.fast_widgets import TimeZoneInput
from gamopanda.admin.formatting import instant_text
from gamopanda.admin.links import add_to, linked, page_of
from gamopanda.admin.model_admins import BigTableAdmin, ReadOnlyAdmin

RIGHT = "accounts.add_memberzone"


class ZoneForm(ModelForm):  # type: ignore[type-arg]
    """The time zone that a member is to have at once."""

    class Meta:
        """Fields come from the fieldsets."""

        model = MemberZone
        fields: list[str] = []
        widgets = {"time_zone": TimeZoneInput()}
        help_texts = {
            "member": _("Whose time zone it is, found by external id, such as customer-42."),
            "time_zone": _("The place where the member lives, such as Tokyo. Empty: the zone of each streak counts."),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse what changes nothing."""
        cleaned: dict[str, Any] = super().clean() or {}
        member, time_zone = cleaned.get("member"), cleaned.get("time_zone")
        if member is not None and time_zone is not None:
            present = zones_at(read_wishes([member.pk]).get(member.pk, ()), timezone.now())
            if present.waiting is None and present.time_zone == time_zone:
                message = gettext("The member has this time zone already.")
                self.add_error("time_zone", ValidationError(message, code="unchanged"))
        return cleaned


@admin.register(MemberZone)
class MemberZoneAdmin(ReadOnlyAdmin, BigTableAdmin):
    """Time zones of members: people with the right to it can change one at once; nothing is edited."""

    form = ZoneForm
    list_display = ["asked_at", "member_link", "zone", "counts_from", "author", "reason"]
    list_select_related = ["member"]
    search_fields = ["member__external_id"]
    search_help_text = _("External id of the member, in full")
    ordering = ["-id"]
    fields = readonly_fields = ["member_link", "zone", "state", "reason", "author", "asked_at", "id"]
    autocomplete_fields = ("member",)
    add_fields = ("member", "time_zone", "reason")
    member_link = linked("member", _("member"))

    @display(description=_("time zone"))
    def zone(self, wish: MemberZone) -> str:
        """The name, or whose zone counts instead."""
        return wish.time_zone or str(_("that of each streak"))

    @display(description=_("counts"))
    def state(self, wish: MemberZone) -> str:
        """From when on it counts, or why it does not."""
        effective = zones_in_effect(read_wishes([wish.member_id]).get(wish.member_id, ()))
        if not any(one.asked_at == wish.asked_at and one.time_zone == wish.time_zone for one in effective):
            return str(_("never: another one came before"))
        if wish.counts_from is None:
            return str(_("from the beginning"))
        return gettext("from %(instant)s on") % {"instant": instant_text(wish.counts_from)}

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Find the member first, so that an index serves."""
        if not search_term:
            return queryset, False
        members = search_members(Member.objects.all(), search_term).values_list("pk", flat=True)[:100]
        return queryset.filter(member__in=list(members)), False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """They belong to their members: no entry of their own."""
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask for the right, which the group Support has."""
        return bool(request.user.has_perm(RIGHT))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for what makes a change."""
        return self.add_fields if obj is None else super().get_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let a new one be written."""
        return [] if obj is None else super().get_readonly_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: MemberZone, form: Any, change: bool) -> None:
        """Change the zone at once, and note who did it why."""
        now, author = timezone.now(), f"console: {request.user.get_username()}"
        before = zones_at(read_wishes([obj.member_id]).get(obj.member_id, ()), now).time_zone
        ask_for_zone(obj.member, obj.time_zone, author=author, reason=obj.reason, now=now, is_at_once=True)
        record_change(obj.member, time_zone=(before, obj.time_zone), reason=(None, obj.reason))

    def response_post_save_add(self, request: HttpRequest, obj: MemberZone) -> HttpResponse:
        """Show the member."""
        return HttpResponseRedirect(page_of(obj.member))


def has_zone_permission(model_admin: ModelAdmin, request: HttpRequest, object_id: Any = None) -> bool:
    """Offer it to users who may change time zones."""
    return bool(request.user.has_perm(RIGHT))


@action(description=_("Change time zone"), permissions=["zone"], icon="travel_explore")
def change_zone(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the form."""
    member = get_object_or_404(Member, pk=object_id)
    return HttpResponseRedirect(add_to(MemberZone, member=member.pk))


MemberAdmin.add_page(button=change_zone, permission=has_zone_permission)
