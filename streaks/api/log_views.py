"""Logs and the runs that follow from them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from gamopanda.accounts.api.idempotency import MakesOnce
from gamopanda.accounts.api.queries import read_query
from gamopanda.accounts.naming import find_members
from gamopanda.api.access.permissions import READ
from gamopanda.api.parsing.strict_json import MAX_DEPTH
from gamopanda.api.serializers.serializer_compiler import compiled
from streaks.api.audience import OwnedViewSet
from streaks.api.fast_path import answer_single_log
from streaks.api.filters import LogFilterSet, RunFilterSet
from streaks.api.ingestion import (
    Entry,
    Said,
    describe_error,
    presents_of,
    record_many,
    record_one,
    record_sandbox,
    result_of,
)
from streaks.api.log_serializers import (
    EXAMPLE_LOG,
    AchievedMilestoneSerializer,
    LogBatchOutcomeSerializer,
    LogBatchSerializer,
    LogSerializer,
    NewLogSerializer,
    refuse_body,
)
from streaks.api.run_serializers import NEWEST_RUNS, RunQuerySerializer, RunSerializer
from streaks.models import StreakLog, StreakProgress
from streaks.presenters.logs import achieved_by, present_recorded_log, read_logs
from streaks.presenters.runs import newest_runs, read_runs
from streaks.progress.log_body import InvalidLogBody, LogBody, read_log_body
from streaks.progress.recording import RecordResult

# A record lies in a list, which lies in an object.
RECORD_DEPTH = MAX_DEPTH - 2


def read_body(data: Any, *, max_depth: int = MAX_DEPTH) -> LogBody:
    """Return what the body of a log says; raises `ValidationError`."""
    try:
        return read_log_body(data, max_depth=max_depth)
    except InvalidLogBody as error:
        raise refuse_body(error) from error


class LogViewSet(MakesOnce, OwnedViewSet):
    """Logs: permanent once sent. End users see their own."""

    serializer_class = LogSerializer
    filterset_class = LogFilterSet
    allowed = {"admin": READ | {"create", "bulk"}, "end_user": READ}
    refuses_repeats = frozenset({"create"})
    in_sandbox = allowed["admin"]
    makes_once = frozenset({"create", "bulk"})
    related = ["member"]
    annotations = ["run_id"]
    checks_each_of: ClassVar[Mapping[str, str]] = {"bulk": "records"}
    body_examples = {
        "create": EXAMPLE_LOG,
        "bulk": {"records": [EXAMPLE_LOG, {**EXAMPLE_LOG, "uniqueIdentifier": "order-4712", "activityValue": 20.5}]},
    }

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer a single log by the fast path where nothing about the call is unusual (see `fast_path`)."""
        if request.method == "POST" and self.action_map.get("post") == "create":
            answer = answer_single_log(request, compiled(LogSerializer, is_admin=True), self.language)
            if answer is not None:
                answer["Allow"] = ", ".join(self.allowed_methods)
                return self.finished(request, answer)
        return super().dispatch(request, *args, **kwargs)

    def records(self, now: datetime) -> models.QuerySet[StreakLog]:
        """Return all logs."""
        return read_logs()

    @extend_schema(request=NewLogSerializer, responses={201: LogSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record one log with everything that follows from it."""
        body = read_body(request.data)
        if self.is_sandbox:
            (self.now,) = presents_of([body], self._said)
        result = record_one(body, self._said)
        return Response(self.answer_to(result), status=status.HTTP_201_CREATED)

    def answer_to(self, result: RecordResult) -> dict[str, Any]:
        """Return what the answer tells of a log that was just recorded."""
        presenter = present_recorded_log(result, now=self.now, language=self.language)
        return self.compiled_serializer.render(presenter, self.render_context)

    @property
    def _said(self) -> Said:
        caller: Any = self.request.user
        return Said(f"API key {caller.key_id}", self.now, self.is_sandbox)

    @extend_schema(request=LogBatchSerializer, responses={200: LogBatchOutcomeSerializer})
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Record many logs, of which none harms another, and say what became of each."""
        batch = LogBatchSerializer(data=request.data)
        batch.is_valid(raise_exception=True)
        results: dict[int, dict[str, Any]] = {}
        entries = []
        for index, record in enumerate(batch.validated_data["records"]):
            try:
                entries.append(Entry(index, read_body(record, max_depth=RECORD_DEPTH)))
            except ValidationError as error:
                results[index] = {"index": index, "status": "rejected", "error": describe_error(error)}
        record = record_sandbox if self.is_sandbox else record_many
        record(entries, self._said)
        results |= {entry.index: result_of(entry) for entry in entries}
        self._add_achieved(entries, results)
        return Response(summarise_results([results[index] for index in sorted(results)]))

    def _add_achieved(self, entries: Sequence[Entry], results: Mapping[int, dict[str, Any]]) -> None:
        """Name the milestones that each recorded log reached, as the answer to a single one does."""
        recorded = [entry for entry in entries if results[entry.index]["status"] == "created"]
        achieved = achieved_by([entry.result for entry in recorded if entry.result is not None], now=self.now)
        serializer, context = compiled(AchievedMilestoneSerializer, is_admin=True), self.render_context
        for entry in recorded:
            some = achieved.get(results[entry.index]["id"], [])
            results[entry.index]["achievedMilestones"] = [serializer.render(one, context) for one in some]


def summarise_results(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Count what became of the records of a batch."""
    found = [result["status"] for result in results]
    counts = {
        "created": found.count("created"),
        "duplicates": found.count("duplicate"),
        "rejected": found.count("rejected"),
    }
    return {**counts, "results": results}


class RunViewSet(OwnedViewSet):
    """Runs: made by the system alone. End users see their own."""

    serializer_class = RunSerializer
    filterset_class = RunFilterSet
    related = ["member"]
    allowed = {"admin": READ | {"query"}, "end_user": READ}
    in_sandbox = allowed["admin"]

    def records(self, now: datetime) -> models.QuerySet[StreakProgress]:
        """Return all runs."""
        return read_runs(now)

    def query_parameters(self) -> list[str]:
        """Leave the language of a query to its body."""
        return [] if self.action == "query" else super().query_parameters()

    @extend_schema(request=RunQuerySerializer, responses={200: NEWEST_RUNS})
    @action(detail=False, methods=["post"])
    def query(self, request: Request) -> Response:
        """Return the newest run of each of many members in one streak, in the order of the body; null without one."""
        asked = read_query(self, RunQuerySerializer)
        members = find_members(asked["externalIds"], sandbox=self.is_sandbox)
        newest = newest_runs(asked["streakId"], members.values())
        presented = dict(zip(newest, self.render_records(list(newest.values())), strict=True))
        found = (members.get(name) for name in asked["externalIds"])
        return Response([None if member is None else presented.get(member.pk) for member in found])
