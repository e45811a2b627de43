"""What the display costs a customer with a cheap phone: four times slower than this machine, over slow 4G."""

import statistics
from collections.abc import Iterator

from benchmarks import display_visits as widget
from benchmarks.installation import Installation

SCRIPT_AT_MOST = 20_000


def measure(_installation: Installation, *, quick: bool) -> Iterator[str]:
    """Print what goes over the wire and how long it takes; the display is visited in an installation of its own."""
    visits = widget.measure_in_chromium(1 if quick else 5)
    yield "## The display\n\n| What | Measured | At most | |\n|---|--:|--:|---|"
    script, data = max(visit.script_bytes for visit in visits), max(visit.data_bytes for visit in visits)
    yield line("Script, bytes over the wire", script, SCRIPT_AT_MOST)
    yield line("Requests for the script", max(visit.scripts for visit in visits), 1)
    yield line("Requests for data", max(visit.data_requests for visit in visits), 1)
    yield line("Layout shift", max(visit.layout_shift for visit in visits), 0)
    times = [visit.milliseconds for visit in visits]
    yield f"| Data, bytes over the wire | {data:,} | | |"
    seen = f"{statistics.median(times):,.0f} ({min(times):,.0f} to {max(times):,.0f})"
    yield f"| Milliseconds until it is seen | {seen} | | |\n"


def line(what: str, measured: float, at_most: float) -> str:
    """Return a line of the table, with what was promised."""
    return f"| {what} | {measured:,} | {at_most:,} | {'reached' if measured <= at_most else 'missed'} |"
