"""Which names of time zones are taken, and which of them are kept (S53)."""

import difflib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# As long as a column for a name is.
MAX_LENGTH = 64

# Files of a zone database that name no place: what a machine is set to, or that nothing was set.
NO_PLACES = {"Etc/Unknown", "Factory", "localtime", "posixrules"}


@cache
def zone_names() -> frozenset[str]:
    """Return the IANA names that this machine has data for."""
    return frozenset(available_timezones() - NO_PLACES)


def validate_time_zone(name: str) -> None:
    """Refuse anything but an IANA name that this machine has data for (S2)."""
    if name not in zone_names():
        close = difflib.get_close_matches(name, zone_names(), n=1)
        raise ValidationError(
            _("“%(name)s” is not an IANA time zone. Use a name such as %(example)s, or leave it empty."),
            code="unknown_time_zone",
            params={"name": name, "example": close[0] if close else "Europe/Berlin"},
        )


@cache
def _present_names() -> Mapping[str, str]:
    """Return the present names of zones by their old ones, as the zone database links them.

    Names that places have today are none of the old ones, whatever other zone their data is taken from.
    """
    database = files("tzdata") / "zoneinfo"
    places = (line.split("\t") for line in (database / "zone.tab").read_text().splitlines() if line[0] != "#")
    present = {columns[2] for columns in places} | {"UTC"}
    links = (line.split() for line in (database / "tzdata.zi").read_text().splitlines() if line.startswith("L "))
    return {old: name for _link, name, old in links if old not in present}


def present_name(name: str) -> str:
    """Return the present name of a zone that was given by an old one: Asia/Kolkata for Asia/Calcutta."""
    return _present_names().get(name, name)


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
