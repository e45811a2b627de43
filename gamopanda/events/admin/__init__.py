"""Administration of webhook endpoints, deliveries and events, and of reminders."""

from gamopanda.events.admin import deliveries, endpoints, reminder_overview, reminders  # noqa: F401
