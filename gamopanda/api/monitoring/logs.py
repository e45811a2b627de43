"""The log: one JSON object a line, with the id of the request, and never a secret or a token."""

import json
import logging
import re
from datetime import UTC, datetime

from gamopanda.api.monitoring.context import current_request_id

# What a JSON Web Token, an API secret and a stored (encrypted) secret look like.
_SECRETS = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|\b[0-9a-f]{64}\b|gAAAA[\w-]{60,}={0,2}")


def without_secrets(text: str) -> str:
    """Blank out whatever looks like a secret or a token: the last resort, should one ever get into a message."""
    return _SECRETS.sub("[secret]", text)


class RequestIdFilter(logging.Filter):
    """Put the id of the present request on every record; empty outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass."""
        record.request_id = current_request_id.get()
        return True


class TextFormatter(logging.Formatter):
    """Lines for people, on a machine where someone is trying things out."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record without secrets."""
        return without_secrets(super().format(record))


class JSONFormatter(logging.Formatter):
    """Lines for machines: time, level, logger, message, requestId, exception, and the record's own `details`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record as one JSON object without secrets."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "requestId": getattr(record, "request_id", ""),
            **getattr(record, "details", {}),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return without_secrets(json.dumps(entry, ensure_ascii=False, default=str))
