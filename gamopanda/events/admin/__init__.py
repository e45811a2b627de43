"""Administration of webhook endpoints, deliveries and events."""

from gamopanda.events.admin import deliveries, endpoints  # noqa: F401
