"""Settings for tests: the real ones, read from an environment that no machine's own can change.

SQLite in a file of its own for every process, or the server in TEST_DATABASE_URL. DATABASE_URL is never used: a test
run must not reach the database that an installation keeps its records in.
"""

import atexit
import os
import shutil
import tempfile

READ_BY_SETTINGS = {
    "ALLOWED_HOSTS",
    "BEHIND_PROXY",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_POOL_SIZE",
    "DATABASE_URL",
    "DEBUG",
    "HTTPS",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
}

for name in [name for name in os.environ if name in READ_BY_SETTINGS or name.startswith("GAMOPANDA_")]:
    del os.environ[name]

var_dir = tempfile.mkdtemp(prefix="gamopanda-tests-")
atexit.register(shutil.rmtree, var_dir, ignore_errors=True)
os.environ.update(
    GAMOPANDA_VAR_DIR=var_dir,
    SECRET_KEY="a key for tests only, as long as a real one has to be: 0123456789",
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
)
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

from gamopanda.settings import *  # noqa: E402, F403
from gamopanda.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in an installation: SQLite in memory shares one cache between threads and locks differently.
    DATABASES["default"]["TEST"] = {"NAME": f"{var_dir}/test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"

# Strong hashes are slow on purpose; tests log in often.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
