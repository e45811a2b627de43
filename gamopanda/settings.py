"""The one settings file. Every value that differs between installations is read strictly from the environment.

A value that is present but wrong stops the process with a sentence that says what is allowed; see docs/settings.md.
"""

from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from gamopanda import VERSION
from gamopanda.admin.theme import THEME
from gamopanda.conf.environment import (
    BASE_DIR,
    database_limits,
    read_address,
    read_bool,
    read_bucket,
    read_call_cache,
    read_choice,
    read_database,
    read_email,
    read_hours,
    read_int,
    read_list,
    read_networks,
    read_proxies,
    read_replicas,
    read_text,
    read_time_zone,
    read_var_dir,
)
from gamopanda.conf.languages import fallback_languages, with_extra_languages

DEBUG = read_bool("DEBUG")

SECRET_KEY = read_text("SECRET_KEY")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to a long random string and keep it: API secrets are encrypted under it. "
            "One way to make it: python -c 'import secrets; print(secrets.token_urlsafe(64))'. "
            "For a trial on your own machine, DEBUG=1 works without one."
        )
    SECRET_KEY = "django-insecure-for-trials-on-one-machine-only"  # noqa: S105
# Old keys, newest first, still read after SECRET_KEY was changed.
SECRET_KEY_FALLBACKS = read_list("SECRET_KEY_FALLBACKS")

