"""What people do to save runs: restorations, excuses, amnesties and freezes, each previewed, with a reason, by name."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from gamopanda.accounts.naming import find_members
from gamopanda.admin.audit import record_saved
from gamopanda.admin.links import leave_dialog, link_to, page_of
from gamopanda.admin.model_admins import ReadOnlyAdmin
from streaks.admin.activity import MemberRecordAdmin
from streaks.admin.explanation import EXCUSE, GIVE, RESTORE, explanation_of
from streaks.admin.previewing import PreviewedAdmin, applied_text
from streaks.models import ExcusedMember, ExcuseKind, StreakExcuse, StreakFreeze
from streaks.progress.applying import apply_when_stored
from streaks.progress.deriving import Impact
from streaks.progress.excuses import MOST_LISTED, declare_amnesty, estimate_amnesty, excuse_member, preview, revoke
from streaks.progress.freezes import FreezesFull, GivenBefore, give_freezes

RESTORE_ANY = "streaks.restore_any_run"
FIELDS = {"startsOn": "starts_on", "endsOn": "ends_on", "streakId": "streak", "appliedAt": NON_FIELD_ERRORS}


def impact_sentence(impact: Impact) -> str:
    """Say what a change does."""
    runs = impact.runs
    counts = [
        (runs.revived, ngettext("%(n)s run lives again", "%(n)s runs live again", runs.revived)),
        (runs.joined, ngettext("%(n)s run is joined", "%(n)s runs are joined", runs.joined)),
        (runs.extended, ngettext("%(n)s run has more periods", "%(n)s runs have more periods", runs.extended)),
        (runs.split, ngettext("%(n)s run is split", "%(n)s runs are split", runs.split)),
        (runs.broken, ngettext("%(n)s run breaks", "%(n)s runs break", runs.broken)),
    ]
    rewards = impact.rewards.total()
    counts.append((rewards, ngettext("%(n)s reward is issued", "%(n)s rewards are issued", rewards)))
    parts = [text % {"n": number} for number, text in counts if number]
    members = ngettext("%(n)s member changes", "%(n)s members change", impact.members) % {"n": impact.members}
    return f"{members}: {', '.join(parts)}." if parts else gettext("No run changes by this.")


class ExcuseForm(forms.ModelForm):  # type: ignore[type-arg]
    """An excuse, checked and previewed before it is made."""

    external_ids = forms.CharField(
        label=_("Members"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_(
            "External ids of the members of an amnesty, such as customer-42, one on each line. Empty: everybody."
        ),
    )
    request: HttpRequest

    class Meta:
        """Fields come from the fieldsets."""

        model = StreakExcuse
        fields: list[str] = []
        help_texts = {
            "kind": _(
                "A restoration excuses what one member missed between the last broken run and the present one. A break "
                "excuses days to come. An amnesty excuses any days, for example after an outage."
            ),
            "streak": _("The streak that it concerns, for example the one that was down. Empty: all streaks."),
            "member": _("The member, found by external id, such as customer-42."),
            "starts_on": _("The first day, for example 2026-03-03. A restoration finds the days by itself."),
            "ends_on": _("The last day, for example 2026-03-04."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts_on", "ends_on"):
            if name in self.fields:
                self.fields[name].required = False
        if "kind" in self.fields:
            self.fields["kind"].choices = kind_choices(self.request)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Look what would follow; what the rules refuse stands beside its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        names = cleaned.get("external_ids", "").split()
        self.member_ids = self._member_ids(names)
        if self.errors or not self._has_dates(cleaned):
            return cleaned
        try:
            self.impact = self._preview(StreakExcuse(**self._values(cleaned)))
        except ValidationError as error:
            for name, errors in error.error_dict.items():
                field = FIELDS.get(name, name)
                self.add_error(None if field == NON_FIELD_ERRORS else field, ValidationError(errors))
        return cleaned

    def _member_ids(self, names: list[str]) -> Any:
        if not names:
            return None
        members = find_members(names[: MOST_LISTED + 1])
        missing = [name for name in names if name not in members]
        if missing:
            message = gettext("There is no member with the external id %(name)s.") % {"name": missing[0]}
            self.add_error("external_ids", ValidationError(message, code="not_found"))
        return [member.pk for member in members.values()]

    def _has_dates(self, cleaned: dict[str, Any]) -> bool:
        needed = () if cleaned["kind"] == ExcuseKind.RESTORATION else ("starts_on", "ends_on")
        for name in needed:
            if cleaned.get(name) is None:
                self.add_error(name, ValidationError(gettext("Choose a day."), code="required"))
        one = cleaned["kind"] != ExcuseKind.AMNESTY
        if one and cleaned.get("member") is None:
            self.add_error("member", ValidationError(gettext("Choose a member."), code="required"))
        if cleaned["kind"] == ExcuseKind.RESTORATION and cleaned.get("streak") is None:
            self.add_error("streak", ValidationError(gettext("Choose a streak."), code="required"))
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", ValidationError(gettext("The last day cannot be before the first.")))
        return not self.errors

    def _values(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        names = ("kind", "streak", "member", "starts_on", "ends_on", "reason", "without_rewards")
        return {name: cleaned.get(name) for name in names} | {"created_by": author_of(self.request)}

    def _preview(self, excuse: StreakExcuse) -> Impact:
        now = timezone.now()
        if excuse.member_id is None:
            return estimate_amnesty(excuse, self.member_ids, now=now)
        return preview(lambda: excuse_member(excuse, now=now, is_limited=not self.request.user.has_perm(RESTORE_ANY)))


def author_of(request: HttpRequest) -> str:
    """Return who acts, as facts name their authors."""
    return f"console: {request.user.get_username()}"


def kind_choices(request: HttpRequest) -> list[tuple[str, Any]]:
    """Return the kinds of excuses that somebody may make."""
    kinds = ExcuseKind.choices if request.user.has_perm(EXCUSE) else []
    restoration = (ExcuseKind.RESTORATION.value, ExcuseKind.RESTORATION.label)
    return kinds or [restoration]


@admin.register(StreakExcuse)
class StreakExcuseAdmin(PreviewedAdmin, MemberRecordAdmin):
    """Excuses: previewed, made, and revoked here; never edited."""

    form = ExcuseForm
    list_display = ["kind", "streak_link", "concerned", "starts_on", "ends_on", "created_by", "state"]
    list_filter = ["kind", *MemberRecordAdmin.list_filter]
    ordering = ["-id"]
    fieldsets = [
        (None, {"fields": [("kind", "state"), ("streak_link", "concerned"), ("starts_on", "ends_on"), "reason"]}),
        (_("Record"), {"fields": ["without_rewards", "created_by", ("revoked_at", "revoked_by"), "id", "created_at"]}),
    ]
    readonly_fields = ["streak_link", "concerned", "state"]
    autocomplete_fields = ("member", "streak")
    add_fields = (
        "kind",
        "streak",
        "member",
        "external_ids",
        ("starts_on", "ends_on"),
        "reason",
        "without_rewards",
    )
    actions_detail = ["revoke_excuse"]

    @display(description=_("streak"))
    def streak_link(self, excuse: StreakExcuse) -> str:
        """The one streak; without one it concerns all."""
        return str(_("all streaks")) if excuse.streak is None else link_to(excuse.streak)

    @display(description=_("for"))
    def concerned(self, excuse: StreakExcuse) -> str:
        """Whom it concerns."""
        if excuse.member is not None:
            return excuse.member.external_id
        if excuse.is_for_list:
            count = excuse.total_members
            return ngettext("%(n)s member", "%(n)s members", count) % {"n": count}
        return gettext("everybody")

    @display(description=_("state"))
    def state(self, excuse: StreakExcuse) -> str:
        """How far it has been applied, or that it was revoked."""
        return applied_text(excuse) or (gettext("applied") if excuse.revoked_at is None else gettext("revoked"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask for one of the rights: to restore a run, or to excuse any days."""
        return bool(request.user.has_perm(RESTORE) or request.user.has_perm(EXCUSE))

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer to revoke what can be revoked."""
        excuse = None if object_id is None else self.get_object(request, str(object_id))
        if excuse is None or excuse.revoked_at is not None or excuse.kind == ExcuseKind.MEMBER_BREAK:
            return False
        right = RESTORE if excuse.kind == ExcuseKind.RESTORATION else EXCUSE
        return bool(request.user.has_perm(right))

    def preview_sentence(self, form: Any) -> str:
        """Say what the excuse would do."""
        return impact_sentence(form.impact)

    def save_model(self, request: HttpRequest, obj: StreakExcuse, form: Any, change: bool) -> None:
        """Make the excuse with everything that follows, and note who made it why."""
        now, obj.created_by = timezone.now(), author_of(request)
        if obj.member_id is None:
            declare_amnesty(obj, form.member_ids)
        else:
            excuse_member(obj, now=now, is_limited=not request.user.has_perm(RESTORE_ANY))
        record_saved(obj, None, reason=(None, obj.reason))
        if obj.member_id is None:
            apply_when_stored(obj, now=now)

    def response_post_save_add(self, request: HttpRequest, obj: StreakExcuse) -> HttpResponse:
        """Show where the member stands now."""
        if obj.member_id is None or obj.streak_id is None:
            return HttpResponseRedirect(page_of(obj))
        return HttpResponseRedirect(explanation_of(obj.member_id, obj.streak_id))

    @action(
        description=_("Revoke"),
        permissions=["revoke"],
        icon="undo",
        dialog={
            "title": _("Revoke?"),
            "description": _("Runs are again as they were without it. Rewards that were issued stay."),
            "form_class": BaseDialogForm,
            "form_submit_text": _("Revoke"),
        },
    )
    def revoke_excuse(self, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
        """Take the excuse back (S41)."""
        excuse, now = StreakExcuse.objects.get(pk=object_id), timezone.now()
        try:
            impact = revoke(excuse, by=author_of(request), now=now)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return leave_dialog(request, page_of(excuse))
        if excuse.member_id is None:
            apply_when_stored(excuse, now=now)
            messages.success(request, _("It is revoked, for one member after the other."))
        else:
            messages.success(request, _("It is revoked. %(impact)s") % {"impact": impact_sentence(impact)})
        record_saved(excuse, None, revoked_by=("", excuse.revoked_by))
        return leave_dialog(request, page_of(excuse))


class FreezeForm(forms.ModelForm):  # type: ignore[type-arg]
    """A gift of freezes, tried before it is made."""

    request: HttpRequest

    class Meta:
        """Fields come from the fieldsets."""

        model = StreakFreeze
        fields: list[str] = []
        help_texts = {"member": _("The member who gets them, found by external id, such as customer-42.")}

    def clean(self) -> dict[str, Any]:
        """Refuse what the rules refuse (S47)."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        freeze = StreakFreeze(**{name: cleaned[name] for name in StreakFreezeAdmin.add_fields}, created_by="preview")
        try:
            preview(lambda: give_freezes(freeze, now=timezone.now()))
        except FreezesFull as error:
            self.add_error("quantity", ValidationError(str(error), code="freezes_full"))
        except GivenBefore:
            message = gettext("Freezes were given under this identifier before.")
            self.add_error("unique_identifier", ValidationError(message, code="unique"))
        except ValidationError as error:
            self.add_error(None, ValidationError(error.messages))
        return cleaned


