"""What is known of the current request: its id, for the log, and since when it has waited."""

from contextvars import ContextVar

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")
QUEUED_AT = "gamopanda.queued_at"
"""The key of a request's environment at which the server says since when the call has waited for a thread."""
