"""The addresses of the resources of streaks."""

from gamopanda.api.routing import RecordRouter


def register(router: RecordRouter) -> None:
    """Add the resources to the tree."""
