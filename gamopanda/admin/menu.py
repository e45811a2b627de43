"""The menu of the administration."""

from django.urls import reverse_lazy


def menu_entry(title: object, icon: str, model: str) -> dict[str, object]:
    """Describe one line of the administration's menu: the list of a model, given as `app_model`, for who may see it."""
    app, _separator, name = model.rpartition("_")
    right = f"{app}.view_{name}"
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
        "permission": lambda request: request.user.has_perm(right),
    }