ALLOWED_HOSTS = read_list("ALLOWED_HOSTS") or (["*"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = read_list("CSRF_TRUSTED_ORIGINS")

# What the product is called by its clients.
GAMOPANDA_ACCOUNT_ID = read_text("GAMOPANDA_ACCOUNT_ID", default="gamopanda")
# S2: the clock of every streak that has no time zone of its own.
GAMOPANDA_TIME_ZONE = read_time_zone("GAMOPANDA_TIME_ZONE")
# S3: the first day of a weekly period.
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
GAMOPANDA_FIRST_DAY_OF_WEEK = WEEKDAYS.index(read_choice("GAMOPANDA_FIRST_DAY_OF_WEEK", WEEKDAYS, default="monday"))
# Whether the demo shop is open at /demo/, whose visitors can move their own clock: for trials, never in production.
GAMOPANDA_DEMO = read_bool("GAMOPANDA_DEMO", default=DEBUG)
# For how many days `clean_up` keeps the audit trail (0: for ever), and icons that no record uses.
GAMOPANDA_KEEP_AUDIT_DAYS = read_int("GAMOPANDA_KEEP_AUDIT_DAYS", default=730)
GAMOPANDA_KEEP_ICONS_DAYS = read_int("GAMOPANDA_KEEP_ICONS_DAYS", default=30, minimum=1)
# Whether events are stored for the list to read along too, also where no webhook endpoint takes them.
GAMOPANDA_EVENT_LIST = read_bool("GAMOPANDA_EVENT_LIST")
# For how many days events and their deliveries are kept.
GAMOPANDA_EVENT_DAYS = read_int("GAMOPANDA_EVENT_DAYS", default=30, minimum=1)
# From which hour to which members are left alone by reminders, on their clocks.
GAMOPANDA_QUIET_HOURS = read_hours("GAMOPANDA_QUIET_HOURS", default="21-8")
# How many reminders a member gets in a day, of all streaks.
GAMOPANDA_REMINDERS_A_DAY = read_int("GAMOPANDA_REMINDERS_A_DAY", default=1, minimum=1)
# Where this installation is reached, for links in e-mails: https://streaks.example.com.
GAMOPANDA_SITE_URL = read_text("GAMOPANDA_SITE_URL").rstrip("/")
# The mail server, by Django's own names; without one, e-mails are printed on a machine for trials, and never sent.
EMAIL_HOST = read_text("EMAIL_HOST")
EMAIL_PORT = read_int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = read_text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = read_text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = read_bool("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 15
_MAIL = "smtp" if EMAIL_HOST else "console" if DEBUG else "dummy"
EMAIL_BACKEND = f"django.core.mail.backends.{_MAIL}.EmailBackend"
DEFAULT_FROM_EMAIL = read_text("DEFAULT_FROM_EMAIL", default="streaks@localhost")
# Who is written to when a webhook endpoint has failed for a day; without one no mail is sent.
GAMOPANDA_ALERT_EMAIL = read_email("GAMOPANDA_ALERT_EMAIL")
# Networks of your own that webhook endpoints may lie in, also without TLS.
GAMOPANDA_WEBHOOK_NETWORKS = read_networks("GAMOPANDA_WEBHOOK_NETWORKS")
# The largest request body, in bytes.
GAMOPANDA_MAX_BODY_BYTES = read_int("GAMOPANDA_MAX_BODY_BYTES", default=5 * 1024 * 1024, minimum=1024)

INSTALLED_APPS = [
    "modeltranslation",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
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
    "import_export",
    "auditlog",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "gamopanda.accounts",
    "gamopanda.widget",
    "streaks",
    "rewards",
    "gamopanda.events",
    "gamopanda.console",
    "gamopanda.demo",
]

MIDDLEWARE = [
    "gamopanda.api.monitoring.middleware.RequestIdMiddleware",
    "gamopanda.api.monitoring.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "gamopanda.server.compression.CompressionMiddleware",
    "gamopanda.api.access.cross_origin.CrossOriginMiddleware",
    "gamopanda.admin.page_middleware.PagePolicy",
    "gamopanda.admin.page_middleware.PageAddress",
    "gamopanda.admin.page_middleware.PageSession",
    "gamopanda.admin.page_middleware.PageLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "gamopanda.admin.page_middleware.PagePerson",
    "gamopanda.admin.audit.AuditMiddleware",
    "gamopanda.admin.page_middleware.PageMessages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

# Where the server publishes counts for Prometheus, apart from the site: no proxy leads there.
GAMOPANDA_METRICS = read_address("GAMOPANDA_METRICS")
if GAMOPANDA_METRICS is not None:
    MIDDLEWARE.insert(2, "gamopanda.api.monitoring.metrics.MetricsMiddleware")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["gamopanda.accounts.authentication.HeaderAuthentication"],
    "UNAUTHENTICATED_USER": "gamopanda.api.access.callers.Guest",
    "DEFAULT_PERMISSION_CLASSES": ["gamopanda.api.access.permissions.CallerPermission"],
    "DEFAULT_PARSER_CLASSES": ["gamopanda.api.parsing.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["gamopanda.api.rendering.renderers.EnvelopeRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "gamopanda.api.rendering.negotiation.JSONForEverybody",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_THROTTLE_CLASSES": ["gamopanda.api.limits.throttling.CallerThrottle"],
    # How many proxies of our own have added to X-Forwarded-For: whose address a guest has.
    "NUM_PROXIES": read_proxies("BEHIND_PROXY"),
    "DEFAULT_SCHEMA_CLASS": "gamopanda.api.openapi.schema.EnvelopeSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "gamopanda.api.errors.handling.EnvelopeHandler",
    "EXCEPTION_FORMATTER_CLASS": "gamopanda.api.errors.handling.EnvelopeFormatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}
# Calls a minute of one API key, of one end user, and from one address of guests; 0 is no limit.
GAMOPANDA_CALLS_PER_MINUTE = {
    "admin": read_int("GAMOPANDA_CALLS_PER_MINUTE_ADMIN", default=0),
    "end_user": read_int("GAMOPANDA_CALLS_PER_MINUTE_END_USER", default=600),
    "guest": read_int("GAMOPANDA_CALLS_PER_MINUTE_GUEST", default=3_000),
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Gamopanda Streaks",
    "DESCRIPTION": (
        "Streaks, milestones and rewards for the members of your own programme. A success is in `data`, with `paging` "
        "beside a list; a refusal is in `error`. Unknown fields and query parameters are refused by name. Instants are "
        "RFC 3339, read in UTC; numbers are exact and may be sent as text. Each kind of caller has its own pair of "
        "headers, which must come together; without any, the caller is a guest. JSON bodies may be packed with gzip "
        "(Content-Encoding), and answers over 1 kB are for those who accept it."
    ),
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Swagger would show the description to a validator on another site.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # It would repeat the words of every choice.
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "StatusEnum": "gamopanda.api.models.Status",
        "WebhookEndpointStatusEnum": "gamopanda.events.models.WebhookEndpoint.Status",
        "DeliveryStatusEnum": "gamopanda.events.models.Delivery.Status",
    },
    "PREPROCESSING_HOOKS": ["gamopanda.api.openapi.schema.leave_out_unversioned"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "gamopanda.api.openapi.schema.add_components",
    ],
    # Tests check how well the document describes the API; a deployment need not.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}

# Browsers on any site may read what guests and end users may, and never with a server's key.
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "OPTIONS"]
CORS_ALLOW_HEADERS = [
    "accept",
    "content-type",
    "if-none-match",
    "x-account-id",
    "x-enduser-access-token",
    "x-request-id",
]
CORS_EXPOSE_HEADERS = [
    "content-language",
    "date",
    "etag",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "x-replica-lag",
    "x-request-id",
]
CORS_URLS_REGEX = (
    r"^(/api/v1\.0)?/schema"
    r"/(streak|milestone|streak_log|streak_progress|streak_excuse|streak_freeze|reward_log|account_user)/record(/[^/]+)?$"
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

# Where this installation keeps what is not in the database: SQLite's file, uploads, collected static files.
VAR_DIR = read_var_dir("GAMOPANDA_VAR_DIR")
DATABASES = {"default": read_database("DATABASE_URL", default=VAR_DIR / "gamopanda.sqlite3")}
# Standbys that lists, the display and the console's figures are read from, and how many seconds they may be behind.
REPLICAS = read_replicas("DATABASE_REPLICA_URL", primary=DATABASES["default"], cache=read_text("GAMOPANDA_CACHE_URL"))
DATABASE_REPLICA_SECONDS = read_int("DATABASE_REPLICA_SECONDS", default=5, minimum=1)
if REPLICAS:
    DATABASES |= REPLICAS
    DATABASE_ROUTERS = ["gamopanda.postgresql.replicas.ReplicaRouter"]
    MIDDLEWARE.append("gamopanda.api.access.freshness.FreshnessMiddleware")
# What the server lets the database do at most; commands take what they need. 0 is no limit.
DATABASE_LIMITS = database_limits()
# How long a commit may wait for a synchronous standby.
DATABASE_STANDBY_SECONDS = read_int("DATABASE_STANDBY_SECONDS", default=3)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What pages keep for a moment, in each process; and how many calls there were, by all hosts together where there are
# several.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "calls": read_call_cache("GAMOPANDA_CACHE_URL"),
}

# To standard error, one JSON object a line; in words on a machine where someone is trying things out.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "gamopanda.api.monitoring.logs.RequestIdFilter"}},
    "formatters": {
        "json": {"()": "gamopanda.api.monitoring.logs.JSONFormatter"},
        "text": {
            "()": "gamopanda.api.monitoring.logs.TextFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s %(request_id)s",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": read_choice("GAMOPANDA_LOG_FORMAT", ["json", "text"], default="text" if DEBUG else "json"),
        },
    },
    "root": {
        "handlers": ["console"],
        "level": read_choice("GAMOPANDA_LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"], default="INFO"),
    },
    # Django's own handlers would repeat what the root writes, and send e-mail without a recipient.
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Failures to sign in are told, its own steps are not.
        "axes": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}

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
CSRF_FAILURE_VIEW = "gamopanda.api.errors.pages.stale_page"

# People who may view a list may export it.
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"

# Guessing passwords ends after a few attempts under one name from one address, for a while.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "gamopanda.api.access.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "gamopanda.accounts.sign_in.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# What authenticator apps call this installation.
OTP_TOTP_ISSUER = "Gamopanda Streaks"

# The audit trail keeps values as they are, not as text: 50 and 50.0000 are no change. No person changes a fixture.
AUDITLOG_STORE_JSON_CHANGES = True
AUDITLOG_DISABLE_ON_RAW_SAVE = True
AUDITLOG_CID_GETTER = "gamopanda.admin.audit.request_id"

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
LANGUAGES = with_extra_languages(LANGUAGE_NAMES, read_list("GAMOPANDA_EXTRA_LANGUAGES"))
MODELTRANSLATION_DEFAULT_LANGUAGE = LANGUAGE_CODE
MODELTRANSLATION_FALLBACK_LANGUAGES = fallback_languages(LANGUAGES)
LOCALE_PATHS = [BASE_DIR / "streaks" / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["gamopanda.conf.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": read_bucket("GAMOPANDA_ICON_BUCKET"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
# Until collectstatic has copied and compressed them, files are served from where they lie.
WHITENOISE_USE_FINDERS = DEBUG or not any(STATIC_ROOT.iterdir())

# A site that is reached over TLS only, as production must be: redirects, HSTS and cookies that never travel in clear.
HTTPS = read_bool("HTTPS")
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# To be on the browsers' own list is hard to take back, and concerns the whole domain.
SECURE_HSTS_PRELOAD = read_bool("HSTS_PRELOAD")
if SECURE_HSTS_PRELOAD and not HTTPS:
    raise ImproperlyConfigured("HSTS_PRELOAD=1 needs HTTPS=1: browsers read it over TLS alone.")
SILENCED_SYSTEM_CHECKS = [] if SECURE_HSTS_PRELOAD else ["security.W021"]
if REST_FRAMEWORK["NUM_PROXIES"]:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DATA_UPLOAD_MAX_MEMORY_SIZE = GAMOPANDA_MAX_BODY_BYTES

UNFOLD = THEME
