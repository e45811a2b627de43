"""Filters of the lists in the administration."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from streaks.models import RunStatus, SavedBy
from streaks.presenters.results import at_risk_today, is_first, logs_today, saved_by


class DeletedFilter(admin.SimpleListFilter):
    """Hide what was deleted, unless it is asked for (S29)."""

    title = _("deleted")
    parameter_name = "deleted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Deleted")), ("all", _("All"))]

    def choices(self, changelist: ChangeList) -> Any:
        default, *others = super().choices(changelist)
        yield {**default, "display": _("Not deleted")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() == "all":
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() != "yes")


class RunStatusFilter(admin.SimpleListFilter):
    """Runs by their status as the clock has it (S16)."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(RunStatus.choices)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Narrow a list that was annotated by `with_status`."""
        return queryset.filter(status=self.value()) if self.value() else queryset


class CompleteFilter(admin.SimpleListFilter):
    """Period totals by whether the target was met (S8)."""

    title = _("target")
    parameter_name = "target"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("met", _("Met")), ("missed", _("Not met"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(completed_at__isnull=self.value() == "missed") if self.value() else queryset


class FirstRunFilter(admin.SimpleListFilter):
    """Runs by whether they are the first one of their member in the streak."""

    title = _("attempt")
    parameter_name = "attempt"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("first", _("First")), ("later", _("A later one"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if not self.value():
            return queryset
        return queryset.filter(is_first() if self.value() == "first" else ~is_first())


class SavedFilter(admin.SimpleListFilter):
    """Runs by what they have lived through."""

    title = _("frozen or excused")
    parameter_name = "saved"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(SavedBy.choices)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(saved_by(self.value() or "")) if self.value() in SavedBy.values else queryset


class RiskFilter(admin.SimpleListFilter):
    """Runs that break soon unless more comes."""

    title = _("at risk")
    parameter_name = "at_risk"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("today", _("Today"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(at_risk_today(timezone.now())) if self.value() == "today" else queryset


class ActiveFilter(admin.SimpleListFilter):
    """Members by when they did something."""

    title = _("active")
    parameter_name = "active"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("today", _("Today"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() != "today":
            return queryset
        return queryset.filter(pk__in=logs_today(timezone.now()).values("member"))
