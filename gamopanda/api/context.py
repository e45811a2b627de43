"""What belongs to the request at hand, for whoever writes the log."""

from contextvars import ContextVar

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")
