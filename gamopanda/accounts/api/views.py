"""Members (`account_user`) and API keys (`api_key`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, models, transaction
from rest_framework.serializers import BaseSerializer

from gamopanda.accounts.api.filters import ApiKeyFilterSet, MemberFilterSet
from gamopanda.accounts.api.serializers import ApiKeySerializer, MemberSerializer, NewApiKeySerializer
from gamopanda.accounts.authentication import EndUserCaller
from gamopanda.accounts.erasure import delete_member
from gamopanda.accounts.models import ApiKey, Member
from gamopanda.api.access.callers import caller_of
from gamopanda.api.access.permissions import READ, WRITE
from gamopanda.api.errors.exceptions import DuplicateRecord
from gamopanda.api.naming import camel_case
from gamopanda.api.views import WRITING, RecordViewSet


@contextmanager
def repeats_refused(model: type[models.Model], attribute: str, value: Any) -> Iterator[None]:
    """Raise `DuplicateRecord` when the database finds that another record has this value already."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        existing_id = model._default_manager.filter(**{attribute: value}).values_list("pk", flat=True).first()
        if existing_id is None:
            raise
        field = camel_case(attribute)
        raise DuplicateRecord(field, existing_id, f"There is a record with this {field} already.") from error


class MemberViewSet(RecordViewSet):
    """Members; an end user sees itself."""

    queryset = Member.objects.all()
    serializer_class = MemberSerializer
    filterset_class = MemberFilterSet
    allowed = {"admin": READ | WRITE, "end_user": READ}
    refuses_repeats = WRITING

    def get_queryset(self) -> models.QuerySet[Member]:
        """Everybody for an administrator, itself for an end user."""
        members, caller = Member.objects.all(), caller_of(self.request)
        return members.filter(external_id=caller.external_id) if isinstance(caller, EndUserCaller) else members

    def perform_create(self, serializer: BaseSerializer[Member]) -> None:
        """Save, unless the external id is taken."""
        with repeats_refused(Member, "external_id", serializer.validated_data["external_id"]):
            serializer.save()

    def perform_update(self, serializer: BaseSerializer[Member]) -> None:
        """Save, unless the external id is taken."""
        with repeats_refused(Member, "external_id", serializer.validated_data.get("external_id")):
            serializer.save()

    def perform_destroy(self, instance: Member) -> None:
        """Delete the person, and keep the facts (S35)."""
        delete_member(instance)


class ApiKeyViewSet(RecordViewSet):
    """API keys; the secret is shown once, in the answer to the creating POST."""

    queryset = ApiKey.objects.all()
    serializer_class = ApiKeySerializer
    filterset_class = ApiKeyFilterSet
    allowed = {"admin": READ | WRITE}
    refuses_repeats = WRITING

    def get_serializer_class(self) -> type[ApiKeySerializer]:
        """Show the secret of a key that is just being made."""
        return NewApiKeySerializer if self.action == "create" else ApiKeySerializer

    def perform_create(self, serializer: BaseSerializer[ApiKey]) -> None:
        """Save, unless the name is taken."""
        with repeats_refused(ApiKey, "name", serializer.validated_data["name"]):
            serializer.save()

    def perform_update(self, serializer: BaseSerializer[ApiKey]) -> None:
        """Save, unless the name is taken."""
        with repeats_refused(ApiKey, "name", serializer.validated_data.get("name")):
            serializer.save()
