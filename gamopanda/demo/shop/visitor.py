"""Visitors of the demo shop: each browser is a member of its own, found by its session."""

import re
import secrets
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

PREFIX = "demo-visitor-"
EXTERNAL_ID = re.compile(rf"{PREFIX}[0-9a-f]{{16}}")


def external_id_of(session: SessionBase) -> str:
    """Return the external id of a visitor, a new one at the first visit."""
    known: Any = session.get("demo_visitor")
    if isinstance(known, str) and EXTERNAL_ID.fullmatch(known):
        return known
    return start_over(session)


def start_over(session: SessionBase) -> str:
    """Become somebody who has done nothing so far; return the new external id."""
    session["demo_visitor"] = PREFIX + secrets.token_hex(8)
    session["demo_days"] = 0
    return str(session["demo_visitor"])
