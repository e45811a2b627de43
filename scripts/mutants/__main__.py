"""Change the code at random, one place at a time, and see whether a test notices.

    SAMPLE=100 SEED=1 python scripts/with_postgres.py python -m scripts.mutants

The first run notes which tests run which function; later ones do it for changed files of tests alone. Remove
var/mutants after large changes. Changes that make no difference are named in equivalents.toml, each with its reason.
The exit code is 0 when 95 of 100 of the others are found.
"""

import os
import subprocess
import sys

from gamopanda.conf.environment import BASE_DIR

# What may notice a change, the narrowest and quickest first.
TESTS = """
streaks/tests: core_* log_body recording one_derivation protection rules_versions draft_excuses fast_path schedule
streaks/tests: stores_postgresql bulk_rows member_clocks api_logs api_runs api_bulk
rewards/tests: issuing limits past merging freeze_rewards code_keys api_* limits_postgresql merging_postgresql
gamopanda/tests: api_authentication api_keys api_members api_permissions api_browsers_and_health api_throttles
gamopanda/tests: create_api_key sign_in invitations idempotency* personal_data member_zones admin_accounts
gamopanda/tests/sandbox: *
gamopanda/events/tests: events
streaks/tests: api_[mps]* api_rules* s*_postgresql recording_* re*s explanation following concurrency_* history_*
streaks/tests: large_*
"""


def files_of_tests() -> list[str]:
    """Return the files of tests in this order."""
    lines = [line.split(": ") for line in TESTS.split("\n") if line]
    patterns = [(folder, name) for folder, names in lines for name in names.split()]
    found = [file for folder, name in patterns for file in sorted((BASE_DIR / folder).glob(f"test_{name}.py"))]
    return [str(file.relative_to(BASE_DIR)) for file in dict.fromkeys(found)]


def main() -> int:
    """Try a sample; return the exit code."""
    plugins = ["-p", "scripts.mutants.plugin", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "--capture=no", *plugins, *files_of_tests()]
    # In CI, property tests draw the same examples every time.
    return subprocess.run(command, cwd=BASE_DIR, env={**os.environ, "CI": "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
