"""Calls that make something, each once for an `Idempotency-Key`."""

from functools import partial
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from gamopanda.accounts.idempotency import answer_once, fingerprint_of
from gamopanda.api.errors.exceptions import invalid
from gamopanda.api.views import ApiViewSet

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 255


class MakesOnce(ApiViewSet):
    """A view whose `makes_once` operations take an `Idempotency-Key`."""

    makes_once: ClassVar[frozenset[str]] = frozenset({"create"})

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Once the call may be made, see to it that it is answered once for its key."""
        super().initial(request, *args, **kwargs)
        key = request.headers.get(HEADER)
        makes = self.action in self.makes_once and request.query_params.get("dryRun") != "true"
        if key is not None and makes:
            if not 0 < len(key) <= MAX_KEY_LENGTH:
                raise invalid(HEADER, f"Use 1 to {MAX_KEY_LENGTH} characters.")
            setattr(self, str(request.method).lower(), partial(self._answer_once, key, getattr(self, self.action)))

    def _answer_once(self, key: str, answer: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        caller: Any = request.user
        fingerprint = fingerprint_of(request.path, request.META.get("QUERY_STRING", ""), request.data)
        return answer_once(
            caller.throttle_name, key, fingerprint, lambda: answer(request, *args, **kwargs), now=self.now
        )
