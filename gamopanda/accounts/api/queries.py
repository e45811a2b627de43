"""Calls that ask about many members at once, in a body: an address is too short for their external ids."""

# ruff: noqa: N815  names as on the wire

from typing import Any

from rest_framework import serializers

from gamopanda.accounts.models import Member
from gamopanda.api.serializers.base import BodySerializer, TextField
from gamopanda.api.serializers.examples import example
from gamopanda.api.serializers.language import readable_language
from gamopanda.api.views import ApiViewSet


class MemberQuerySerializer(BodySerializer):
    """What such a call can say of the language of its answer."""

    languageCode = TextField(
        required=False,
        max_length=64,
        help_text="The language of the texts, as pages write it: pt-BR or pt_BR. Unknown ones: English.",
        **example("en"),
    )


def external_ids(*, max_length: int) -> serializers.ListField:
    """Return the field for the external ids of at most so many members."""
    column: Any = Member._meta.get_field("external_id")
    return serializers.ListField(
        child=TextField(max_length=column.max_length, trim_whitespace=False),
        min_length=1,
        max_length=max_length,
        help_text="The external ids of the members; the answer has their order.",
        **example(["customer-17"]),
    )


def read_query(view: ApiViewSet, serializer_class: type[MemberQuerySerializer]) -> dict[str, Any]:
    """Return what the body asks for, and let the view answer in its language; raises a 400."""
    serializer = serializer_class(data=view.request.data)
    serializer.is_valid(raise_exception=True)
    asked: dict[str, Any] = serializer.validated_data
    if "languageCode" in asked:
        view.language = readable_language(asked["languageCode"])
    return asked
