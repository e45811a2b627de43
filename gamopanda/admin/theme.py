"""The look of the administration, as the setting UNFOLD."""

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from gamopanda import VERSION
from gamopanda.admin.menu import NAVIGATION

THEME = {
    "SITE_TITLE": "Gamopanda Streaks",
    "SITE_HEADER": "Gamopanda Streaks",
    "SITE_SUBHEADER": f"Version {VERSION}",
    "SITE_SYMBOL": "local_fire_department",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("streaks/default-icon.svg")}
    ],
    "STYLES": [lambda request: static("admin/console/admin.css")],
    "SCRIPTS": [
        lambda request: static("admin/console/characters.js"),
        lambda request: static("admin/console/notices.js"),
        lambda request: static("admin/console/copy.js"),
        lambda request: static("admin/console/choosers.js"),
    ],
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "gamopanda.console.home.add_overview",
    "LOGIN": {"form": "gamopanda.accounts.sign_in.SignInForm"},
    "ACCOUNT": {"navigation": [{"title": _("Second factor"), "link": reverse_lazy("second-factor")}]},
    # The violet of the widget's default theme.
    "COLORS": {
        "primary": {
            "50": "#f5f3ff",
            "100": "#ede9fe",
            "200": "#ddd6fe",
            "300": "#c4b5fd",
            "400": "#a78bfa",
            "500": "#8b5cf6",
            "600": "#7c3aed",
            "700": "#6d28d9",
            "800": "#5b21b6",
            "900": "#4c1d95",
            "950": "#2e1065",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "navigation": NAVIGATION,
    },
}
