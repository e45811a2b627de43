"""Members, who take part in streaks, and the API keys of the client's own servers."""

import secrets
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from gamopanda.accounts.encryption import decrypt, encrypt
from gamopanda.api.characters import ReadableField
from gamopanda.api.models import Record, Status

validate_phone_number = RegexValidator(
    r"^\+[1-9][0-9]{1,14}$",
    _("Enter the phone number in E.164 form: a plus, then 2 to 15 digits, such as +14155550123."),
)


class Member(Record):
    """An end user who takes part, known by the client's own external id. Only live members earn."""

    external_id = models.CharField(
        _("external id"),
        max_length=256,
        unique=True,
        help_text=_(
            "Your own name for this person: any stable string, such as customer-17. It is unique, and kept exactly as "
            "it is."
        ),
    )
    first_name = ReadableField(
        _("first name"), max_length=256, blank=True, help_text=_("Given name, such as Ann. May stay empty.")
    )
    last_name = ReadableField(
        _("last name"), max_length=256, blank=True, help_text=_("Family name, such as Smith. May stay empty.")
    )
    email = models.EmailField(
        _("e-mail"),
        max_length=320,
        blank=True,
        help_text=_("Where a code is sent again, such as ann@example.com. May stay empty."),
    )
    phone_number = models.CharField(
        _("phone number"),
        max_length=16,
        blank=True,
        validators=[validate_phone_number],
        help_text=_("In E.164 form: a plus, then 2 to 15 digits, such as +14155550123. May stay empty."),
    )
    status = models.CharField(
        _("status"),
        max_length=6,
        choices=Status,
        default=Status.LIVE,
        help_text=_("Only live members earn: pause one, for example, who is suspected of fraud."),
    )
    # Whether there are excuses or freezes of this member alone, so that recording looks for them.
    has_own_facts = models.BooleanField(editable=False, default=False, db_default=False)

    class Meta:
        """Newest first, as the API lists them."""

        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="member_newest")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(external_id=""), name="member_external_id_not_empty"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="member_status_known"),
        ]

    def __str__(self) -> str:
        return self.external_id


def _new_key() -> str:
    return f"gk_{secrets.token_hex(14)}"


def _new_secret() -> str:
    return secrets.token_hex(32)


class ApiKey(Record):
    """A pair of key and secret of one of the client's servers. Only live keys work.

    The secret is stored encrypted because it also signs the tokens of end users; it is shown once, when it is made.
    """

    name = ReadableField(
        _("name"), max_length=256, unique=True, help_text=_("What uses this key, such as “checkout”. It is unique.")
    )
    description = ReadableField(
        _("description"),
        max_length=1024,
        blank=True,
        help_text=_("For you and your colleagues, such as “Posts orders when they are paid”."),
    )
    status = models.CharField(
        _("status"),
        max_length=6,
        choices=Status,
        default=Status.LIVE,
        help_text=_("Only a live key works. Pause a key to revoke it, for example when its secret was seen by others."),
    )
    api_key = models.CharField(
        _("API key"),
        max_length=32,
        unique=True,
        default=_new_key,
        editable=False,
        help_text=_("The key itself, for x-api-key and as kid of access tokens."),
    )
    encrypted_secret = models.TextField(editable=False)

    class Meta:
        """Newest first, as the API lists them."""

        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="api_key_newest")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="api_key_name_not_empty"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="api_key_status_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """The secret in clear, for comparing and for verifying signatures; never log it."""
        return decrypt(self.encrypted_secret)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Make the secret with the key."""
        if not self.encrypted_secret:
            self.encrypted_secret = encrypt(_new_secret())
        super().save(*args, **kwargs)
