"""Members (`account_user`) and API keys (`api_key`)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, models, transaction
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from gamopanda.accounts.api.filters import ApiKeyFilterSet, MemberFilterSet
from gamopanda.accounts.api.idempotency import MakesOnce
from gamopanda.accounts.api.serializers import (
    ApiKeySerializer,
    ClockAnswerSerializer,
    ClockSerializer,
    MemberChangesSerializer,
    MemberSerializer,
    MergeSerializer,
    NewApiKeySerializer,
)
from gamopanda.accounts.authentication import EndUserCaller
from gamopanda.accounts.erasure import delete_member
from gamopanda.accounts.exporting import open_export
from gamopanda.accounts.merging import MemberGone, merge_members
from gamopanda.accounts.models import ApiKey, Member
from gamopanda.accounts.naming import ids_by_external_id, present_ids
from gamopanda.accounts.sandbox import WrongInstant, delete_whole, move_clock, new_sandbox_id
from gamopanda.api.access.callers import caller_of
from gamopanda.api.access.permissions import READ, WRITE
from gamopanda.api.errors.exceptions import DuplicateRecord, invalid
from gamopanda.api.lists.paging import read_switch
from gamopanda.api.naming import camel_case
from gamopanda.api.parsing.parsers import refuse_missing_body
from gamopanda.api.views import WRITING, RecordViewSet


def _count(meaning: str, value: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "description": meaning, "examples": [value]}


IMPACT = {
    "type": "object",
    "description": "What the merge does.",
    "required": ["logs", "duplicates", "runs", "rewards"],
    "properties": {
        "logs": _count("How many logs of the merged member there are.", 12),
        "duplicates": _count("How many of them both members have: the one recorded first stays.", 1),
        "runs": {
            "type": "object",
            "description": "What becomes of runs.",
            "required": ["revived", "joined", "extended", "split", "broken"],
            "properties": {
                "revived": _count("How many live again.", 0),
                "joined": _count("How many are made of several.", 1),
                "extended": _count("How many have more completed periods than before.", 1),
                "split": _count("How many are split.", 0),
                "broken": _count("How many break.", 0),
            },
        },
        "rewards": _count("How many rewards are issued for what the joined history rises to.", 1),
    },
}
MERGE_ANSWER = {
    "anyOf": [
        {"$ref": "#/components/schemas/Member"},
        {"type": "object", "required": ["impact"], "properties": {"impact": IMPACT}},
    ]
}


@contextmanager
def repeats_refused(model: type[models.Model], attribute: str, value: Any) -> Iterator[None]:
    """Raise `DuplicateRecord` when the database finds that another record has this value already."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        existing = model._base_manager.filter(**{attribute: value}).first()
        if existing is None:
            raise
        # An alias is that of a present member.
        existing_id = getattr(existing, "merged_into_id", None) or existing.pk
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


