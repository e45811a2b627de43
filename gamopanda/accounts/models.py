"""Members, who take part in streaks, and the API keys of the client's own servers."""

import secrets
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from gamopanda.accounts.encryption import decrypt, encrypt
from gamopanda.accounts.reminder_types import ReminderType
from gamopanda.api.characters import ReadableField
from gamopanda.api.models import Record, Status
from gamopanda.conf.languages import TAG
from gamopanda.conf.time_zones import MAX_LENGTH, validate_time_zone

validate_phone_number = RegexValidator(
    r"^\+[1-9][0-9]{1,14}$",
    _("Enter the phone number in E.164 form: a plus, then 2 to 15 digits, such as +14155550123."),
)


validate_language_tag = RegexValidator(f"^{TAG}$", _("Use a BCP-47 language code such as en, pt-BR or zh-Hant."))


def validate_reminder_types(names: Any) -> None:
    """Refuse what is no list of types of reminders, each once."""
    is_list = isinstance(names, list) and all(name in ReminderType.values for name in names)
    if not is_list or len(set(names)) < len(names):
        allowed = ", ".join(ReminderType.values)
        raise ValidationError(_("Use a list of these, each once: %(allowed)s."), params={"allowed": allowed})


class MemberManager(models.Manager["Member"]):
    """Members who were not merged into another one."""

    def get_queryset(self) -> "models.QuerySet[Member]":
        """Leave out former members."""
        return super().get_queryset().filter(merged_into=None)


class Member(Record):
    """An end user who takes part, known by the client's own external id. Only live members earn.

    A member who was merged into another one (S60) is a former member: the row stays, so that its external id, an alias
    from then on, is never given to somebody else. `objects` leaves it out, `everybody` has it.
    """

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
        _("first name"), max_length=256, blank=True, help_text=_("Given name, such as Ann. Optional.")
    )
    last_name = ReadableField(
        _("last name"), max_length=256, blank=True, help_text=_("Family name, such as Smith. Optional.")
    )
    email = models.EmailField(
        _("e-mail"),
        max_length=320,
        blank=True,
        help_text=_("Where a code is sent again, such as ann@example.com. Optional."),
    )
    phone_number = models.CharField(
        _("phone number"),
        max_length=16,
        blank=True,
        validators=[validate_phone_number],
        help_text=_("Include the country code, for example +14155550123. Optional."),
    )
    status = models.CharField(
        _("status"),
        max_length=6,
        choices=Status,
        default=Status.LIVE,
        help_text=_("Only live members earn: pause one, for example, who is suspected of fraud."),
    )
    reminders_enabled = models.BooleanField(
        _("reminders"),
        default=True,
        db_default=True,
        help_text=_("Whether the member is reminded at all: switch it off, for example, for somebody who asks for it."),
    )
    reminders_off = models.JSONField(
        _("reminders switched off"),
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        validators=[validate_reminder_types],
        help_text=_("Which types of reminders the member does not want, such as broken."),
    )
    language_code = models.CharField(
        _("language"),
        max_length=35,
        blank=True,
        default="",
        db_default="",
        validators=[validate_language_tag],
        help_text=_("The language of reminders, such as pt-BR. Optional."),
    )
    sandbox = models.BooleanField(
        _("sandbox"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Whether the member was made with a sandbox key, for example by a test: it counts nowhere."),
    )
    clock_at = models.DateTimeField(_("own clock"), null=True, editable=False)
    # Whether there are excuses or freezes of this member alone, so that recording looks for them.
    has_own_facts = models.BooleanField(editable=False, default=False, db_default=False)
    # Whether there are time zones of this member, so that recording looks for them.
    has_own_zone = models.BooleanField(editable=False, default=False, db_default=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, editable=False, related_name="former_members", db_index=False
    )

    objects = MemberManager()
    everybody: "models.Manager[Member]" = models.Manager()

    class Meta:
        """Newest first, as the API lists them."""

        permissions = [("pause_member", "Can pause a member")]
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["-created_at", "-id"]
        base_manager_name = "everybody"
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="member_newest"),
            models.Index(fields=["id"], condition=models.Q(sandbox=True), name="member_sandbox"),
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="member_former"),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(external_id=""), name="member_external_id_not_empty"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="member_status_known"),
        ]

    def __str__(self) -> str:
        return self.external_id

    def now_at(self, now: datetime) -> datetime:
        """Return the present of this member: that of everybody, unless its own clock is ahead."""
        return now if self.clock_at is None else max(self.clock_at, now)

    def clean(self) -> None:
        """Refuse the alias of somebody else."""
        if Member.everybody.filter(external_id=self.external_id).exclude(merged_into=None).exists():
            raise ValidationError({"external_id": _("A member that was merged into another one has this external id.")})


