"""Administration of the keys of the client's own servers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from gamopanda.accounts.models import ApiKey, RecentCall
from gamopanda.admin.formatting import STATUS_COLOURS
from gamopanda.admin.links import list_of
from gamopanda.admin.model_admins import AuditedAdmin


@admin.register(ApiKey)
class ApiKeyAdmin(AuditedAdmin):
    """API keys; the secret is shown on the page that answers the creation, and never again."""

    list_display = ["name", "api_key", "status_label", "sandbox", "created_at"]
    list_filter = ["status", "sandbox"]
    search_fields = ["name", "api_key"]
    readonly_fields = ["api_key", "latest_calls", "created_at", "updated_at"]
    add_fields = ["name", "description", "status", "sandbox"]
    fieldsets = [
        (None, {"fields": [*add_fields, "latest_calls"]}),
        (_("Record"), {"fields": ["api_key", ("created_at", "updated_at")]}),
    ]

    @display(description=_("latest calls"))
    def latest_calls(self, key: ApiKey) -> SafeString:
        """A link to what was called with the key, and how that was answered."""
        address = list_of(RecentCall, api_key__id__exact=key.pk)
        return format_html('<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', address, _("Show"))

    @display(description=_("status"), label=STATUS_COLOURS)
    def status_label(self, key: ApiKey) -> tuple[str, str]:
        """The status, in colour."""
        return key.status, key.get_status_display()

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        """Keep a sandbox key one for good, and any other key too."""
        return [*super().get_readonly_fields(request, obj), *(["sandbox"] if obj else [])]

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Answer with the secret itself: a message would carry it through a cookie or the session."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("API key made"),
            "opts": self.opts,
            "object": obj,
            "page_name": _("Secret"),
            "key": obj,
        }
        return TemplateResponse(request, "admin/accounts/apikey/created.html", context)
