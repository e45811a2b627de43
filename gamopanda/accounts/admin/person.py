"""What is done with a whole person: merging, exporting and erasing, each with what will happen."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from gamopanda.accounts.admin.members import MemberAdmin
from gamopanda.accounts.exporting import open_export
from gamopanda.accounts.merging import MemberGone, merge_members
from gamopanda.accounts.models import Member, MemberMerge
from gamopanda.accounts.naming import find_member
from gamopanda.admin.audit import record_change
from gamopanda.admin.links import page_of

RIGHT = "accounts.delete_member"


class MergeForm(forms.Form):
    """Into whom a member is merged, and why."""

    into = forms.CharField(
        label=_("External id of the member who stays"),
        max_length=256,
        strip=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("In full, such as customer-17."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MemberMerge._meta.get_field("reason").max_length,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Why, such as “signed up twice”. Optional."),
    )

    def __init__(self, merged: Member, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merged = merged

    def clean_into(self) -> Member:
        """Find the member."""
        into = find_member(self.cleaned_data["into"])
        if into is None:
            raise forms.ValidationError(_("There is no member with this external id."))
        if into.pk == self.merged.pk:
            raise forms.ValidationError(_("A member cannot be merged into itself."))
        return into


def merge_view(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID) -> HttpResponse:
    """Ask into whom, say what will happen, and merge once that is confirmed."""
    _require_right(request)
    merged = get_object_or_404(Member, pk=object_id)
    form, impact = MergeForm(merged, request.POST or None), None
    if request.method == "POST" and form.is_valid():
        # Only of the one for whom it was said what will happen.
        is_confirmed = request.POST.get("confirmed") == str(form.cleaned_data["into"].pk)
        try:
            impact = _merge(request, form, is_dry_run=not is_confirmed)
        except MemberGone:
            form.add_error("into", _("One of the two is not there any more."))
        else:
            if is_confirmed:
                messages.success(request, _("Merged: %s is an alias from now on.") % merged)
                return HttpResponseRedirect(page_of(form.cleaned_data["into"]))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Merge into another member"),
        "opts": model_admin.opts,
        "object": merged,
        "page_name": _("Merge"),
        "member": merged,
        "member_page": page_of(merged),
        "form": form,
        "impact": impact,
        "into": form.cleaned_data.get("into") if impact else None,
    }
    return TemplateResponse(request, "admin/accounts/member/merge.html", context)


def _merge(request: HttpRequest, form: MergeForm, *, is_dry_run: bool) -> dict[str, Any]:
    merged, into = form.merged, form.cleaned_data["into"]
    impact = merge_members(
        merged.pk,
        into.pk,
        author=request.user.get_username(),
        reason=form.cleaned_data["reason"],
        now=timezone.now(),
        is_dry_run=is_dry_run,
    )
    if not is_dry_run:
        record_change(into, merged_id=(None, merged.pk))
    return impact


def export_view(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID) -> FileResponse:
    """Send everything that is stored about a member, and note that somebody has it."""
    _require_right(request)
    member = get_object_or_404(Member, pk=object_id)
    document = open_export(member)
    record_change(member, exported=(None, timezone.now()))
    return FileResponse(document, as_attachment=True, filename=f"member-{slugify(member.external_id) or 'export'}.json")


def _require_right(request: HttpRequest) -> None:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied


def has_person_permission(model_admin: ModelAdmin, request: HttpRequest, object_id: Any = None) -> bool:
    """Offer it to users who may erase members."""
    return bool(request.user.has_perm(RIGHT))


@action(description=_("Merge into…"), permissions=["person"], icon="merge")
def merge(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the page that says what will happen."""
    member = get_object_or_404(Member, pk=object_id)
    return HttpResponseRedirect(reverse("admin:accounts_member_merging", args=[member.pk]))


@action(description=_("Export"), permissions=["person"], icon="download")
def export_everything(model_admin: ModelAdmin, request: HttpRequest, object_id: UUID) -> FileResponse:
    """Send the document."""
    return export_view(request, model_admin, object_id)


@action(description=_("Erase"), permissions=["person"], icon="person_off")
def erase(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the page that says what will happen."""
    return HttpResponseRedirect(reverse("admin:accounts_member_delete", args=[object_id]))


URLS = (("<uuid:object_id>/merging/", "accounts_member_merging", merge_view),)
MemberAdmin.add_page(*URLS, button=erase, permission=has_person_permission)
MemberAdmin.add_page(button=export_everything)
MemberAdmin.add_page(button=merge)
