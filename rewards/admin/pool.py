"""Administration of pools: codes uploaded by paste or file, and how many are left (S23)."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from gamopanda.admin.audit import record_change, record_deletion
from gamopanda.admin.links import link_to, linked, page_of
from gamopanda.admin.model_admins import BigTableAdmin, ExplainedDeletionAdmin
from rewards.admin.code_sheet import (
    MAX_CODE_LENGTH,
    as_text,
    columns_of,
    guess_column,
    read_codes,
    read_file,
    read_table,
    read_text,
)
from rewards.code_keys import code_key
from rewards.coupons import lock_pools, upload_codes
from rewards.models import PoolCode, RewardLog
from streaks.models import Milestone
from streaks.validators import is_code

# As many left-out codes as are named one by one.
NAMED_DUPLICATES = 20


class UploadForm(forms.Form):
    """Codes, one a line, pasted or in a text file."""

    pasted = forms.CharField(
        label=_("Codes"),
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 10}),
        help_text=_("One code a line, such as SAVE5-7KQ2MW9X. Blank lines and repeated codes are left out."),
    )
    file = forms.FileField(
        label=_("or a file"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(),
        help_text=_(
            "CSV, XLSX or text, such as codes.csv as your shop system exports it: the column with the codes is found."
        ),
    )

    def clean_file(self) -> list[str]:
        upload: UploadedFile[Any] | None = self.cleaned_data["file"]
        if upload is None:
            return []
        try:
            # utf-8-sig: spreadsheets write a byte order mark, which is no part of the first code.
            text: str = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(_("The file is not text in UTF-8."), code="invalid") from error
        return text.splitlines()

    def clean(self) -> dict[str, Any]:
        """Put the codes together and check them, so that all of them are taken or none; blank lines are counted."""
        cleaned: dict[str, Any] = super().clean() or {}
        lines = [*cleaned.get("pasted", "").splitlines(), *(cleaned.get("file") or [])]
        codes = [line.strip() for line in lines if line.strip()]
        if not codes and not self.errors:
            raise ValidationError(_("Paste at least one code, or choose a file."), code="required")
        wrong = next((code for code in codes if len(code) > MAX_CODE_LENGTH or not is_code(code)), None)
        if wrong is not None:
            raise ValidationError(
                _("“%(code)s” cannot be a code: at most %(limit)s characters, all of them printable."),
                code="invalid",
                params={"code": wrong[:40], "limit": MAX_CODE_LENGTH},
            )
        return {**cleaned, "codes": codes, "blanks": len(lines) - len(codes)}


class PreviewForm(UploadForm):
    """Codes as a shop exports them, to look at before they are added."""

    table = forms.CharField(required=False, strip=False)
    column = forms.IntegerField(required=False, min_value=0)

    def clean_file(self) -> Any:
        """Read the cells of a file."""
        upload = self.cleaned_data["file"]
        return None if upload is None else read_file(upload, name=upload.name)

    def clean(self) -> dict[str, Any]:
        """Read the cells, from the file, the text, or the preview itself."""
        cleaned = self.cleaned_data
        pasted = read_table(cleaned["table"]) if cleaned.get("table") else read_text(cleaned.get("pasted", ""))
        rows = cleaned.get("file") or pasted
        if not any(map(any, rows)) and not self.errors:
            raise ValidationError(_("Paste at least one code, or choose a file."), code="required")
        return {**cleaned, "rows": rows}


def preview_of(form: forms.Form) -> dict[str, Any]:
    """Return what the page shows of codes before they are added."""
    rows, column = form.cleaned_data["rows"], form.cleaned_data.get("column")
    chosen = guess_column(rows) if column is None else column
    return {
        "sheet": read_codes(rows, chosen),
        "columns": columns_of(rows),
        "column": chosen,
        "table": as_text(rows),
    }


def named(codes: list[str]) -> str:
    """Name codes, the first few of them."""
    return ", ".join(codes[:NAMED_DUPLICATES]) + ("" if len(codes) <= NAMED_DUPLICATES else " …")


def stock_of(milestone: Milestone) -> dict[str, int]:
    """Return how many codes of a pool are free and used, and how many rewards wait for one."""
    codes: dict[str, int] = PoolCode.objects.filter(milestone=milestone).aggregate(
        free=Count("pk", filter=Q(reward_log=None, is_double=False)),
        used=Count("pk", filter=Q(reward_log__isnull=False)),
    )
    return {**codes, "waiting": RewardLog.objects.filter(milestone=milestone).waiting_for_code().count()}


@admin.register(PoolCode)
class PoolCodeAdmin(ExplainedDeletionAdmin, BigTableAdmin):
    """Codes of all pools. They are uploaded on a page of their milestone; only free ones can be deleted."""

    list_display = ["code", "milestone_link", "reward", "created_at"]
    list_filter = [("milestone", AutocompleteSelectFilter), ("reward_log", admin.EmptyFieldListFilter)]
    list_select_related = ["milestone", "reward_log__member"]
    search_fields = ["code"]
    search_help_text = _("Code, in full")
    actions_list = ("choose_pool",)
    fields = readonly_fields = ["code", "milestone_link", "reward", "created_at"]

    milestone_link = linked("milestone", _("milestone"))

    @display(description=_("given to"))
    def reward(self, code: PoolCode) -> str:
        """The reward that has the code, named by its member."""
        return link_to(code.reward_log, code.reward_log.member) if code.reward_log else "–"

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """Find the code."""
        return (queryset.filter(code_key=code_key(search_term)) if search_term else queryset), False

    @action(description=_("Add codes"), url_path="add-codes", permissions=["upload"], icon="upload")
    def choose_pool(self, request: HttpRequest) -> HttpResponse:
        """List the milestones that draw from a pool, each with what is left in it."""
        pools = Milestone.objects.visible().filter(coupon_source=Milestone.CouponSource.POOL, streak__deleted_at=None)
        free = Count("pool_codes", filter=Q(pool_codes__reward_log=None, pool_codes__is_double=False))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add codes"),
            "opts": self.opts,
            "page_name": _("Add codes"),
            "pools": pools.select_related("streak")
            .annotate(free=free)
            .order_by("streak__name", "milestone_target_value"),
        }
        return TemplateResponse(request, "admin/rewards/poolcode/choose.html", context)

    def has_upload_permission(self, request: HttpRequest) -> bool:
        """Offer it to who may add codes."""
        return bool(request.user.has_perm("rewards.add_poolcode"))

    def get_urls(self) -> list[Any]:
        """Add the page on which codes are uploaded for a milestone."""
        view = self.admin_site.admin_view(self.upload_view)
        return [path("of/<uuid:milestone_id>/", view, name="rewards_poolcode_upload"), *super().get_urls()]

    def upload_view(self, request: HttpRequest, milestone_id: Any) -> HttpResponse:
        """Show the stock of a pool, and take new codes from people with the permission to add some."""
        may_add = request.user.has_perm("rewards.add_poolcode")
        if not may_add and (request.method != "GET" or not self.has_view_permission(request)):
            raise PermissionDenied
        milestone: Milestone = get_object_or_404(Milestone.objects.select_related("streak"), pk=milestone_id)
        is_sheet = "preview" in request.POST or "table" in request.POST
        form = (PreviewForm if is_sheet else UploadForm)(request.POST or None, request.FILES or None)
        is_sent = request.method == "POST" and form.is_valid()
        preview = preview_of(form) if is_sent and is_sheet else {}
        if is_sent and "preview" not in request.POST:
            codes = preview["sheet"].codes if is_sheet else form.cleaned_data["codes"]
            self._upload(request, milestone, codes, form.cleaned_data.get("blanks", 0))
            return HttpResponseRedirect(request.path)
        context = {
            **preview,
            **self.admin_site.each_context(request),
            "title": _("Coupon codes of %(milestone)s") % {"milestone": milestone},
            "opts": self.opts,
            "object": milestone,
            "page_name": _("Coupon codes"),
            "form": form,
            "milestone": milestone,
            "milestone_page": page_of(milestone),
            "stock": stock_of(milestone),
            "may_add": may_add,
        }
        return TemplateResponse(request, "admin/rewards/poolcode/upload.html", context)

    def _upload(self, request: HttpRequest, milestone: Milestone, codes: list[str], blanks: int) -> None:
        added, left_out = upload_codes(milestone, codes, now=timezone.now())
        record_change(milestone, coupon_codes_uploaded=(None, added))
        messages.success(
            request, ngettext("%(number)s code added.", "%(number)s codes added.", added) % {"number": added}
        )
        if left_out:
            message = _("%(number)s left out, because this or another pool, or a reward, has them already: %(codes)s")
            messages.warning(request, message % {"number": len(left_out), "codes": named(left_out)})
        firsts = dict(zip(map(code_key, reversed(codes)), reversed(codes), strict=True))
        repeated = [firsts[key] for key, times in Counter(map(code_key, codes)).items() if times > 1]
        if repeated:
            message = _("%(number)s were in what you sent more than once, and were taken once: %(codes)s")
            messages.warning(request, message % {"number": len(repeated), "codes": named(repeated)})
        if blanks:
            dropped = ngettext("%(number)s blank line left out.", "%(number)s blank lines left out.", blanks)
            messages.info(request, dropped % {"number": blanks})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Codes are uploaded for their milestone, many at once."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A pool code never changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a free code can go; one that was given stays with its reward (S9)."""
        return (obj is None or obj.reward_log_id is None) and super().has_delete_permission(request, obj)

    def deletion_meaning(self, obj: models.Model) -> str:
        """Say that a code which was given stays."""
        return str(_("it is deleted if it is still free; a code that was given to a reward stays."))

    @transaction.atomic
    def delete_one(self, obj: Any) -> None:
        """Delete a code if it is free, under the lock that issuing takes (S25)."""
        lock_pools([obj.milestone.streak_id])
        deleted, _of_each = PoolCode.objects.filter(pk=obj.pk, reward_log=None).delete()
        if deleted:
            record_deletion(obj)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Delete the free ones of the selected codes, and say how many stay."""
        ids = [code.pk for code in queryset]
        super().delete_queryset(request, queryset)
        kept = PoolCode.objects.filter(pk__in=ids).count()
        if kept:
            messages.warning(request, _("%(number)s were kept because they belong to rewards.") % {"number": kept})


def has_pool_permission(model_admin: ModelAdmin, request: HttpRequest, object_id: Any = None) -> bool:
    """Offer the codes where the rewards of a milestone draw from a pool."""
    if object_id is None or not request.user.has_perm("rewards.view_poolcode"):
        return False
    has_pool = Q(coupon_source=Milestone.CouponSource.POOL) | Q(pool_codes__isnull=False)
    return Milestone.objects.filter(has_pool, pk=object_id).exists()


@action(description=_("Coupon codes"), permissions=["pool"], icon="confirmation_number")
def coupon_codes(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go from a milestone to the page with the stock of its pool."""
    return HttpResponseRedirect(reverse("admin:rewards_poolcode_upload", args=[object_id]))
