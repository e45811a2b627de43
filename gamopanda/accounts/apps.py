"""Members, API keys, and the two ways in."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

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

        _name_in_our_words()
        from gamopanda import checks  # noqa: F401
        from gamopanda.accounts.models import ApiKey
        from gamopanda.accounts.own_tables import register_own_tables
        from gamopanda.admin.audit import audit
        from gamopanda.postgresql import instants  # noqa: F401

        register_own_tables()
        audit(ApiKey, but=["encrypted_secret"])
        audit(User, but=["last_login"], secret=["password"])
        audit(Group)
        audit(TOTPDevice, but=["last_t", "drift", "last_used_at", *THROTTLED], secret=["key"])


def _name_in_our_words() -> None:
    """Call the records of libraries what people call them, in titles, in the audit trail and everywhere else."""
    from auditlog.models import LogEntry
    from axes.models import AccessAttempt
    from django_otp.plugins.otp_static.models import StaticDevice
    from django_otp.plugins.otp_totp.models import TOTPDevice

    names: dict[Any, tuple[Any, Any]] = {
        LogEntry: (_("change"), _("changes")),
        AccessAttempt: (_("failed sign-in"), _("failed sign-ins")),
        TOTPDevice: (_("second factor"), _("second factors")),
        StaticDevice: (_("set of backup codes"), _("sets of backup codes")),
    }
    for model, (one, many) in names.items():
        model._meta.verbose_name, model._meta.verbose_name_plural = one, many
