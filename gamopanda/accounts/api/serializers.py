"""Members and API keys on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers

from gamopanda.accounts.models import ApiKey, Member, validate_reminder_types
from gamopanda.accounts.naming import aliases_of
from gamopanda.accounts.reminder_types import ReminderType
from gamopanda.accounts.zones import ask_for_zone, make_with_zones, read_wishes, zones_at
from gamopanda.api.serializers.base import (
    BodySerializer,
    InstantField,
    PresentingListSerializer,
    RecordSerializer,
    TextField,
)
from gamopanda.api.serializers.examples import EXAMPLE_ID, example
from gamopanda.api.serializers.field_schemas import NOT_BLANK
from gamopanda.api.serializers.time_zones import LenientTimeZoneField, TimeZoneField


def refuse_blanks(text: str) -> None:
    """Refuse a name of blanks alone, which cannot be seen."""
    if not text.strip():
        raise serializers.ValidationError("Use at least one character that is not a blank.", code="blank")


class MemberSerializer(RecordSerializer[Member]):
    """An end user who takes part; `externalId` is the client's own name for the person."""

    reminders_off = serializers.ListField(
        child=serializers.ChoiceField(choices=ReminderType.choices),
        required=False,
        max_length=len(ReminderType.values),
        validators=[validate_reminder_types],
        help_text="Which types of reminders the member does not want, such as broken.",
        **example(["broken"], uniqueItems=True),
    )
    time_zone: Any = TimeZoneField(
        allow_null=True,
        help_text=(
            "The member's own clock, for streaks whose clock is member: an IANA name such as Asia/Tokyo; null or "
            "empty: none. A change counts from the member's next period on; at most one takes effect in 7 days, and "
            "a newer one waits."
        ),
        **example("Europe/Berlin"),
    )
    pending_time_zone = serializers.CharField(
        read_only=True,
        allow_null=True,
        help_text="The time zone that waits, for example because another one took effect this week; null: none.",
        **example("Asia/Tokyo"),
    )
    pending_time_zone_from = InstantField(
        read_only=True,
        allow_null=True,
        help_text="When the time zone that waits takes effect, in UTC; null when none waits.",
        **example("2026-03-08T17:30:00Z"),
    )
    aliases = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="The external ids of members who were merged into this one; they mean this one too.",
        **example(["device-5f0c"]),
    )

    class Meta:
        """The facts page's fields. A repeated external id is found by the database, so that a race is too."""

        model = Member
        fields = [
            "id",
            "external_id",
            "first_name",
            "last_name",
            "email",
            "phone_number",
            "status",
            "reminders_enabled",
            "reminders_off",
            "language_code",
            "time_zone",
            "pending_time_zone",
            "pending_time_zone_from",
            "aliases",
            "sandbox",
            "created_at",
            "updated_at",
        ]
        list_serializer_class = PresentingListSerializer
        extra_kwargs = {
            "language_code": example("pt-BR"),
            "sandbox": {"read_only": True, **example(False)},
            "external_id": {
                "trim_whitespace": False,
                "validators": [refuse_blanks],
                **example("customer-17", pattern=NOT_BLANK),
            },
            "first_name": example("Ann"),
            "last_name": example("Smith"),
            "email": example("ann@example.com"),
            "phone_number": example("+14155550123"),
        }

    @classmethod
    def present(cls, records: Sequence[Any], *, now: datetime, language: str) -> Sequence[Any]:
        """Add the aliases and the time zones."""
        ids = [member.pk for member in records]
        aliases, wishes = aliases_of(ids), read_wishes([one.pk for one in records if one.has_own_zone])
        for member in records:
            zones = zones_at(wishes.get(member.pk, ()), member.now_at(now))
            member.aliases, member.time_zone = aliases[member.pk], zones.time_zone
            member.pending_time_zone = None if zones.waiting is None else zones.waiting.time_zone or None
            member.pending_time_zone_from = None if zones.waiting is None else zones.waiting.counts_from
        return records

    @property
    def author(self) -> str:
        """Who changes members here."""
        return f"API key {self.context['request'].user.key_id}"

    def create(self, validated_data: Any) -> Member:
        """Make the member with its time zone."""
        time_zone = validated_data.pop("time_zone", "")
        member = super().create(validated_data)
        if time_zone:
            make_with_zones({member.pk: time_zone}, author=self.author, now=member.created_at)
            member.has_own_zone = True
        return member

    def update(self, instance: Member, validated_data: Any) -> Member:
        """Change the member, and ask for its time zone."""
        time_zone = validated_data.pop("time_zone", None)
        member = super().update(instance, validated_data)
        if time_zone is not None:
            ask_for_zone(member, time_zone, author=self.author, now=member.now_at(timezone.now()))
        return member


