"""What every resource has in common: language, known parameters, fields, lists, and answers as read back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Never

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from rest_framework import status
from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from gamopanda.api.access import freshness
from gamopanda.api.access.callers import KEY_HEADERS, TOKEN_HEADERS, CallerKind, Guest, caller_of, describe_pair
from gamopanda.api.access.permissions import READ
from gamopanda.api.limits.throttling import Allowance
from gamopanda.api.lists.filters import ConditionFilters, PlainFilters, Sorting, read_field_names
from gamopanda.api.lists.following import FollowPaging
from gamopanda.api.lists.paging import PAGING_PARAMETERS, OffsetPaging
from gamopanda.api.parsing.parameters import refuse_unknown_parameters
from gamopanda.api.parsing.parsers import refuse_body_without_length, refuse_missing_body
from gamopanda.api.serializers.language import has_translated_texts, leave_out_fallbacks, read_language
from gamopanda.api.serializers.serializer_compiler import CompiledSerializer, RenderContext, compiled
from gamopanda.postgresql.replicas import give_up_replica, reading

WRITING = frozenset({"create", "partial_update"})
READING_MANY = frozenset({"list", "query"})
"""What a standby may answer."""


class ApiViewSet(GenericViewSet[Any]):
    """A view of the API; `allowed` has the names of the operations that each kind of caller may use."""

    # OPTIONS is for browsers' preflights alone, which are answered before they come here.
    http_method_names = ["get", "post", "patch", "delete", "head"]
    allowed: ClassVar[Mapping[str, frozenset[str]]] = {}
    # The operations that answer 409 to a repeat.
    refuses_repeats: ClassVar[frozenset[str]] = frozenset()
    # The operations whose answer has a secret: nothing on the way may compress it, so that its length tells nothing.
    shows_secret: ClassVar[frozenset[str]] = frozenset()
    # A body for each operation to which the examples of all fields together are none that is taken.
    body_examples: ClassVar[Mapping[str, Any]] = {}
    # What a sandbox key may do: the members of all others are hidden from it, and what they share does not change.
    in_sandbox: ClassVar[frozenset[str]] = READ
    language = settings.LANGUAGE_CODE

    @cached_property
    def now(self) -> datetime:
        """The present instant, the same for everything in one request; a sandbox member has its own."""
        now, clock_at = timezone.now(), caller_of(self.request).clock_at
        return now if clock_at is None else max(now, clock_at)

    @property
    def is_sandbox(self) -> bool:
        """Return whether the caller sees and touches sandbox members alone."""
        return not getattr(self, "swagger_fake_view", False) and caller_of(self.request).sandbox

    @property
    def is_admin(self) -> bool:
        """Return whether one of the client's servers calls; the API's description shows what these see."""
        return getattr(self, "swagger_fake_view", False) or caller_of(self.request).kind == CallerKind.ADMIN

    @property
    def render_context(self) -> RenderContext:
        """Return the language and the request that records are rendered for."""
        return RenderContext(self.language, self.request)

    @property
    def compiled_serializer(self) -> CompiledSerializer:
        """Return the compiled serializer of this view and its caller."""
        serializer_class: Any = self.get_serializer_class()
        return compiled(serializer_class, is_admin=self.is_admin)

    def query_parameters(self) -> list[str]:
        """Return the names of the query parameters that this operation knows."""
        return ["languageCode"]

    def read_language(self, request: Request) -> str:
        """Return the language that the request is about (S34)."""
        return read_language(request.query_params.get("languageCode"), for_writing=False)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer, and leave the language to the middleware, which names it in a 304 too."""
        with reading() as chosen:
            response = super().dispatch(request, *args, **kwargs)
            is_unavailable = response.status_code == status.HTTP_503_SERVICE_UNAVAILABLE
            # Another body cannot be read: such a call is sent again by the caller.
            if is_unavailable and request.method in freshness.SAFE and give_up_replica(chosen):
                response = super().dispatch(request, *args, **kwargs)
        request.content_language = response.headers["Content-Language"]
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check credentials, permission and limits, then the query parameters."""
        super().initial(request, *args, **kwargs)
        if self.action is not None:
            refuse_body_without_length(request)
            refuse_unknown_parameters(request.query_params, self.query_parameters())
            self.language = self.read_language(request)
            # What is followed is read where it is written: no record may be missed.
            if self.action in READING_MANY and "after" not in request.query_params:
                member = getattr(request.user, "member", None)
                freshness.let_replica_answer(request._request, None if member is None else member.pk)

    def permission_denied(self, request: Request, message: Any = None, code: Any = None) -> Never:
        """Say which credentials are needed (401), or who may do this (403)."""
        if isinstance(request.user, Guest):
            pairs = f"{describe_pair(KEY_HEADERS)}, or {describe_pair(TOKEN_HEADERS)}"
            raise NotAuthenticated(f"This needs credentials: {pairs}.")
        if self.is_sandbox and self.is_admin:
            raise PermissionDenied("A sandbox key acts on sandbox members alone: use another key for this.")
        kinds = [kind for kind, operations in self.allowed.items() if self.action in operations]
        allowed = f"It is allowed for: {', '.join(kinds)}." if kinds else "No caller may do this."
        raise PermissionDenied(f"You may not do this. {allowed}")

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Never:
        """Say which methods there are (405)."""
        allowed = ", ".join(self.allowed_methods)
        raise MethodNotAllowed(str(request.method), f"{request.method} is not offered here. Allowed: {allowed}.")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Name the language, that of messages in an error, and keep caches from showing it to another caller."""
        if getattr(response, "exception", False):
            self.language = settings.LANGUAGE_CODE
        return self.finished(request, super().finalize_response(request, response, *args, **kwargs))

    def finished(self, request: Any, response: Any) -> Any:
        """Return an answer with the headers that all have, and those of a caller with a limit."""
        is_secret = getattr(self, "action", None) in self.shows_secret
        response.headers.setdefault("Content-Language", self.language)
        for name, text in freshness.lag_header().items():
            response.headers[name] = text
        response.headers.setdefault("Cache-Control", "no-store, no-transform" if is_secret else "no-store")
        allowance: Allowance | None = getattr(request, "allowance", None)
        for name, value in () if allowance is None else allowance.headers.items():
            response.headers[name] = value
        patch_vary_headers(response, (*KEY_HEADERS, *TOKEN_HEADERS))
        return response

    def get_serializer_context(self) -> dict[str, Any]:
        """Let nested serializers know who is reading."""
        return {**super().get_serializer_context(), "is_admin": self.is_admin}


