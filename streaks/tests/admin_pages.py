"""Forms of the administration as a browser would send them back, for tests."""

from typing import Any

from django.test import Client

from gamopanda.admin.links import page_of


def form_values(response: Any) -> dict[str, Any]:
    """Return what a browser sends when a page's form, with its inlines, is submitted as it stands."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    values: dict[str, Any] = {}
    for form in forms:
        for field in form:
            values.update(_sent(field))
        if token := getattr(form, "opened_token", ""):
            values[form.opened_name] = token
    return values


def _sent(field: Any) -> dict[str, Any]:
    """Return what one field sends: nothing when it is empty, and one value for each part of a split one."""
    value = field.value()
    if getattr(field.field.widget, "widgets", None):
        parts = value if isinstance(value, list) else field.field.widget.decompress(value)
        return {f"{field.html_name}_{number}": part for number, part in enumerate(parts) if part is not None}
    if value is None or value is False or hasattr(value, "storage"):
        return {}
    return {field.html_name: value}


def save(client: Client, record: Any, **changes: Any) -> Any:
    """Open the page of a record, change some fields and save; `None` takes a field out. Returns the answer."""
    page = client.get(page_of(record))
    assert page.status_code == 200
    values = {name: value for name, value in {**form_values(page), **changes}.items() if value is not None}
    return client.post(page_of(record), values)


def errors(response: Any) -> dict[str, list[str]]:
    """Return what a form that was not saved says is wrong, also in its inlines."""
    found = dict(response.context["adminform"].form.errors)
    for inline in response.context["inline_admin_formsets"]:
        for form in inline.formset.forms:
            found.update(form.errors)
    return found


def messages_of(response: Any) -> list[str]:
    """Return the messages that a page shows."""
    return [str(message) for message in response.context["messages"]]
