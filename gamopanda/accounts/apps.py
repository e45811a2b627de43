"""Members, API keys, and the two ways in."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app's name is short so that its tables are called accounts_member and the like."""

    name = "gamopanda.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the whole site checked for what a deployment gets wrong."""
        from gamopanda import checks  # noqa: F401
