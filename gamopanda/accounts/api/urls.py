"""The addresses of members and API keys."""

from gamopanda.accounts.api.views import ApiKeyViewSet, MemberViewSet
from gamopanda.api.routing import RecordRouter


def register(router: RecordRouter) -> None:
    """Add the resources to the tree."""
    router.register_record("account_user", MemberViewSet)
    router.register_record("api_key", ApiKeyViewSet)
