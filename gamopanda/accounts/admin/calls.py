"""The latest calls of API keys, for those who connect servers."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from gamopanda.accounts.models import RecentCall
from gamopanda.admin.links import linked
from gamopanda.admin.model_admins import BigTableAdmin, ReadOnlyAdmin

REFUSED, FAILED = 400, 500


class OutcomeFilter(admin.SimpleListFilter):
    """Calls by how they were answered."""

    title = _("answer")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("done", _("Done")), ("refused", _("Refused")), ("failed", _("Failed"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        limits = {"done": (0, REFUSED), "refused": (REFUSED, FAILED), "failed": (FAILED, 1000)}
        if self.value() not in limits:
            return queryset
        least, below = limits[self.value() or ""]
        return queryset.filter(status__gte=least, status__lt=below)


@admin.register(RecentCall)
class RecentCallAdmin(ReadOnlyAdmin, BigTableAdmin):
    """What servers asked and how it was answered, newest first."""

    list_display = ["called_at", "api_key", "call", "answer", "problems", "duration"]
    list_filter = ["api_key", OutcomeFilter]
    list_select_related = ["api_key"]
    fields = readonly_fields = ["key_link", "called_at", "call", "answer", "problems", "duration", "request_id"]

    key_link = linked("api_key", _("API key"))

    @display(description=_("call"))
    def call(self, call: RecentCall) -> str:
        """The method and the path."""
        return f"{call.method} {call.path}"

    @display(description=_("answer"), label={"done": "success", "refused": "warning", "failed": "danger"})
    def answer(self, call: RecentCall) -> tuple[str, str]:
        """The status, in colour."""
        outcome = "done" if call.status < REFUSED else "refused" if call.status < FAILED else "failed"
        return outcome, str(call.status)

    @display(description=_("took"))
    def duration(self, call: RecentCall) -> str:
        """How long it took."""
        return f"{call.milliseconds} ms"
