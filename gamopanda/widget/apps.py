"""The end-user display: how it looks and what it says."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WidgetConfig(AppConfig):
    """The app's name is short so that its tables begin with it."""

    name = "gamopanda.widget"
    label = "widget"
    verbose_name = _("Widget")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep what is changed about the display."""
        from gamopanda.admin.audit import audit
        from gamopanda.widget.models import WidgetSettings, WidgetText

        audit(WidgetSettings)
        audit(WidgetText, but=["text"])
