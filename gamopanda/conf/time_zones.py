"""Which names of time zones are taken."""

from functools import cache
from zoneinfo import available_timezones

# Files of a zone database that name no place: what a machine is set to, or that nothing was set.
NO_PLACES = {"Etc/Unknown", "Factory", "localtime", "posixrules"}


@cache
def zone_names() -> frozenset[str]:
    """Return the IANA names that this machine has data for."""
    return frozenset(available_timezones() - NO_PLACES)
