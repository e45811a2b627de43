"""The one settings file. Every value that differs between installations is read strictly from the environment.

A value that is present but wrong stops the process with a sentence that says what is allowed; see the README's
table of settings.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent


def read_bool(name: str, *, default: bool = False) -> bool:
    """Read a switch: 1/true/yes/on or 0/false/no/off; anything else is an error, never False."""
    text = os.environ.get(name, "").strip().lower()
    if text == "":
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={os.environ[name]!r} is not a switch: use 1 or 0 (true/false, yes/no, on/off).")


def read_int(name: str, *, default: int, minimum: int = 0) -> int:
    """Read a whole number of at least `minimum`."""
    text = os.environ.get(name, "").strip()
    if text == "":
        return default
    if not text.isdecimal() or int(text) < minimum:
        raise ImproperlyConfigured(f"{name}={text!r} must be a whole number, {minimum} or more.")
    return int(text)


def read_list(name: str) -> list[str]:
    """Read a comma-separated list; blanks around the commas are dropped."""
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def read_choice(name: str, choices: list[str], *, default: str) -> str:
    """Read one of `choices`."""
    text = os.environ.get(name, "").strip() or default
    if text not in choices:
        shown = ", ".join(choices) if len(choices) < 20 else f"for instance {default}"
        raise ImproperlyConfigured(f"{name}={text!r} is not known: use one of the names it can have ({shown}).")
    return text


DEBUG = read_bool("DEBUG")

SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to a long random string and keep it: API secrets are encrypted under it. "
            "One way to make it: python -c 'import secrets; print(secrets.token_urlsafe(64))'. "
            "For a trial on your own machine, DEBUG=1 works without one."
        )
    SECRET_KEY = "django-insecure-for-trials-on-one-machine-only"
# Old keys, newest first, still read after SECRET_KEY was changed.
SECRET_KEY_FALLBACKS = read_list("SECRET_KEY_FALLBACKS")

ALLOWED_HOSTS = read_list("ALLOWED_HOSTS") or (["*"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = read_list("CSRF_TRUSTED_ORIGINS")

# What the product is called by its clients.
GAMOPANDA_ACCOUNT_ID = os.environ.get("GAMOPANDA_ACCOUNT_ID", "").strip() or "gamopanda"
# S2: the clock of every streak that has no time zone of its own.
GAMOPANDA_TIME_ZONE = read_choice("GAMOPANDA_TIME_ZONE", sorted(available_timezones()), default="UTC")
# S3: the first day of a weekly period.
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
GAMOPANDA_FIRST_DAY_OF_WEEK = WEEKDAYS.index(read_choice("GAMOPANDA_FIRST_DAY_OF_WEEK", WEEKDAYS, default="monday"))
# The largest request body, in bytes.
GAMOPANDA_MAX_BODY_BYTES = read_int("GAMOPANDA_MAX_BODY_BYTES", default=5 * 1024 * 1024, minimum=1024)

INSTALLED_APPS = [
    "modeltranslation",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "gamopanda.accounts",
    "streaks",
    "rewards",
]

MIDDLEWARE = [
    "gamopanda.api.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["gamopanda.accounts.authentication.HeaderAuthentication"],
    "UNAUTHENTICATED_USER": "gamopanda.api.callers.Guest",
    "DEFAULT_PERMISSION_CLASSES": ["gamopanda.api.permissions.CallerPermission"],
    "DEFAULT_PARSER_CLASSES": ["gamopanda.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["gamopanda.api.renderers.EnvelopeRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "gamopanda.api.negotiation.JSONForEverybody",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "gamopanda.api.handling.EnvelopeHandler",
    "EXCEPTION_FORMATTER_CLASS": "gamopanda.api.handling.EnvelopeFormatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Gamopanda Streaks",
    "DESCRIPTION": "Streaks, milestones and rewards for the members of your own programme.",
    "VERSION": "1.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
}

# Browsers on any site may call what guests and end users may: reading, and never with a server's key.
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "content-type", "if-none-match", "x-account-id", "x-enduser-access-token", "x-request-id"]
CORS_EXPOSE_HEADERS = ["content-language", "date", "etag", "retry-after", "x-request-id"]
CORS_URLS_REGEX = (
    r"^(/api/v1\.0)?/schema/(streak|milestone|streak_log|streak_progress|reward_log|account_user)/record(/[^/]+)?$"
    r"|^/api/v1\.0/end-user-display$"
)

ROOT_URLCONF = "gamopanda.urls"
WSGI_APPLICATION = "gamopanda.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Where this installation keeps what is not in the database: SQLite's file, uploads.
VAR_DIR = Path(os.environ.get("GAMOPANDA_VAR_DIR", "").strip() or BASE_DIR / "var")
try:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"GAMOPANDA_VAR_DIR={str(VAR_DIR)!r} cannot be made: {error.strerror}.") from error


def read_database() -> dict[str, Any]:
    """Read DATABASE_URL: SQLite (the default, in VAR_DIR) or PostgreSQL."""
    url = os.environ.get("DATABASE_URL", "").strip() or f"sqlite:///{VAR_DIR / 'gamopanda.sqlite3'}"
    scheme, _, path = url.partition("://")
    if scheme == "sqlite" and path.startswith("/") and path != "/":
        return sqlite_database(BASE_DIR / path[1:])
    if scheme in {"postgres", "postgresql"}:
        return postgresql_database(url)
    # Not the address itself: it may hold a password.
    raise ImproperlyConfigured(
        "DATABASE_URL must be postgres://user:password@host:port/name, or sqlite:/// and the path of a file."
    )


def sqlite_database(path: Path) -> dict[str, Any]:
    """Describe a SQLite file whose writers wait for each other instead of failing."""
    options = {
        # IMMEDIATE: a writer waits for its turn at BEGIN instead of losing a race in mid-transaction.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": options}


def postgresql_database(url: str) -> dict[str, Any]:
    """Describe a PostgreSQL database behind a pool; what follows `?` in the address goes to libpq, as in sslmode=require.

    Pooled connections are kept by the pool, so CONN_MAX_AGE stays 0; each is tried before it is used, because a server
    that was restarted leaves dead ones behind.
    """
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL is not an address that PostgreSQL understands: {error}") from error
    if not parts.get("dbname"):
        raise ImproperlyConfigured(
            "DATABASE_URL names no database: it must end like postgres://user:password@host/name."
        )
    size = read_int("DATABASE_POOL_SIZE", default=8, minimum=1)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**parts, "pool": {"min_size": 1, "max_size": size, "timeout": 30}},
    }


DATABASES = {"default": read_database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_REDIRECT_URL = "admin:index"

# S34: every language that texts can be written in; the first is the default that the others fall back to.
LANGUAGE_NAMES = {
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "de": "Deutsch",
    "pt": "Português",
    "ar": "العربية",
    "hi": "हिन्दी",
    "ja": "日本語",
}
LANGUAGE_CODE = "en"
LANGUAGES = [
    *LANGUAGE_NAMES.items(),
    *((code.lower(), code) for code in read_list("GAMOPANDA_EXTRA_LANGUAGES")),
]
MODELTRANSLATION_DEFAULT_LANGUAGE = LANGUAGE_CODE
LOCALE_PATHS = [BASE_DIR / "streaks" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
# Until collectstatic has copied and compressed them, files are served from where they lie.
WHITENOISE_USE_FINDERS = DEBUG or not STATIC_ROOT.exists()

# A site that is reached over TLS only, as production must be: redirects, HSTS and cookies that never travel in clear.
HTTPS = read_bool("HTTPS")
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if read_bool("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]

DATA_UPLOAD_MAX_MEMORY_SIZE = GAMOPANDA_MAX_BODY_BYTES


def menu_entry(title: object, icon: str, model: str) -> dict[str, object]:
    """Describe one line of the administration's menu: the list of a model, given as `app_model`."""
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{model}_changelist")}


