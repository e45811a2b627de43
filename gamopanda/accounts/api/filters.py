"""The plain query filters of members and API keys."""

from gamopanda.accounts.models import ApiKey, Member
from gamopanda.api.lists.filters import ChoiceFilter, RecordFilterSet, exact_text
from gamopanda.api.models import Status


class MemberFilterSet(RecordFilterSet):
    """`?status=live&externalId=…&email=…&phoneNumber=…`, all exact."""

    status = ChoiceFilter(choices=Status.choices)
    external_id = exact_text()
    email = exact_text()
    phone_number = exact_text()

    class Meta:
        """Only the filters above."""

        model = Member
        fields: list[str] = []


class ApiKeyFilterSet(RecordFilterSet):
    """`?status=live&name=…&apiKey=…`, all exact."""

    status = ChoiceFilter(choices=Status.choices)
    name = exact_text()
    api_key = exact_text()

    class Meta:
        """Only the filters above."""

        model = ApiKey
        fields: list[str] = []
