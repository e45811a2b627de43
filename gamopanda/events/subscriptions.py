"""Who takes which events: read once for each version of the endpoints, and at no cost where there are none (E6)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction

from gamopanda.events.models import WebhookEndpoint
from streaks.models import Streak
from streaks.progress.streak_cache import CachedStreak

MOST_VERSIONS = 1000


@dataclass(frozen=True, slots=True)
class Subscription:
    """What an endpoint takes; None is all. One of the sandbox takes events of sandbox members alone."""

    endpoint_id: UUID
    event_types: frozenset[str] | None
    streak_ids: frozenset[str] | None
    sandbox: bool = False

    def takes(self, event_type: str, streak_id: UUID | None, sandbox: bool | None) -> bool:
        """Say whether the endpoint takes an event; one that belongs to no streak goes to all."""
        if sandbox is not None and sandbox != self.sandbox:
            return False
        if self.event_types is not None and event_type not in self.event_types:
            return False
        return self.streak_ids is None or streak_id is None or str(streak_id) in self.streak_ids


@dataclass(frozen=True, slots=True)
class Takers:
    """All that take events: endpoints, and the list of events where it is switched on."""

    subscriptions: Sequence[Subscription] = ()
    has_list: bool = False

    def __bool__(self) -> bool:
        return self.has_list or bool(self.subscriptions)

    def of(self, event_type: str, streak_id: UUID | None, *, sandbox: bool | None = None) -> list[UUID] | None:
        """Return the endpoints that take an event; None where it is not to be stored at all.

        Where `sandbox` is None, it may be about a sandbox member or not.
        """
        found = [one.endpoint_id for one in self.subscriptions if one.takes(event_type, streak_id, sandbox)]
        return found if found or self.has_list else None

    def take_any(self, event_types: Iterable[str], streak_id: UUID | None) -> bool:
        """Say whether an event of one of these types would be stored."""
        return any(self.of(event_type, streak_id) is not None for event_type in event_types)


_cached: dict[UUID, tuple[Subscription, ...]] = {}


def takers_now() -> Takers:
    """Read who takes events, in one statement."""
    return Takers(_read(), settings.GAMOPANDA_EVENT_LIST)


def takers_for(streaks: Iterable[CachedStreak]) -> Takers:
    """Return who takes events, without a statement once it is read.

    Every change of an endpoint gives all streaks another version, and the versions of these were compared with the
    database in this transaction.
    """
    versions = {one.streak.version for one in streaks}
    if None in versions:
        return takers_now()
    newest = max(version for version in versions if version is not None)
    if newest not in _cached:
        if len(_cached) >= MOST_VERSIONS:
            _cached.clear()
        _cached[newest] = _read()
    return Takers(_cached[newest], settings.GAMOPANDA_EVENT_LIST)


@transaction.atomic
def note_change() -> None:
    """Let all processes see that endpoints have changed, in the transaction in which they do."""
    locked = Streak.objects.select_for_update(no_key=True).order_by("pk")
    Streak.objects.filter(pk__in=list(locked.values_list("pk", flat=True))).update()


def _read() -> tuple[Subscription, ...]:
    rows = WebhookEndpoint.objects.exclude(status=WebhookEndpoint.Status.DISABLED).order_by("pk")
    return tuple(
        Subscription(pk, _words(types), _words(streaks), sandbox)
        for pk, types, streaks, sandbox in rows.values_list("pk", "event_types", "streak_ids", "sandbox")
    )


def _words(values: Collection[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)