UNFOLD = {
    "SITE_TITLE": "Gamopanda Streaks",
    "SITE_HEADER": "Gamopanda Streaks",
    "SITE_SYMBOL": "local_fire_department",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
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
        "navigation": [
            {
                "title": _("Programme"),
                "items": [
                    {"title": _("Home"), "icon": "home", "link": reverse_lazy("admin:index")},
                    menu_entry(_("Streaks"), "local_fire_department", "streaks_streak"),
                    menu_entry(_("Milestones"), "flag", "streaks_milestone"),
                    menu_entry(_("Coupon codes"), "confirmation_number", "rewards_poolcode"),
                ],
            },
            {
                "title": _("Members"),
                "items": [
                    menu_entry(_("Members"), "group", "accounts_member"),
                    menu_entry(_("Runs"), "directions_run", "streaks_streakprogress"),
                    menu_entry(_("Period totals"), "calendar_month", "streaks_taskprogress"),
                    menu_entry(_("Activity logs"), "list_alt", "streaks_streaklog"),
                    menu_entry(_("Rewards"), "redeem", "rewards_rewardlog"),
                ],
            },
            {
                "title": _("Access"),
                "items": [
                    menu_entry(_("API keys"), "key", "accounts_apikey"),
                    menu_entry(_("Users"), "person", "auth_user"),
                    menu_entry(_("Groups"), "groups", "auth_group"),
                ],
            },
        ],
    },
}
