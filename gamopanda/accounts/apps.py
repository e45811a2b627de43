"""Members, API keys, and the two ways in."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app's name is short so that its tables are called accounts_…"""

    name = "gamopanda.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