class RecordViewSet(ApiViewSet, ModelViewSet[Any]):
    """One resource with the operations that `allowed` lists: list, retrieve, create, partial_update, destroy.

    Lists take `filterset_class`'s plain filters, `filters`, `sortBy` and paging. Answers to writing are what a GET
    would say.
    """

    filter_backends = [PlainFilters, ConditionFilters, Sorting]
    pagination_class = OffsetPaging
    lookup_value_regex = "[^/]+"
    filterset_class: Any = None
    # Whether the list takes `after`: its model has a position.
    is_followed: ClassVar[bool] = False
    # Fields whose source is not a column: camelCase name -> expression over the queryset.
    filter_expressions: ClassVar[Mapping[str, models.Expression | models.F]] = {}

    def query_parameters(self) -> list[str]:
        """Add what reading and listing know."""
        names = super().query_parameters()
        if self.action in {"retrieve", "list"}:
            names += ["fields"]
        if self.action == "list":
            plain = list(self.filterset_class.base_filters) if self.filterset_class else []
            names += ["filters", "sortBy", *PAGING_PARAMETERS, *(["after"] if self.is_followed else []), *plain]
        return names

    def read_language(self, request: Request) -> str:
        """Refuse to write texts in a language that is not configured, when there are texts to write."""
        serializer_class: Any = self.get_serializer_class()
        is_text = self.action in WRITING and has_translated_texts(serializer_class.Meta.model)
        return read_language(request.query_params.get("languageCode"), for_writing=is_text)

    def render_records(self, records: Sequence[Any]) -> list[dict[str, Any]]:
        """Return records as the wire has them, with the fields that the query asks for."""
        serializer, context = self.compiled_serializer, self.render_context
        if self.action in {"retrieve", "list"} and "fields" in self.request.query_params:
            serializer = serializer.only(read_field_names(self))
        return [serializer.render(record, context) for record in self.present(records)]

    def present(self, records: Sequence[Any]) -> Sequence[Any]:
        """Return records with everything that their fields need."""
        serializer_class: Any = self.get_serializer_class()
        presented: Sequence[Any] = serializer_class.present(records, now=self.now, language=self.language)
        return presented

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of the records that match, newest first unless sortBy says otherwise."""
        if "after" in request.query_params:
            return self.follow(request)
        page: Any = self.compiled_page()
        if page is None:
            page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.render_records(page))

    def follow(self, request: Request) -> Response:
        """Answer with the records that became visible after the cursor."""
        paging = FollowPaging()
        page = paging.paginate_queryset(self.filter_queryset(self.get_queryset()), request)
        return paging.get_paginated_response(self.render_records(page))

    def compiled_page(self) -> Any:
        """Return the page of a list whose query is compiled; None where the filter backends have to make it."""
        return None

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One record by its id."""
        return Response(self.render_records([self.get_object()])[0])

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create one record."""
        serializer: Any = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with translation.override(self.language):
            self.perform_create(serializer)
        return Response(self.read_back(serializer.instance), status=status.HTTP_201_CREATED)

    @transaction.atomic
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the fields that the body names, and leave the others as they are."""
        refuse_missing_body(request)
        record = self.get_object()
        # Locked and read again, so that two changes at once do not undo each other.
        type(record)._base_manager.select_for_update(no_key=True).get(pk=record.pk)
        serializer: Any = self.get_serializer(self.get_object(), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        leave_out_fallbacks(serializer, self.language)
        with translation.override(self.language):
            self.perform_update(serializer)
        return Response(self.read_back(serializer.instance))

    def read_back(self, record: models.Model) -> Any:
        """Return a record that was just written as a GET answers it."""
        return self.render_records([self.get_queryset().get(pk=record.pk)])[0]
