"""Make an API key from the command line."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gamopanda.accounts.models import ApiKey


class Command(BaseCommand):
    """Print the new pair as one JSON object, so that a script can read it: its secret is not shown again."""

    help = "Makes a live API key and prints its apiKey and apiSecret, once, as one JSON object."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the name, and what it is for."""
        parser.add_argument("--name", required=True, help="What uses this key, such as checkout. A name is used once.")

        parser.add_argument(
            "--sandbox", action="store_true", help="For trying things out: its members count nowhere, see docs/api.md."
        )

    def handle(self, *, name: str, sandbox: bool, **_options: Any) -> None:
        """Make the key, or say why not."""
        key = ApiKey(name=name, sandbox=sandbox)
        try:
            key.clean_fields()
        except ValidationError as error:
            raise CommandError(f"The name {name!r} cannot be used: {' '.join(error.messages)}") from error
        if ApiKey.objects.filter(name=name).exists():
            raise CommandError(f"There is an API key named {name!r} already, and each name is used once.")
        key.save()
        self.stdout.write(json.dumps({"apiKey": key.api_key, "apiSecret": key.secret}))
