"""Rewards, and the whole programme for one reader."""

from collections.abc import Iterator, Sequence
from copy import copy
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.decorators import decorator_from_middleware, method_decorator
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, ValidationError

from gamopanda.accounts.api.queries import read_query
from gamopanda.accounts.models import Member
from gamopanda.accounts.naming import find_members
from gamopanda.api.access.callers import CallerKind
from gamopanda.api.access.permissions import READ
from gamopanda.api.serializers.language import readable_language
from gamopanda.api.serializers.serializer_compiler import compiled
from gamopanda.api.views import ApiViewSet
from rewards.api.filters import RewardLogFilterSet
from rewards.api.programme import Programme, read_programme, read_programmes
from rewards.api.programme_serializers import DisplayQuerySerializer, ProgrammeSerializer
from rewards.api.serializers import RewardLogSerializer, code_taken
from rewards.coupons import lock_pools
from rewards.models import RewardLog
from rewards.signals import tell_edited
from streaks.api.audience import OwnedViewSet
from streaks.api.fields import STREAK_SLUG


class RewardLogViewSet(OwnedViewSet):
    """Rewards: issued by the system alone; a server of the client's changes what becomes of them.

    End users see their own.
    """

    serializer_class = RewardLogSerializer
    filterset_class = RewardLogFilterSet
    allowed = {"admin": READ | {"partial_update"}, "end_user": READ}
    in_sandbox = allowed["admin"]
    related = ["milestone", "member"]
    filter_expressions = {"linkedSchemaSlug": models.Value(STREAK_SLUG)}

    def records(self, now: datetime) -> models.QuerySet[RewardLog]:
        """Return all rewards; a milestone that was deleted stays shown (S29)."""
        return RewardLog.objects.by_status(now).select_related(*self.related)

    @transaction.atomic
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the code or the instants, while no pool gives out codes."""
        lock_pools([self.get_object().streak_id])
        return super().partial_update(request, *args, **kwargs)

    def perform_update(self, serializer: BaseSerializer[RewardLog]) -> None:
        """Save, unless another reward has just got the code (S25)."""
        before = copy(serializer.instance)
        try:
            with transaction.atomic():
                serializer.save()
        except IntegrityError as error:
            raise ValidationError({"couponCode": code_taken().detail}) from error
        if serializer.instance is not None and before is not None:
            tell_edited(serializer.instance, before, now=self.now)


IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    {"type": "string", "examples": ['"7d3c1f0a5b2e4c6d8e9f0a1b2c3d4e5f"']},
    OpenApiParameter.HEADER,
    description="The ETag of an earlier answer.",
)

ANY_TAG = OpenApiParameter(
    "languageCode",
    {"type": "string", "minLength": 1, "default": "en", "examples": ["pt-BR"]},
    description="The language of the page, as it names it: `pt-BR`, `pt_BR` or `pt_BR.UTF-8`. Unknown ones: English.",
)


DISPLAYS = {"type": "array", "items": {"$ref": "#/components/schemas/Programme"}}
"""The answer to a query for the displays of members, in the API's own description."""


class ConditionalMiddleware(ConditionalGetMiddleware):
    """Gives an answer an `ETag`, and makes it a 304 where it is unchanged, for HEAD as for GET."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Do what Django does for GET alone; a 304 tells a limited caller what is left too."""
        method = request.method
        try:
            request.method = "GET" if method == "HEAD" else method
            answer = super().process_response(request, response)
        finally:
            request.method = method
        for name in ("RateLimit", "RateLimit-Policy"):
            if name in response:
                answer[name] = response[name]
        return answer


@method_decorator(decorator_from_middleware(ConditionalMiddleware), name="dispatch")
class EndUserDisplayViewSet(ApiViewSet):
    """Everything a client needs in one call, for an end user or a guest.

    The answer has an `ETag`: sent back as `If-None-Match`, an unchanged programme is a 304.
    """

    serializer_class = ProgrammeSerializer
    allowed = {"admin": frozenset({"query"}), "end_user": frozenset({"list"}), "guest": frozenset({"list"})}
    in_sandbox = allowed["admin"]

    def query_parameters(self) -> list[str]:
        """Leave the language of a query to its body."""
        return [] if self.action == "query" else super().query_parameters()

    def read_language(self, request: Request) -> str:
        """Read the tag of the page generously (S34)."""
        return readable_language(request.query_params.get("languageCode", settings.LANGUAGE_CODE))

    @extend_schema(
        parameters=[IF_NONE_MATCH, ANY_TAG],
        responses={
            200: ProgrammeSerializer,
            304: OpenApiResponse(description="Nothing has changed; there is no body."),
        },
    )
    def list(self, request: Request) -> Response:
        """Show live streaks, where the member stands in each, and the member's rewards."""
        caller: Any = request.user
        member = caller.member if caller.kind == CallerKind.END_USER else None
        programme = read_programme(member, now=self.now, language=self.language)
        # A browser may keep it, but asks before it uses it again.
        audience = "private" if caller.kind == CallerKind.END_USER else "public"
        body = self.compiled_serializer.render(programme, self.render_context)
        return Response(body, headers={"Cache-Control": f"{audience}, no-cache"})

    @extend_schema(request=DisplayQuerySerializer, responses={200: DISPLAYS})
    @action(detail=False, methods=["post"])
    def query(self, request: Request) -> Response:
        """Return the display of each of many members, in the order of the body, as each of them would read it."""
        names = read_query(self, DisplayQuerySerializer)["externalIds"]
        members = find_members(names, sandbox=self.is_sandbox)
        programmes = self._read([members.get(name) for name in names])
        # As end users see it, without what is for administrators alone.
        serializer, context = compiled(ProgrammeSerializer, is_admin=False), self.render_context
        return Response([serializer.render(one, context) for one in programmes])

    def _read(self, members: Sequence[Member | None]) -> Iterator[Programme]:
        """Yield the programme of each member, those of the sandbox at the present of each."""
        now = self.now
        presents = [now if member is None else member.now_at(now) for member in members]
        for present, some in groupby(zip(presents, members, strict=True), lambda pair: pair[0]):
            yield from read_programmes([member for _, member in some], now=present, language=self.language)
