"""No address of the console that somebody can type is an error of ours: filters, searches, ids, pages of lists."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from gamopanda.widget.models import WidgetSettings
from rewards.coupons import upload_codes
from rewards.models import RewardLog
from streaks.models import StreakPause
from streaks.tests.calling import make_key, make_milestone
from streaks.tests.recording_cases import NOW, make_case

pytestmark = pytest.mark.django_db

HOSTILE = ("\0", "-1", "9" * 30, "é'", "2026-02-30")
# By the type of a column: lookups that people can type into the address of a list, each with none of its values.
TYPED = {
    "date": (
        ("__year", "-1"),
        ("__year__gte", "99999"),
        ("__year", "0"),
        ("__gte", "99999-01-01"),
        ("__day", "9" * 30),
    ),
    "number": (("", "9" * 30), ("__in", f"1,{'9' * 30}"), ("__gte", "abc")),
    "text": (("", "\0"), ("__in", "a,\0"), ("__icontains", "\0")),
    "relation": (("", "abc"), ("__id", "\0"), ("__id", "9" * 30)),
}
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def client(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Somebody who may see everything; pages fail as in production, and lists are read, but not drawn."""
    case = make_case()
    milestone = make_milestone(case.streak, 1)
    upload_codes(milestone, ["free"], now=NOW)
    StreakPause.objects.create(streak=case.streak, started_at=NOW, ended_at=NOW)
    case.record_days(1, 2)
    make_key()
    WidgetSettings.objects.get_or_create(pk=1)
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", property(read_list))
    admin_client.raise_request_exception = False
    return admin_client


def read_list(page: Any) -> str:
    """Read the rows and the filters that a page would show."""
    shown = page.context_data.get("cl") if isinstance(page.context_data, dict) else None
    if shown is None:
        return ""
    return f"{list(shown.result_list)} {[list(spec.choices(shown)) for spec in shown.filter_specs]}"


def failures(client: Client, address: str, queries: Any) -> list[Any]:
    """Return the queries for which a page is an error of ours."""
    failed = []
    for query in queries:
        # A statement that PostgreSQL refuses ends the transaction of the test; the page has one of its own.
        with transaction.atomic():
            status = client.get(address, query).status_code
            broken = connection.needs_rollback or status >= 500
            transaction.set_rollback(broken)
        if broken:
            failed.append((query, status))
    return failed


def list_address(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def queries(model_admin: Any, client: Client) -> Iterator[dict[str, str]]:
    """Yield hostile values of the filters that a list offers, and of what can be typed for its columns and the list."""
    request = client.get(list_address(model_admin.model)).wsgi_request
    offered = {
        name
        for spec in model_admin.get_changelist_instance(request).filter_specs
        for name in spec.expected_parameters()
    }
    for name in sorted({*offered, "q", "o", "p"}):
        yield from ({name: value} for value in HOSTILE)
    for field in model_admin.model._meta.concrete_fields:
        yield from ({f"{field.name}{lookup}": value} for lookup, value in TYPED[sort_of(field)])


def sort_of(field: Any) -> str:
    if field.is_relation:
        return "relation"
    if isinstance(field, models.DateField):
        return "date"
    return "number" if isinstance(field, models.IntegerField) else "text"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_list_fails_whatever_its_filters_are_given(client: Client, model: type[models.Model]) -> None:
    assert failures(client, list_address(model), queries(admin.site._registry[model], client)) == []


def test_no_autocomplete_fails_whatever_is_typed(client: Client) -> None:
    fields = [field for model in MODELS for field in model._meta.concrete_fields if field.is_relation]
    queries = (
        {
            "app_label": field.model._meta.app_label,
            "model_name": field.model._meta.model_name,
            "field_name": field.name,
            "term": term,
        }
        for field in fields
        for term in HOSTILE[:3]
    )
    assert failures(client, "/admin/autocomplete/", queries) == []


def console_addresses(patterns: Any, before: str = "") -> Iterator[str]:
    """Yield every address of the console that names a record, as Django has it."""
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from console_addresses(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern) and here.startswith("admin/") and "<" in here and "(?P" not in here:
            yield here


def test_no_page_of_a_record_fails_whatever_its_id_is(client: Client) -> None:
    nothing = "0196a7c0-5d2e-7b41-9c3f-2f1e8a6d4b10"
    failed = []
    for address in set(console_addresses(get_resolver().url_patterns)):
        known = re.sub("<uuid:[a-z_]+>", nothing, address).replace("<str:kind>", "xlsx")
        for value in ("abc", "9" * 30, "a%00b", nothing):
            path = "/" + re.sub("<[^>]+>", value, known)
            failed += [(path, *found) for found in failures(client, path, [{}])]
    assert failed == []


def test_no_link_to_a_record_by_its_type_fails(client: Client) -> None:
    reward = RewardLog.objects.get()
    kinds = [ContentType.objects.get_for_model(model).pk for model in (User, RewardLog, WidgetSettings)]
    for kind in (*kinds, "99999", "abc", "-1", "9" * 30, "%00"):
        for key in ("abc", "1", "%00", reward.pk):
            assert failures(client, f"/admin/r/{kind}/{key}/", [{}]) == []
