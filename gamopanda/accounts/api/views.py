"""Members (`account_user`) and API keys (`api_key`)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, models, transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from gamopanda.accounts.api.filters import ApiKeyFilterSet, MemberFilterSet
from gamopanda.accounts.api.serializers import (
    ApiKeySerializer,
    MemberChangesSerializer,
    MemberSerializer,
    NewApiKeySerializer,
)
from gamopanda.accounts.authentication import EndUserCaller
from gamopanda.accounts.erasure import delete_member
from gamopanda.accounts.models import ApiKey, Member
from gamopanda.api.access.callers import caller_of
from gamopanda.api.access.permissions import READ, WRITE
from gamopanda.api.errors.exceptions import DuplicateRecord, invalid
from gamopanda.api.naming import camel_case
from gamopanda.api.parsing.parsers import refuse_missing_body
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


def _named(body: Any, external_id: str) -> Any:
    """Return a body with the external id of the address; it may repeat it, but not name another one."""
    if not isinstance(body, Mapping):
        return body
    if body.get("externalId", external_id) != external_id:
        message = "This is not the external id of the address: leave it out, or PATCH the member by its id."
        raise invalid("externalId", message, "invalid")
    return {**body, "externalId": external_id}


class MemberViewSet(RecordViewSet):
    """Members; an end user sees itself."""

    queryset = Member.objects.all()
    serializer_class = MemberSerializer
    filterset_class = MemberFilterSet
    allowed = {"admin": READ | WRITE | {"put_by_external_id"}, "end_user": READ}
    http_method_names = [*RecordViewSet.http_method_names, "put"]
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

    @extend_schema(
        request=MemberChangesSerializer,
        responses={200: MemberSerializer, 201: MemberSerializer},
        parameters=[OpenApiParameter("externalId", location="path", description="The client's name for the person.")],
    )
    @action(detail=False, methods=["put"], url_path="by-external-id/(?P<externalId>.+)")
    @transaction.atomic
    def put_by_external_id(self, request: Request, externalId: str) -> Response:  # noqa: N803  the name in the address
        """Create the member with this external id (201), or change the fields that the body names (200)."""
        refuse_missing_body(request)
        names: Any = self.get_serializer()
        try:
            names.fields["externalId"].run_validation(externalId)
        except ValidationError as error:
            raise ValidationError({"externalId": error.detail}) from error
        try:
            with transaction.atomic():
                return self._save_as(request, externalId)
        except IntegrityError:
            # Somebody else has created it meanwhile: now it is there to be changed.
            return self._save_as(request, externalId)

    def _save_as(self, request: Request, external_id: str) -> Response:
        stored = Member.objects.select_for_update(no_key=True).filter(external_id=external_id).first()
        serializer: Any = self.get_serializer(
            stored, data=_named(request.data, external_id), partial=stored is not None
        )
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(self.read_back(serializer.instance), status=201 if stored is None else 200)

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
