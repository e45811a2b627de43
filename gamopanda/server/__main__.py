"""Serve the site: `python -m gamopanda.server --bind 127.0.0.1:8000`."""

import argparse
import os
import sys

from django.core.exceptions import ImproperlyConfigured

from gamopanda.conf.environment import split_address


def arguments() -> argparse.ArgumentParser:
    """Return what the command line takes."""
    parser = argparse.ArgumentParser("python -m gamopanda.server", description="Serve the site.")
    parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT", help="where to listen (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes: one for each core (%(default)s)")
    parser.add_argument("--threads", type=int, default=4, help="threads of each process (%(default)s)")
    return parser


def main() -> None:
    """Serve until told to stop; exits with a sentence when it cannot."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gamopanda.settings")
    given = arguments().parse_args()
    try:
        host, port = split_address("--bind", given.bind)
        from gamopanda.server.launching import serve

        serve(host, port, workers=given.workers, threads=given.threads)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"Nothing can listen on {given.bind}: {error}")


if __name__ == "__main__":
    main()
