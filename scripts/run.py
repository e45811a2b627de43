#!/usr/bin/env python3
"""Bring up an installation for a first look, and serve it: what `make run` runs.

Everything that this machine says in the environment is used as it is (DATABASE_URL, SECRET_KEY, ALLOWED_HOSTS, …).
What it does not say is chosen so that it works at once: a key made for this installation, and this machine's names.
PORT and BIND say where to listen.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

from django.core.exceptions import ImproperlyConfigured

from gamopanda.conf.environment import BASE_DIR, kept_secret, read_bool, read_int, read_text, read_var_dir
from gamopanda.server.ports import wait_for_port


def complete_environment(bind: str) -> None:
    """Choose what the environment leaves open."""
    key_path = read_var_dir("GAMOPANDA_VAR_DIR") / "secret_key"
    os.environ["SECRET_KEY"] = read_text("SECRET_KEY") or kept_secret(key_path, 64)
    os.environ["GAMOPANDA_LOG_FORMAT"] = read_text("GAMOPANDA_LOG_FORMAT", default="text")
    os.environ["GAMOPANDA_DEMO"] = read_text("GAMOPANDA_DEMO", default="1")
    # The worker reaches the demo shop's webhook at this machine.
    os.environ["GAMOPANDA_WEBHOOK_NETWORKS"] = read_text("GAMOPANDA_WEBHOOK_NETWORKS", default="127.0.0.0/8,::1/128")
    os.environ["ALLOWED_HOSTS"] = read_text("ALLOWED_HOSTS", default=f"localhost,127.0.0.1,[::1],{bind}")


def manage(*arguments: str) -> str:
    """Run one of the product's own commands and return what it prints; exits when it fails, which it says itself."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


@contextmanager
def worker() -> Iterator[None]:
    """Run what works in the background beside the block."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_worker"],
        cwd=BASE_DIR,
        stdout=subprocess.DEVNULL,
        # Ctrl-C is for the server: this process ends the worker when that has ended.
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def greet_when_up(greeting: str, address: str) -> None:
    """Print the greeting as soon as the server answers, from a thread."""

    def greet() -> None:
        while True:
            try:
                urlopen(f"{address}/healthz", timeout=10).close()  # noqa: S310  our own
            except OSError:
                time.sleep(0.1)
            else:
                break
        print(greeting, flush=True)

    threading.Thread(target=greet, daemon=True).start()


def describe_shop(port: int) -> str:
    """Say where one can be a customer, unless the environment has closed the demo shop."""
    if not read_bool("GAMOPANDA_DEMO"):
        return ""
    return f"  Be a customer, and see a streak move:  http://localhost:{port}/demo/\n"


def main() -> None:
    """Prepare, then serve until interrupted."""
    port, bind = read_int("PORT", default=8000, minimum=1), read_text("BIND", default="127.0.0.1")
    try:
        wait_for_port(bind, port)
    except (OSError, OverflowError) as error:
        sys.exit(f"Nothing can listen on port {port} of {bind}: {error}. Another port: make run PORT=8080")
    complete_environment(bind)
    manage("migrate", "--verbosity", "0")
    greeting = manage("welcome", "--url", f"http://localhost:{port}", "--webhook", f"http://{bind}:{port}")
    greeting = f"{greeting}{describe_shop(port)}\n  Ctrl-C stops the server.\n"
    os.chdir(BASE_DIR)
    os.environ["DJANGO_SETTINGS_MODULE"] = "gamopanda.settings"
    # Reads the settings, which the lines above complete.
    from gamopanda.server.launching import serve

    with worker():
        serve(bind, port, workers=2, threads=4, on_startup=lambda: greet_when_up(greeting, f"http://{bind}:{port}"))


if __name__ == "__main__":
    try:
        main()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
