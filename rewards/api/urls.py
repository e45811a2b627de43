"""The addresses of the resources of rewards."""

from gamopanda.api.routing import RecordRouter


def register(router: RecordRouter) -> None:
    """Add the resources to the tree."""
