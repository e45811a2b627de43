"""The pages on which the texts of a streak are taken along as a sheet, and brought back."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modeltranslation.utils import get_language_bidi
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget

from gamopanda.admin.links import page_of
from gamopanda.admin.sheets import csv_parts, read_rows, xlsx_bytes
from streaks.admin.streak.text_sheet import (
    EMPTY,
    LANGUAGE_WIDTH,
    WIDTHS,
    SheetOutdated,
    TextChange,
    apply_changes,
    languages_of_sheet,
    read_sheet,
    sheet_of,
)
from streaks.models import Streak

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SALT = "streaks.text_sheet"
SHEET, STORED = "sheet", "stored"
# As long as somebody may look at the changes before applying them.
SECONDS_TO_APPLY = 60 * 60


class SheetForm(forms.Form):
    """A sheet that a translator has filled."""

    file = forms.FileField(
        label=_("Filled sheet"),
        widget=UnfoldAdminFileFieldWidget({"accept": ".xlsx,.csv"}),
        help_text=_("XLSX or CSV, such as the sheet exported here. Nothing changes before you have seen what."),
    )

    def clean_file(self) -> list[list[str]]:
        upload = self.cleaned_data["file"]
        if upload.size > settings.GAMOPANDA_MAX_BODY_BYTES:
            raise ValidationError(_("The file is too large to be a sheet of texts."), code="invalid")
        return read_rows(upload, name=upload.name)


@action(description=_("Translations"), permissions=["view"], icon="translate")
def translations(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the page of the sheet."""
    streak = get_object_or_404(Streak, pk=object_id)
    return HttpResponseRedirect(reverse("admin:streaks_streak_texts", args=[streak.pk]))


def export_texts_view(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID, kind: str) -> HttpResponse:
    """Send the sheet, with a column for each language, or to translate into one of them."""
    streak = _visible_streak(request, model_admin, object_id)
    language = request.GET.get("language") or None
    if language not in {None, *dict(settings.LANGUAGES)}:
        raise Http404
    languages = languages_of_sheet(language)
    sheet = sheet_of(streak, languages)
    if kind == "xlsx":
        widths = (*WIDTHS, *(LANGUAGE_WIDTH for _language in languages))
        answer = HttpResponse(xlsx_bytes(sheet, widths=widths), content_type=XLSX)
    elif kind == "csv":
        answer = HttpResponse(b"".join(csv_parts(sheet)), content_type="text/csv; charset=utf-8")
    else:
        raise Http404
    name = "-".join(part for part in (slugify(streak.name) or "streak", "texts", language) if part)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer


def _visible_streak(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID) -> Streak:
    streak: Streak | None = model_admin.get_object(request, str(object_id))
    if not model_admin.has_view_permission(request, streak):
        raise PermissionDenied
    if streak is None:
        raise Http404
    return streak


def import_texts_view(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID) -> HttpResponse:
    """Take a sheet and show what it changes; apply what was shown."""
    streak = _visible_streak(request, model_admin, object_id)
    if request.method == "POST" and not model_admin.has_change_permission(request, streak):
        raise PermissionDenied
    if "shown" in request.POST:
        return _apply(request, model_admin, streak)
    form = SheetForm(request.POST or None, request.FILES or None)
    if not form.is_bound or not form.is_valid():
        return _page(request, model_admin, streak, form)
    changes, problems = read_sheet(streak, form.cleaned_data["file"])
    return _page(request, model_admin, streak, form, is_compared=True, problems=problems, **_context(streak, changes))


def _page(
    request: HttpRequest, model_admin: ModelAdmin, streak: Streak, form: SheetForm, **found: Any
) -> TemplateResponse:
    can_apply = found.get("changes") and not found.get("problems")
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Texts of %(streak)s") % {"streak": streak},
        "opts": model_admin.opts,
        "object": streak,
        "page_name": _("Translations"),
        "streak": streak,
        "streak_page": page_of(streak),
        "may_change": model_admin.has_change_permission(request, streak),
        "xlsx_address": reverse("admin:streaks_streak_texts_export", args=[streak.pk, "xlsx"]),
        "languages": settings.LANGUAGES,
        "csv_button": {"formaction": reverse("admin:streaks_streak_texts_export", args=[streak.pk, "csv"])},
        "empty": EMPTY,
        "form": form,
        **found,
        "signed": found.get("signed") if can_apply else "",
    }
    return TemplateResponse(request, "admin/streaks/streak/texts.html", context)


def _apply(request: HttpRequest, model_admin: ModelAdmin, streak: Streak) -> HttpResponse:
    """Write the changes that this person has looked at and chosen for this streak, or say why not."""
    try:
        raw = signing.loads(request.POST["shown"], salt=f"{SALT}.{streak.pk}", max_age=SECONDS_TO_APPLY)
        found = [TextChange(**change) for change in raw]
        choices = {change: request.POST.get(change.choice_name) for change in found if change.is_collision}
        if not set(choices.values()) <= {SHEET, STORED}:
            messages.error(request, _("Nothing was changed: choose what to keep of each text that is marked."))
            return _page(request, model_admin, streak, SheetForm(), **_context(streak, found))
        changes = [change for change in found if choices.get(change) != STORED]
        apply_changes(streak, changes)
    except (signing.BadSignature, SheetOutdated):
        messages.error(
            request, _("Nothing was changed, because somebody has edited these texts since. Upload the sheet again.")
        )
        return HttpResponseRedirect(request.path)
    message = ngettext("%(number)s text changed.", "%(number)s texts changed.", len(changes))
    messages.success(request, message % {"number": len(changes)})
    return HttpResponseRedirect(page_of(streak))


def _context(streak: Streak, changes: list[TextChange]) -> dict[str, Any]:
    """Return the changes as the page has them: for people, and signed, to be applied as they were seen."""
    names = dict(settings.LANGUAGES)
    rows = [
        {
            **asdict(change),
            "choice_name": change.choice_name,
            "sides": [(STORED, change.before), (SHEET, change.after)],
            "language_name": names[change.language],
            "dir": "rtl" if get_language_bidi(change.language) else "ltr",
        }
        for change in changes
    ]
    signed = signing.dumps([asdict(change) for change in changes], salt=f"{SALT}.{streak.pk}", compress=True)
    return {"changes": rows, "collisions": sum(change.is_collision for change in changes), "signed": signed}


URLS = (
    ("<uuid:object_id>/texts.<str:kind>", "streaks_streak_texts_export", export_texts_view),
    ("<uuid:object_id>/texts/", "streaks_streak_texts", import_texts_view),
)