class MemberChangesSerializer(MemberSerializer):
    """What can be said of a member whose external id stands in the address."""

    class Meta(MemberSerializer.Meta):
        """All fields but the external id."""

        fields = [name for name in MemberSerializer.Meta.fields if name != "external_id"]


class MergeSerializer(BodySerializer):
    """Into whom a member is merged: one of the two."""

    either = ("intoId", "intoExternalId")

    intoId = serializers.UUIDField(  # noqa: N815  as on the wire
        required=False, help_text="Our id of the member who stays.", **example(EXAMPLE_ID, format="uuid")
    )
    intoExternalId = TextField(  # noqa: N815  as on the wire
        required=False,
        max_length=256,
        trim_whitespace=False,
        help_text="The external id of the member who stays.",
        **example("customer-17"),
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of them."""
        if len(attrs) != 1:
            raise serializers.ValidationError({"intoId": "Send either intoId or intoExternalId."}, code="required")
        return attrs


class ClockSerializer(BodySerializer):
    """The new present of a sandbox member."""

    now = InstantField(
        help_text="The instant to which the member's clock is set: later than it is there now, by a year at most."
    )


class ClockAnswerSerializer(serializers.Serializer[Any]):
    """The present of a sandbox member."""

    id = serializers.UUIDField(help_text="The id of the member.")
    externalId = serializers.CharField(  # noqa: N815  as on the wire
        help_text="Your own name for the member.", **example("customer-17")
    )
    now = serializers.DateTimeField(help_text="The instant at which the member's clock is, in UTC.")


class PersonSerializer(MemberSerializer):
    """`ownedBy`: the member of the activity, created (live) when there is none; else its empty fields are filled."""

    time_zone: Any = LenientTimeZoneField(
        help_text=(
            "The member's own clock, if none is known yet: an IANA name such as Europe/Berlin. Another name is ignored."
        ),
        **example("Europe/Berlin"),
    )

    class Meta(MemberSerializer.Meta):
        """What a new member can have."""

        fields = ["external_id", "first_name", "last_name", "email", "phone_number", "time_zone"]


class ApiKeySerializer(RecordSerializer[ApiKey]):
    """An API key without its secret, which only the answer to the creating POST shows."""

    class Meta:
        """The facts page's fields. A repeated name is found by the database, so that a race is too."""

        model = ApiKey
        fields = ["id", "name", "description", "api_key", "status", "sandbox", "created_at", "updated_at"]
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "name": {"validators": [], **example("checkout")},
            "description": example("Posts orders when they are paid."),
            "api_key": example("gk_5f0c1d2e3b4a59687786a5b4c3d2", maxLength=32),
        }
        ignored_fields = ["apiSecret"]

    def validate_sandbox(self, sandbox: bool) -> bool:
        """Refuse a change: what was made with the key is what it is."""
        if self.instance is not None and self.instance.sandbox != sandbox:
            raise serializers.ValidationError("This never changes: make another key.", code="immutable")
        return sandbox


class NewApiKeySerializer(ApiKeySerializer):
    """An API key that was just made, with its secret, which no other answer has."""

    api_secret = serializers.CharField(
        source="secret",
        read_only=True,
        max_length=64,
        help_text="The secret, for x-api-secret and for signing access tokens. No other answer has it: keep it.",
        **example("6b1f9c0d2e4a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c", maxLength=64),
    )

    class Meta(ApiKeySerializer.Meta):
        """The same, and the secret."""

        fields = [*ApiKeySerializer.Meta.fields, "api_secret"]
