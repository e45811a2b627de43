"""The menu of the administration."""

from typing import Any

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _entry(title: object, icon: str, model: str) -> dict[str, object]:
    """Describe one line of the administration's menu: the list of a model, given as `app_model`, for who may see it."""
    app, _separator, name = model.rpartition("_")
    right = f"{app}.view_{name}"
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
        "permission": lambda request: request.user.has_perm(right),
        "model": model,
    }


NAVIGATION = [
    {
        "title": _("Programme"),
        "items": [
            {"title": _("Home"), "icon": "home", "link": reverse_lazy("admin:index")},
            _entry(_("Streaks"), "local_fire_department", "streaks_streak"),
            _entry(_("Milestones"), "flag", "streaks_milestone"),
            _entry(_("Changes of rules"), "rule", "streaks_streakrules"),
            _entry(_("Holidays"), "event_available", "streaks_holidaycalendar"),
            _entry(_("Coupon codes"), "confirmation_number", "rewards_poolcode"),
            _entry(_("Widget"), "widgets", "widget_widgetsettings"),
        ],
    },
    {
        "title": _("Members"),
        "items": [
            _entry(_("Members"), "group", "accounts_member"),
            _entry(_("Runs"), "directions_run", "streaks_streakprogress"),
            _entry(_("Period totals"), "calendar_month", "streaks_taskprogress"),
            _entry(_("Activity logs"), "list_alt", "streaks_streaklog"),
            _entry(_("Rewards"), "redeem", "rewards_rewardlog"),
            _entry(_("Excuses and amnesties"), "event_busy", "streaks_streakexcuse"),
            _entry(_("Freezes"), "ac_unit", "streaks_streakfreeze"),
            _entry(_("Reminders"), "notifications", "events_reminder"),
        ],
    },
    {
        "title": _("Connections"),
        "items": [
            {
                "title": _("API documentation"),
                "icon": "menu_book",
                "link": reverse_lazy("api-docs"),
                "permission": lambda request: request.user.has_perm("accounts.view_apikey"),
            },
            _entry(_("Latest calls"), "swap_horiz", "accounts_recentcall"),
            _entry(_("Webhook endpoints"), "webhook", "events_webhookendpoint"),
            _entry(_("Deliveries"), "local_shipping", "events_delivery"),
            _entry(_("Events"), "bolt", "events_event"),
        ],
    },
    {
        "title": _("Access"),
        "items": [
            _entry(_("API keys"), "key", "accounts_apikey"),
            _entry(_("Users"), "person", "auth_user"),
            _entry(_("Groups"), "groups", "auth_group"),
            _entry(_("Changes"), "history", "auditlog_logentry"),
            _entry(_("Failed sign-ins"), "lock", "axes_accessattempt"),
            _entry(_("Second factors"), "phonelink_lock", "otp_totp_totpdevice"),
        ],
    },
]


def title_in_menu(model: str) -> object:
    """Return what the menu calls the records of a model, given as `app_model`; None for one that is not in the menu."""
    parts: list[Any] = NAVIGATION
    return next((line["title"] for part in parts for line in part["items"] if line.get("model") == model), None)
