"""Excuses and freezes: facts that save runs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from django.db.models import F, Q
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from gamopanda.accounts.api.idempotency import MakesOnce
from gamopanda.accounts.models import ApiKey, Member
from gamopanda.accounts.naming import find_members
from gamopanda.api.access.permissions import READ
from gamopanda.api.errors.exceptions import ApiError, DuplicateRecord, from_django, invalid
from gamopanda.api.lists.paging import read_switch
from gamopanda.api.naming import camel_case
from gamopanda.api.parsing.parsers import refuse_missing_body
from gamopanda.api.serializers.examples import EXAMPLE_ID
from gamopanda.api.serializers.serializer_compiler import compiled
from streaks.api.audience import OwnedViewSet
from streaks.api.filters import ExcuseFilterSet, FreezeFilterSet
from streaks.api.owners import named_owner
from streaks.api.protection_serializers import (
    DryRunSerializer,
    EndBreakSerializer,
    ExcuseSerializer,
    FreezeSerializer,
    GivenFreezeSerializer,
    NewExcuseSerializer,
    NewFreezeSerializer,
    read_body,
)
from streaks.models import ExcuseKind, StreakExcuse, StreakFreeze
from streaks.presenters.runs import newest_runs, present_runs
from streaks.progress.applying import apply_when_stored
from streaks.progress.deriving import Impact, describe_impact
from streaks.progress.excuses import (
    declare_amnesty,
    end_break,
    estimate_amnesty,
    estimate_revocation,
    excuse_member,
    preview,
    revoke,
)
from streaks.progress.freezes import FreezesFull, GivenBefore, give_freezes

WRITES = frozenset({"create", "partial_update", "destroy"})


class FactCalls:
    """Who makes a fact, and what would follow from it (S42)."""

    request: Any
    action: str
    is_admin: bool
    dry_runs: frozenset[str] = frozenset()

    def query_parameters(self) -> list[str]:
        """Add the dry run."""
        known: list[str] = super().query_parameters()  # type: ignore[misc]  # the view set that this is mixed into
        return [*known, *(["dryRun"] if self.action in self.dry_runs else [])]

    @property
    def is_dry_run(self) -> bool:
        """Return whether the call only asks what would follow."""
        return read_switch(self.request, "dryRun")

    @property
    def author(self) -> str:
        """Return who calls, for the record."""
        if not self.is_admin:
            return "the member"
        caller: Any = self.request.user
        return f"API key {ApiKey.objects.get(pk=caller.key_id).name}"

    def done(self, act: Callable[[], Impact]) -> Impact:
        """Act, or only look what would follow; raises the API's error for what the rules refuse."""
        try:
            return preview(act) if self.is_dry_run else act()
        except DjangoValidationError as error:
            raise from_django(error) from error


class FactViewSet(FactCalls, MakesOnce, OwnedViewSet):
    """Facts about members: administrators see all of them, end users their own."""

    related = ["member"]
    # They are few, and have no position: they are read by pages.
    is_followed = False

    def named_owner(self, body: Mapping[str, Any]) -> Member | None:
        """Return the member whom a body names, and be at its present."""
        owner = named_owner(body, sandbox=self.is_sandbox)
        if owner is not None:
            self.now = owner.now_at(self.now)
        return owner


