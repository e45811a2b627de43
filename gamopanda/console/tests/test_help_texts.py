"""Every field that somebody fills in the administration says what it is for, with an example."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest

from gamopanda.accounts.second_factor import CodeForm
from gamopanda.accounts.sign_in import SignInForm
from rewards.admin.pool import UploadForm
from streaks.admin.streak.text_pages import SheetForm
from streaks.models import Milestone, Streak

pytestmark = pytest.mark.sqlite
FEWEST_CHARACTERS = 30
EXAMPLE = re.compile("such as|for example|“", re.IGNORECASE)
LEFT_OUT = {
    # Django tells the rules of passwords in its own words.
    "password", "password1", "password2", "usable_password",
    # No field to fill: what ties the rows of a page to their record, and the tick that deletes one.
    "id", "streak", "DELETE",
}  # fmt: skip


def request_of_somebody_who_may_do_everything() -> HttpRequest:
    """A request that every page is shown to."""
    request = HttpRequest()
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    return request


def record_of(model: type[models.Model]) -> Any:
    """Return a record that was never stored."""
    return Milestone(streak=Streak()) if model is Milestone else model()


def forms_of(model: type[models.Model], model_admin: Any) -> Iterator[Any]:
    """Yield the forms in which a record is made and changed, with those of what belongs to it."""
    request = request_of_somebody_who_may_do_everything()
    if model_admin.has_add_permission(request):
        yield model_admin.get_form(request, None, change=False)
    record = record_of(model)
    if model_admin.has_change_permission(request, record):
        yield model_admin.get_form(request, record, change=True)
        for inline in model_admin.get_inline_instances(request, record):
            if inline.has_change_permission(request, record):
                yield inline.get_formset(request, record).form


def lacking(form: type[forms.BaseForm]) -> dict[str, str]:
    """Return what a form says too little of, by the name of the field."""
    texts = {name: str(field.help_text) for name, field in form.base_fields.items() if name not in LEFT_OUT}
    return {name: text for name, text in texts.items() if len(text) < FEWEST_CHARACTERS or EXAMPLE.search(text) is None}


def test_every_field_of_every_record_has_a_help_text_with_an_example() -> None:
    found = [(model, form) for model, own in admin.site._registry.items() for form in forms_of(model, own)]
    assert {(model.__name__, name): text for model, form in found for name, text in lacking(form).items()} == {}
    assert len({model for model, _form in found}) >= 8
    assert sum(len(form.base_fields) for _model, form in found) > 600


@pytest.mark.parametrize("form", [UploadForm, SheetForm, CodeForm, SignInForm])
def test_every_field_of_the_other_forms_has_one_too(form: type[forms.BaseForm]) -> None:
    # Who signs in knows their own name.
    assert lacking(form).keys() <= ({"username"} if form is SignInForm else set())
