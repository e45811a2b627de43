"""The floor's own installation: nothing but what the one view needs, on the same database and with the same pool."""

from pathlib import Path

from gamopanda.conf.environment import read_database, read_text

SECRET_KEY = read_text("SECRET_KEY")
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["benchmarks.floor"]
# It says how long an answer is.
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "benchmarks.floor.urls"
DATABASES = {"default": read_database("DATABASE_URL", default=Path("unused"))}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
# What the server asks for.
GAMOPANDA_METRICS = None
GAMOPANDA_MAX_BODY_BYTES = 5 * 1024 * 1024
DATABASE_LIMITS: dict[str, str] = {}
DATABASE_STANDBY_SECONDS = 0
USE_TZ = True
TIME_ZONE = "UTC"
