"""When the commands that work in the background last did so."""

import time
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from gamopanda.api.limits.looping import round_finished
from gamopanda.events.models import CommandRound

SECONDS_BETWEEN_NOTES = 15
"""A command whose rounds are short notes only some of them."""
_noted: dict[str, float] = {}


@receiver(round_finished, dispatch_uid="events.note_round")
def note_round(command: str, **_kwargs: Any) -> None:
    """Note that a command has finished a round."""
    now = time.monotonic()
    if now - _noted.get(command, -SECONDS_BETWEEN_NOTES) >= SECONDS_BETWEEN_NOTES:
        CommandRound.objects.update_or_create(pk=command, defaults={"finished_at": timezone.now()})
        _noted[command] = now
