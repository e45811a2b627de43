"""Addresses of the whole site."""

from django.contrib import admin
from django.urls import include, path, re_path

import gamopanda.accounts.api.urls
import gamopanda.demo.shop.urls
import gamopanda.events.api.urls
import gamopanda.events.reminders.urls
import rewards.api.urls
import streaks.api.urls
from gamopanda.accounts.passwords.pages import ChoosePassword, forgotten_password
from gamopanda.accounts.second_factor import second_factor
from gamopanda.api.errors.handlers import page_not_found
from gamopanda.api.monitoring.health import healthz, readyz
from gamopanda.api.openapi.pages import ApiDocument, RedocPage, SwaggerPage
from gamopanda.api.routing import RecordRouter
from gamopanda.demo.doors import show_doors
from gamopanda.icons.serving import serve_icon

router = RecordRouter()
streaks.api.urls.register(router)
rewards.api.urls.register(router)
gamopanda.accounts.api.urls.register(router)
gamopanda.events.api.urls.register(router)

urlpatterns = [
    # First what is called by far the most: patterns are tried one after the other.
    path("api/v1.0/", include(router.urls)),
    path("admin/second-factor/", admin.site.admin_view(second_factor), name="second-factor"),
    path("admin/password/", forgotten_password, name="forgotten-password"),
    path("admin/password/<uidb64>/<token>/", ChoosePassword.as_view(), name="choose-password"),
    path("admin/", admin.site.urls),
    path("", show_doors),
    path("demo/", include(gamopanda.demo.shop.urls)),
    path("reminders/", include(gamopanda.events.reminders.urls)),
    path("healthz", healthz),
    path("readyz", readyz),
    # Named after its content; the storage adds a few letters when two saves meet.
    re_path(r"^media/icons/(?P<name>[0-9a-f]{64}(?:_\w+)?\.(?:png|jpg|gif|svg))$", serve_icon),
    path("api/v1.0/openapi.json", ApiDocument.as_view(), name="openapi"),
    path("api/docs", SwaggerPage.as_view(), name="api-docs"),
    path("api/redoc", RedocPage.as_view(), name="api-redoc"),
    # The product page writes the addresses of records without the version.
    path("", include([route for route in router.urls if str(route.pattern).startswith("^schema/")])),
    re_path(r"^(?:api|schema)(?:/|$)", page_not_found),
]

handler400 = "gamopanda.api.errors.handlers.bad_request"
handler403 = "gamopanda.api.errors.handlers.permission_denied"
handler404 = "gamopanda.api.errors.handlers.page_not_found"
handler500 = "gamopanda.api.errors.handlers.server_error"