class MemberViewSet(MakesOnce, RecordViewSet):
    """Members; an end user sees itself."""

    queryset = Member.objects.all()
    serializer_class = MemberSerializer
    filterset_class = MemberFilterSet
    allowed = {"admin": READ | WRITE | {"put_by_external_id", "merge", "export", "clock"}, "end_user": READ}
    in_sandbox = allowed["admin"]
    http_method_names = [*RecordViewSet.http_method_names, "put"]
    refuses_repeats = WRITING | {"put_by_external_id"}
    makes_once = frozenset({"create", "merge"})
    body_examples = {
        "partial_update": {"firstName": "Ann", "languageCode": "pt-BR"},
        "merge": {"intoExternalId": "customer-17"},
    }

    def get_queryset(self) -> models.QuerySet[Member]:
        """Everybody for an administrator, itself for an end user."""
        members, caller = Member.objects.filter(sandbox=self.is_sandbox), caller_of(self.request)
        if not isinstance(caller, EndUserCaller):
            return members
        return members.none() if caller.member is None else members.filter(pk=caller.member.pk)

    def query_parameters(self) -> list[str]:
        """Let a merge be tried."""
        return [*super().query_parameters(), *(["dryRun"] if self.action == "merge" else [])]

    def perform_create(self, serializer: BaseSerializer[Member]) -> None:
        """Save, unless the external id is taken."""
        with repeats_refused(Member, "external_id", serializer.validated_data["external_id"]):
            serializer.save(**self._new_values())

    def _new_values(self) -> dict[str, Any]:
        return {"id": new_sandbox_id(), "sandbox": True} if self.is_sandbox else {}

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
        ids = ids_by_external_id([external_id])
        stored = Member.objects.select_for_update(no_key=True).filter(pk__in=ids.values()).first()
        if stored is not None and stored.sandbox != self.is_sandbox:
            raise DuplicateRecord("externalId", stored.pk, "There is a record with this externalId already.")
        body = _named(request.data, external_id)
        if stored is not None and isinstance(body, Mapping):
            # An alias stays an alias.
            body = {**body, "externalId": stored.external_id}
        serializer: Any = self.get_serializer(stored, data=body, partial=stored is not None)
        serializer.is_valid(raise_exception=True)
        serializer.save(**(self._new_values() if stored is None else {}))
        return Response(self.read_back(serializer.instance), status=201 if stored is None else 200)

    def perform_destroy(self, instance: Member) -> None:
        """Delete the person, and keep the facts (S35); of a sandbox member nothing stays."""
        if instance.sandbox:
            delete_whole(instance.pk)
        else:
            delete_member(instance)

    @extend_schema(request=ClockSerializer, responses={200: ClockAnswerSerializer})
    @action(detail=True, methods=["post"])
    def clock(self, request: Request, pk: str) -> Response:
        """Set the clock of a sandbox member forward: runs break, and reminders are due, as if the time had passed."""
        if not self.is_sandbox:
            raise PermissionDenied("Only members that were made with a sandbox key have clocks: use such a key.")
        member = self.get_object()
        serializer = ClockSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            member = move_clock(member.pk, serializer.validated_data["now"], now=self.now)
        except WrongInstant as error:
            raise invalid("now", str(error), "out_of_range") from error
        return Response({"id": member.pk, "externalId": member.external_id, "now": member.now_at(self.now)})

    @extend_schema(request=MergeSerializer, responses={200: MERGE_ANSWER})
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Merge the member into another one for good: one history, and an alias. Answers with the one who stays.

        With dryRun=true nothing is stored, and the answer is the impact.
        """
        is_dry_run = read_switch(request, "dryRun")
        merged, into = self.get_object(), self._read_target(request)
        if merged.pk == into.pk:
            raise invalid("intoId", "A member cannot be merged into itself.")
        caller: Any = request.user
        try:
            impact = merge_members(
                merged.pk,
                into.pk,
                author=f"API key {caller.key_id}",
                now=into.now_at(self.now),
                is_dry_run=is_dry_run,
            )
        except MemberGone as error:
            raise NotFound from error
        return Response({"impact": impact} if is_dry_run else self.read_back(into))

    def _read_target(self, request: Request) -> Member:
        serializer = MergeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        ((field, value),) = serializer.validated_data.items()
        ids = present_ids([value]) if field == "intoId" else ids_by_external_id([value])
        into = Member.objects.filter(pk__in=ids.values(), sandbox=self.is_sandbox).first()
        if into is None:
            raise invalid(field, "There is no member with this id or external id.", "not_found")
        return into

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    @action(detail=True, methods=["get"])
    def export(self, request: Request, pk: str) -> FileResponse:
        """Return everything that is stored about the member, as one JSON document."""
        return FileResponse(open_export(self.get_object()), content_type="application/json")


class ApiKeyViewSet(MakesOnce, RecordViewSet):
    """API keys; the secret is shown once, in the answer to the creating POST."""

    queryset = ApiKey.objects.all()
    serializer_class = ApiKeySerializer
    filterset_class = ApiKeyFilterSet
    allowed = {"admin": READ | WRITE}
    in_sandbox = frozenset()
    refuses_repeats = WRITING
    shows_secret = frozenset({"create"})
    body_examples = {"partial_update": {"description": "Posts orders when they are paid."}}

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
