"""Permissions: each view has them in `allowed`, by caller and name of the operation."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from gamopanda.api.access.callers import CallerKind, caller_of

READ = frozenset({"list", "retrieve"})
WRITE = frozenset({"create", "partial_update", "destroy"})


class CallerPermission(BasePermission):
    """Let a caller do what `view.allowed` lists for its kind.

    Without credentials where some are needed DRF answers 401, with the wrong ones 403. An administrator passes with an
    operation that no caller may use, and gets the 405 that follows.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Look the operation up in the view's table."""
        caller = caller_of(request)
        kind = caller.kind
        if caller.sandbox and kind == CallerKind.ADMIN and view.action not in view.in_sandbox:
            return False
        if not any(view.action in operations for operations in view.allowed.values()):
            return kind == CallerKind.ADMIN
        return view.action in view.allowed.get(kind, ())
