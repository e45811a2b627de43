"""Which names of time zones are taken."""

from functools import cache
from zoneinfo import available_timezones

# Files of a zone database that name no place: what a machine is set to, or that nothing was set.
NO_PLACES = {"Etc/Unknown", "Factory", "localtime", "posixrules"}


@cache
def zone_names() -> frozenset[str]:
    """Return the IANA names that this machine has data for."""
    return frozenset(available_timezones() - NO_PLACES)


# The names that people look for; the others are older ones of the same clocks.
AREAS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip


@cache
def places() -> dict[str, str]:
    """Return the zones to choose from, by the place that each is named after, such as “New York”."""
    zones = (name for name in zone_names() if name.partition("/")[0] in AREAS)
    # Of two zones of one place the shorter name is the usual one: it comes last, and stays.
    by_length = sorted(zones, key=lambda name: (-len(name), name))
    return {name.rpartition("/")[2].replace("_", " "): name for name in by_length} | {"UTC": "UTC"}


def zone_of(text: str) -> str:
    """Return the zone of a place, however it is capitalised; any other text as it is."""
    by_place = {place.casefold(): zone for place, zone in places().items()}
    return by_place.get(text.strip().casefold(), text)
