"""The router of records: no trailing slash, and only the operations that some caller may use."""

from collections.abc import Mapping
from typing import Any

from rest_framework.routers import SimpleRouter


class RecordRouter(SimpleRouter):
    """Binds only the operations that the view's `allowed` has for some caller; the others are a 405."""

    def __init__(self) -> None:
        super().__init__(trailing_slash=False)

    def register_record(self, slug: str, viewset: type[Any]) -> None:
        """Serve a resource at `schema/<slug>/record`."""
        self.register(f"schema/{slug}/record", viewset, basename=slug)

    def get_method_map(self, viewset: type[Any], method_map: Mapping[str, str]) -> dict[str, str]:
        """Leave out operations that no caller may use."""
        offered = frozenset().union(*viewset.allowed.values())
        bound = super().get_method_map(viewset, method_map)
        return {method: action for method, action in bound.items() if action in offered}
