"""Administration of the widget: one page, with a preview beside the form and the lines to paste into a shop."""

from typing import Any

from auditlog.context import disable_auditlog
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from unfold.widgets import UnfoldAdminColorInputWidget, UnfoldAdminImageFieldWidget

from gamopanda.admin.formatting import note
from gamopanda.admin.links import page_of
from gamopanda.admin.model_admins import AuditedAdmin
from gamopanda.conf.locales import decimal_separator
from gamopanda.widget.display import THEME, read_settings
from gamopanda.widget.forms import COLOURS, WidgetTextsForm, field_of
from gamopanda.widget.models import TEXT_ON_GROUND, WidgetSettings
from gamopanda.widget.texts import PURPOSES

PLACE = ["launcher_icon", "launcher_image", "alignment", "alignment_position_x", "alignment_position_y"]
CONTRAST = _(
    "Everybody can read a text on its colour when their contrast is at least 4.5 (WCAG 2.2 AA): what has less cannot "
    "be saved. A dark panel derives its colours from these."
)
FALLBACK = _("An empty text is read as shown in grey.")


def text_fieldsets() -> list[tuple[str, dict[str, Any]]]:
    """Return one tab per language with all fixed texts."""
    return [
        (name, {"classes": ["tab"], "fields": [field_of(key, code) for key in PURPOSES], "description": note(FALLBACK)})
        for code, name in settings.LANGUAGES
    ]


@admin.register(WidgetSettings)
class WidgetSettingsAdmin(AuditedAdmin):
    """The one page of settings; it cannot be deleted, and there is no second one."""

    form = WidgetTextsForm
    warn_unsaved_form = True
    change_form_outer_after_template = "admin/widget/beside.html"
    fieldsets = [
        (_("Launcher"), {"classes": ["tab"], "fields": PLACE}),
        (_("Colours and font"), {"classes": ["tab"], "fields": list(THEME), "description": note(CONTRAST)}),
        *text_fieldsets(),
    ]

    class Media:
        """What shows the preview and the contrasts as one types."""

        css = {"all": ["widget/settings.css"]}
        js = ["widget/settings.js"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one already."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It stays."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Go to the one page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        # To look at the page is no change.
        with disable_auditlog():
            row, _is_new = WidgetSettings.objects.get_or_create(pk=1)
        return HttpResponseRedirect(page_of(row))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Let colours be picked, and show the launcher's own icon as a picture."""
        if db_field.name in COLOURS:
            kwargs["widget"] = UnfoldAdminColorInputWidget({"type": "color"})
        if db_field.name == "launcher_image":
            kwargs["widget"] = UnfoldAdminImageFieldWidget({"accept": "image/*"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:
        """Save the texts with the settings: the page is one transaction."""
        super().save_model(request, obj, form, change)
        assert isinstance(form, WidgetTextsForm)
        form.save_texts()

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show the preview and the lines to paste beside the form."""
        context = {
            "preview_url": reverse("admin:widget_preview"),
            "preview": {
                "languages": dict(settings.LANGUAGES),
                "decimalSeparators": {code: decimal_separator(code) for code, _name in settings.LANGUAGES},
                "textOnGround": TEXT_ON_GROUND,
            },
            "launcher_image": stored_image(request),
            "snippet": snippet(request),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def get_urls(self) -> list[Any]:
        """Add the page inside the frame."""
        preview = path("preview/", self.admin_site.admin_view(self.preview_view), name="widget_preview")
        return [preview, *super().get_urls()]

    @method_decorator(xframe_options_sameorigin)
    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Show the display with the programme of an invented member."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return render(request, "admin/widget/preview.html")


def stored_image(request: HttpRequest) -> str:
    """Return the address of the launcher's own icon, nothing when it has none."""
    image = read_settings().launcher_image
    return request.build_absolute_uri(image.url) if image else ""


def snippet(request: HttpRequest) -> str:
    """Return what to paste into the pages of a shop."""
    script = request.build_absolute_uri(static("widget/gamopanda.js"))
    return render_to_string("widget/snippet.html", {"script": script, "account_id": settings.GAMOPANDA_ACCOUNT_ID})