class MemberZone(Record):
    """A member wished for a time zone (S54, S55): a fact, which is never changed.

    It counts from `counts_from` on, None: from the beginning, unless another wish came before that. An empty zone is
    that of each streak. `is_initial` says that the member was made with it, which is no change.
    """

    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="zones", verbose_name=_("member"), db_index=False
    )
    time_zone = models.CharField(_("time zone"), max_length=MAX_LENGTH, blank=True, validators=[validate_time_zone])
    asked_at = models.DateTimeField(_("asked at"))
    counts_from = models.DateTimeField(_("counts from"), null=True)
    is_initial = models.BooleanField(editable=False, default=False)
    author = models.CharField(_("author"), max_length=320, help_text=_("Who did it: a person here, or an API key."))
    reason = ReadableField(
        _("reason"), max_length=1024, blank=True, help_text=_("Why, such as “moved to Tokyo”. Optional.")
    )

    class Meta:
        """In order of time."""

        verbose_name = _("time zone of a member")
        verbose_name_plural = _("time zones of members")
        ordering = ["asked_at", "id"]
        indexes = [models.Index(fields=["member", "asked_at", "id"], name="member_zone_in_order")]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(is_initial=True), name="member_zone_one_initial"
            ),
            models.CheckConstraint(
                condition=models.Q(counts_from=None) | models.Q(counts_from__gte=models.F("asked_at")),
                name="member_zone_counts_after_asked",
            ),
            models.CheckConstraint(
                condition=models.Q(is_initial=False) | models.Q(counts_from=None),
                name="member_zone_initial_from_beginning",
            ),
        ]

    def __str__(self) -> str:
        return self.time_zone

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new one; refuse to change one (S36)."""
        if not self._state.adding:
            raise TypeError("Time zones of members are permanent: ask for another one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: facts are permanent (S36)."""
        raise TypeError("Time zones of members are permanent: ask for another one.")


class MemberMerge(Record):
    """A member was merged into another one: a fact, which is not undone (S60).

    `merged` is the former member; `merged.merged_into` is the present one.
    """

    merged = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="merge", verbose_name=_("member"))
    author = models.CharField(_("author"), max_length=256, help_text=_("Who did it: a person here, or an API key."))
    reason = models.CharField(
        _("reason"), max_length=1024, blank=True, help_text=_("Why, such as “signed up twice”. Optional.")
    )

    class Meta:
        """Newest first."""

        verbose_name = _("merge of members")
        verbose_name_plural = _("merges of members")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return str(self.pk)


class KeptAnswer(models.Model):
    """The answer to a call that made something, for the case that the call is sent again.

    It is encrypted, as the answer to a new API key has its secret.
    """

    caller = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    encrypted_body = models.TextField()
    # No foreign key: it is only searched for, and never blocks the deletion of a member.
    about_member = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        """Found by the key of the caller, by age, and by the member."""

        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="kept_answer_once")]
        indexes = [
            models.Index(fields=["created_at"], name="kept_answer_by_age"),
            models.Index(
                fields=["about_member"], condition=models.Q(about_member__isnull=False), name="kept_answer_of_member"
            ),
        ]

    def __str__(self) -> str:
        return self.key


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
    sandbox = models.BooleanField(
        _("sandbox"),
        default=False,
        db_default=False,
        help_text=_(
            "A key for trying things out, for example in tests: its members count nowhere, and have clocks of their "
            "own. It cannot be changed later."
        ),
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


class RecentCall(models.Model):
    """A call with an API key, and how it was answered; only the latest ones of each key are kept."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, verbose_name=_("API key"), db_index=False)
    called_at = models.DateTimeField(_("called at"))
    method = models.CharField(_("method"), max_length=8)
    path = models.CharField(_("path"), max_length=256)
    status = models.PositiveSmallIntegerField(_("status"))
    problems = models.CharField(_("what was wrong"), max_length=512, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    request_id = models.CharField(_("request id"), max_length=128)

    class Meta:
        """Newest first."""

        verbose_name = _("latest call")
        verbose_name_plural = _("latest calls")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["api_key", "-id"], name="recent_call_of_key")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