@admin.register(ExcusedMember)
class ExcusedMemberAdmin(ReadOnlyAdmin):
    """Members of an amnesty."""

    list_display = ["member", "excuse"]
    list_select_related = ["member", "excuse"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """They belong to their amnesty: no entry of their own."""
        return False


@admin.register(StreakFreeze)
class StreakFreezeAdmin(MemberRecordAdmin):
    """Freezes that were given: people with the right to it can give more; nothing is edited."""

    form = FreezeForm
    list_display = ["given_at", "member_link", "streak_link", "quantity", "reason", "created_by"]
    ordering = ["-id"]
    fieldsets = [
        (None, {"fields": [("member_link", "streak_link"), ("quantity", "given_at"), "reason"]}),
        (_("Record"), {"fields": ["unique_identifier", "created_by", "id", "created_at"]}),
    ]
    readonly_fields = ["member_link", "streak_link"]
    autocomplete_fields = ("member", "streak")
    add_fields = ("member", "streak", "quantity", "reason", "unique_identifier")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask for the right, which the groups Support and Marketer have."""
        return bool(request.user.has_perm(GIVE))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose an identifier that no gift has."""
        proposed = {"unique_identifier": f"console-{uuid4().hex[:12]}"}
        return {**proposed, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: StreakFreeze, form: Any, change: bool) -> None:
        """Give them, and note who gave them why."""
        obj.created_by = author_of(request)
        give_freezes(obj, now=timezone.now())
        record_saved(obj, None, reason=(None, obj.reason))

    def response_post_save_add(self, request: HttpRequest, obj: StreakFreeze) -> HttpResponse:
        """Show where the member stands now."""
        return HttpResponseRedirect(explanation_of(obj.member_id, obj.streak_id))
