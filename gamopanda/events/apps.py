"""Events, webhook endpoints and deliveries."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Connects the signals when Django is ready."""

    name = "gamopanda.events"
    label = "events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for what happens, and keep what people do with endpoints."""
        from gamopanda.admin.audit import audit
        from gamopanda.events import receivers, recent_writes, rounds  # noqa: F401
        from gamopanda.events.models import ReminderRule, WebhookEndpoint
        from gamopanda.events.personal_data import register_tables
        from gamopanda.events.reminders import sending  # noqa: F401
        from gamopanda.events.translation import ReminderRuleTranslation

        register_tables()
        audit(ReminderRule, but=[*ReminderRuleTranslation.fields])
        audit(WebhookEndpoint, but=["encrypted_secret", "former_secret", "failing_since", "warned_at"])
