"""Set up an installation with the demo for the benchmark of the display, and print an API key for it.

One process for everything: to start Django takes longer than most of what is done here.
"""

from io import StringIO

import django
from django.core.management import call_command

# Compressing what the administration and the API's description are made of takes longer than all the rest.
NOT_THE_DISPLAYS = ("admin", "drf_spectacular_sidecar", "modeltranslation", "rest_framework", "unfold")


def main() -> None:
    """Bring the database, the static files, the demo and the key."""
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=list(NOT_THE_DISPLAYS))
    call_command("seed_demo", stdout=StringIO())
    call_command("create_api_key", name="Benchmark")


if __name__ == "__main__":
    main()
