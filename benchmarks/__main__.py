"""Measure the product against floors in the same run: `make bench`, or `python -m benchmarks one_log` for one part.

QUICK=1 takes less time and data, and says less.
"""

import importlib
import subprocess
import sys

from benchmarks.installation import new_installation
from gamopanda.conf.environment import read_bool

# Modules of this folder. Each has `measure(installation, *, quick)`, which yields Markdown as it goes.
PARTS = (
    "one_log",
    "deliveries",
    "reminders",
    "flat_cost",
    "where_time_goes",
    "reading",
    "many_logs",
    "derived",
    "amnesty",
    "widget",
    "console",
)


def main(parts: list[str]) -> None:
    """Print what was measured."""
    unknown = set(parts) - set(PARTS)
    if unknown:
        sys.exit(f"Unknown: {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}.")
    if len(parts) == 1:
        _measure(parts[0])
        return
    # Each in a process and on a database of its own, so that none depends on what another has left behind.
    for name in parts or PARTS:
        subprocess.run([sys.executable, "-m", "benchmarks", name], check=True)


def _measure(name: str) -> None:
    with new_installation() as installation:
        for text in importlib.import_module(f"benchmarks.{name}").measure(installation, quick=read_bool("QUICK")):
            print(text, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
