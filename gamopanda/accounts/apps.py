"""Members, API keys, and the two ways in."""

from django.apps import AppConfig

# What an authenticator notes about each attempt.
THROTTLED = ("throttling_failure_timestamp", "throttling_failure_count")


class AccountsConfig(AppConfig):
    """The app's name is short so that its tables are called accounts_member and the like."""

    name = "gamopanda.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the whole site checked for what a deployment gets wrong, and keep what is done about access."""
        from django.contrib.auth.models import Group, User
        from django_otp.plugins.otp_totp.models import TOTPDevice

        from gamopanda import checks, instants  # noqa: F401
        from gamopanda.accounts.models import ApiKey
        from gamopanda.audit import audit

        audit(ApiKey, but=["encrypted_secret"])
        audit(User, but=["last_login"], secret=["password"])
        audit(Group)
        audit(TOTPDevice, but=["last_t", "drift", "last_used_at", *THROTTLED], secret=["key"])
