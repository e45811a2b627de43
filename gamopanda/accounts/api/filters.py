"""The plain query filters of members and API keys."""

import django_filters

from gamopanda.accounts.models import ApiKey, Member
from gamopanda.api.filters import RecordFilterSet, exact_text
from gamopanda.api.models import Status


class MemberFilterSet(RecordFilterSet):
    """`?status=live&externalId=…&email=…&phoneNumber=…`, all exact."""

    status = django_filters.ChoiceFilter(choices=Status.choices)
    externalId = exact_text("external_id")
    email = exact_text()
    phoneNumber = exact_text("phone_number")

    class Meta:
        """Only the filters above."""

        model = Member
        fields: list[str] = []


class ApiKeyFilterSet(RecordFilterSet):
    """`?status=live&name=…&apiKey=…`, all exact."""

    status = django_filters.ChoiceFilter(choices=Status.choices)
    name = exact_text()
    apiKey = exact_text("api_key")

    class Meta:
        """Only the filters above."""

        model = ApiKey
        fields: list[str] = []
