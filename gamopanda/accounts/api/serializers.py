"""Members and API keys on the wire."""

from typing import Any, ClassVar

from rest_framework import serializers

from gamopanda.accounts.api.explained import API_KEY, MEMBER, PERSON
from gamopanda.accounts.models import ApiKey, Member
from gamopanda.api.serializers import RecordSerializer


class MemberSerializer(RecordSerializer[Member]):
    """An end user who takes part; `externalId` is the client's own name for the person."""

    explained = MEMBER

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
            "created_at",
            "updated_at",
        ]
        extra_kwargs = {"external_id": {"trim_whitespace": False, "validators": []}}


class PersonSerializer(RecordSerializer[Member]):
    """`ownedBy`: the member who did it, made (live) when there is none with this external id, else left as it is."""

    explained = PERSON

    class Meta:
        """What can be told of a new member."""

        model = Member
        fields = ["external_id", "first_name", "last_name", "email", "phone_number"]
        extra_kwargs = {"external_id": {"trim_whitespace": False, "validators": []}}


class ApiKeySerializer(RecordSerializer[ApiKey]):
    """An API key without its secret, which only the answer to the creating POST shows."""

    explained = API_KEY

    class Meta:
        """The facts page's fields. A repeated name is found by the database, so that a race is too."""

        model = ApiKey
        fields = ["id", "name", "description", "api_key", "status", "created_at", "updated_at"]
        extra_kwargs: ClassVar[dict[str, Any]] = {"name": {"validators": []}}
        ignored_fields = ["apiSecret"]


class NewApiKeySerializer(ApiKeySerializer):
    """An API key that was just made, with its secret: shown this once."""

    api_secret = serializers.CharField(source="secret", read_only=True, max_length=64)

    class Meta(ApiKeySerializer.Meta):
        """The same, and the secret."""

        fields = [*ApiKeySerializer.Meta.fields, "api_secret"]