class ExcuseViewSet(FactViewSet):
    """Excuses: days that break no run. A revoked one stays readable.

    End users see their own, and take breaks where the streak allows it.
    """

    serializer_class = ExcuseSerializer
    filterset_class = ExcuseFilterSet
    allowed = {"admin": READ | WRITES, "end_user": READ | {"create", "partial_update"}}
    in_sandbox = allowed["admin"]
    dry_runs = frozenset({"create", "destroy"})
    body_examples = {
        "create": {
            "kind": "amnesty",
            "streakId": EXAMPLE_ID,
            "startsOn": "2026-03-03",
            "endsOn": "2026-03-04",
            "reason": "Outage on 3 March",
        }
    }
    filter_expressions = {"externalId": F("member__external_id")}

    def records(self, now: Any) -> models.QuerySet[StreakExcuse]:
        """Return all excuses."""
        return StreakExcuse.objects.select_related("member")

    def of_others(self, now: Any) -> models.QuerySet[Any]:
        """Return also those of everybody."""
        return self.records(now).filter(Q(member=None) | Q(member__sandbox=False))

    @extend_schema(request=NewExcuseSerializer, responses={201: ExcuseSerializer, 200: DryRunSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Excuse days of one member, of some or of everybody."""
        body = read_body(NewExcuseSerializer, request.data)
        owner = self.named_owner(body) if self.is_admin else self._own_member(body)
        excuse = self._unsaved(body, owner)
        if owner is None and excuse.kind != ExcuseKind.AMNESTY:
            raise invalid("ownedById", "This concerns one member: send ownedById or ownedBy.", "required")
        if owner is not None and body.get("externalIds") is None:
            impact = self.done(lambda: excuse_member(excuse, now=self.now))
        else:
            impact = self._declare(excuse, body, owner)
        if self.is_dry_run:
            return Response({"impact": describe_impact(impact)})
        return Response(self.read_back(excuse), status=status.HTTP_201_CREATED)

    def _unsaved(self, body: Mapping[str, Any], owner: Member | None) -> StreakExcuse:
        excuse = StreakExcuse(
            kind=body["kind"],
            streak=body.get("streakId"),
            member=owner,
            reason=body["reason"],
            without_rewards=body["withoutRewards"],
            created_by=self.author,
        )
        for name in ("starts_on", "ends_on"):
            setattr(excuse, name, body.get(camel_case(name)))
        return excuse

    def _own_member(self, body: Mapping[str, Any]) -> Member | None:
        """Return the end user's own member, for a break that the streak allows."""
        streak = body.get("streakId")
        if body["kind"] != ExcuseKind.MEMBER_BREAK or body.get("externalIds") is not None:
            raise invalid("kind", "You can only take a break of your own: use member_break.", "not_allowed")
        if body.get("ownedById") is not None or body.get("ownedBy") is not None:
            raise invalid("ownedById", "Leave this out: a break is your own.", "not_allowed")
        if streak is None or not streak.member_breaks_allowed:
            raise invalid("streakId", "Members cannot take breaks in this streak.", "breaks_not_allowed")
        if self.member is None:
            raise invalid("streakId", "A break can be taken after the first activity.", "not_found")
        member: Member = self.member
        return member

    def _declare(self, excuse: StreakExcuse, body: Mapping[str, Any], owner: Member | None) -> Impact:
        """Declare an amnesty of everybody or of some, and apply it to as many as a call can."""
        names: list[str] | None = body.get("externalIds")
        if owner is not None:
            raise invalid("externalIds", "Send either an owner or externalIds, not both.")
        if self.is_sandbox:
            raise invalid("ownedById", "A sandbox key excuses one sandbox member at a time: name it.", "not_allowed")
        ids = None if names is None else _ids_of(names)
        try:
            if self.is_dry_run:
                return estimate_amnesty(excuse, ids, now=self.now)
            declare_amnesty(excuse, ids)
        except DjangoValidationError as error:
            raise from_django(error) from error
        apply_when_stored(excuse, now=self.now)
        return Impact()

    @extend_schema(request=EndBreakSerializer, responses={200: ExcuseSerializer})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """End a break early: nothing else of an excuse changes."""
        refuse_missing_body(request)
        excuse, body = self.get_object(), read_body(EndBreakSerializer, request.data)
        if "endsOn" in body:
            self._end(excuse, body["endsOn"])
        return Response(self.read_back(excuse))

    def _end(self, excuse: StreakExcuse, ends_on: date) -> None:
        self.done(lambda: end_break(excuse, ends_on, now=self.now))

    @extend_schema(responses={200: DryRunSerializer, 204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Revoke an excuse: runs are as they were without it, rewards stay. It stays readable."""
        excuse = self.get_object()
        if self.is_dry_run and excuse.member_id is None:
            impact = self.done(lambda: estimate_revocation(excuse, now=self.now))
        else:
            impact = self.done(lambda: revoke(excuse, by=self.author, now=self.now))
        if self.is_dry_run:
            return Response({"impact": describe_impact(impact)})
        if excuse.member_id is None:
            apply_when_stored(excuse, now=self.now)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _ids_of(names: Sequence[str]) -> list[UUID]:
    """Return the ids of the members with these external ids; raises a 400 when there is none of one."""
    members = find_members(names, sandbox=False)
    missing = next((name for name in names if name not in members), None)
    if missing is not None:
        raise invalid("externalIds", f"There is no member with the external id {missing}.", "not_found")
    return [member.pk for member in members.values()]


class FreezeViewSet(FactViewSet):
    """Freezes that were given. End users see their own."""

    serializer_class = FreezeSerializer
    filterset_class = FreezeFilterSet
    allowed = {"admin": READ | {"create"}, "end_user": READ}
    in_sandbox = allowed["admin"]
    refuses_repeats = frozenset({"create"})

    def records(self, now: Any) -> models.QuerySet[StreakFreeze]:
        """Return all freezes that were given."""
        return StreakFreeze.objects.select_related("member")

    @extend_schema(request=NewFreezeSerializer, responses={201: GivenFreezeSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give freezes to one member in one streak. They take effect now, and revive nothing."""
        body = read_body(NewFreezeSerializer, request.data)
        owner = self.named_owner(body)
        if owner is None:
            raise invalid("ownedById", "This concerns one member: send ownedById or ownedBy.", "required")
        freeze = StreakFreeze(
            streak=body["streakId"],
            member=owner,
            quantity=body["quantity"],
            reason=body["reason"],
            unique_identifier=body["uniqueIdentifier"],
            created_by=self.author,
        )
        freeze.freezes_left = self._give(freeze)  # type: ignore[attr-defined]
        runs = list(newest_runs(freeze.streak, [owner]).values())
        presented = present_runs(runs, now=self.now, language=self.language)
        freeze.streak_progress = presented[0] if presented else None  # type: ignore[attr-defined]
        answer = compiled(GivenFreezeSerializer, is_admin=True).render(freeze, self.render_context)
        return Response(answer, status=status.HTTP_201_CREATED)

    def _give(self, freeze: StreakFreeze) -> int:
        try:
            return give_freezes(freeze, now=self.now)
        except FreezesFull as error:
            raise ApiError(400, "freezes_full", str(error)) from error
        except GivenBefore as error:
            message = "Freezes were given to this member under this uniqueIdentifier already; nothing was changed."
            raise DuplicateRecord("uniqueIdentifier", error.existing.pk, message) from error
        except DjangoValidationError as error:
            raise from_django(error) from error
