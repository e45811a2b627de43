"""Runs `manage.py` as an operator does: in a process of its own, with nothing in its environment but what is given."""

import os
import subprocess
import sys
from pathlib import Path

from gamopanda.conf.environment import BASE_DIR


def run_manage(*arguments: str, var_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `manage.py`; its files go to `var_dir`, and its database is SQLite there unless told another."""
    return subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "manage.py", *arguments],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], "GAMOPANDA_VAR_DIR": str(var_dir), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
