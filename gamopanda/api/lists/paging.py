"""Pages of a list by offset and limit; the total is counted only when it is asked for."""

import re
from typing import Any

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from gamopanda.api.errors.exceptions import invalid
from gamopanda.api.serializers.field_schemas import Schema, or_part

DEFAULT_LIMIT = 20
MAX_LIMIT = 1000
MAX_OFFSET = 1_000_000_000

PAGING: Schema = {
    "type": "object",
    "description": "Which part of the list this page is.",
    "required": ["offset", "limit", "hasMore"],
    "properties": {
        "offset": {
            "type": "integer",
            "minimum": 0,
            "maximum": MAX_OFFSET,
            "description": "How many records were skipped.",
            "examples": [0],
        },
        "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_LIMIT,
            "description": "How many records a page has at most.",
            "examples": [DEFAULT_LIMIT],
        },
        "hasMore": {"type": "boolean", "description": "Whether there are records after this page.", "examples": [True]},
        "totalCount": {
            "type": "integer",
            "minimum": 0,
            "description": "How many records there are on all pages; with fetchTotalCount=true alone.",
            "examples": [57],
        },
        "nextCursor": {
            "type": "string",
            "minLength": 32,
            "maxLength": 32,
            "description": "Where to go on: the next after, also once there is no more for now; with after alone.",
            "examples": ["AAAAAAAB4kABltg8Xj97_IbQ9sI1mkfh"],
        },
    },
}
"""`paging` in the API's own description."""

PAGING_PARAMETERS = ("offset", "limit", "fetchTotalCount")


def read_number(request: Request, name: str, *, default: int, minimum: int, maximum: int) -> int:
    """Return a whole number from the query; 400 unless it is between `minimum` and `maximum`."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not re.fullmatch("[0-9]{1,10}", text) or not minimum <= int(text) <= maximum:
        raise invalid(name, f"Use a whole number from {minimum} to {maximum}.")
    return int(text)


def read_switch(request: Request, name: str) -> bool:
    """Return a switch from the query, off unless given; 400 unless it is `true` or `false`."""
    text = request.query_params.get(name, "false")
    if text not in {"true", "false"}:
        raise invalid(name, "Use true or false.")
    return text == "true"


class OffsetPaging(BasePagination):
    """One page, and whether there is more after it: found by reading one record too many."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the records of the page that `offset` and `limit` ask for."""
        self.read(request)
        if self.is_counted:
            self.total_count = queryset.count()
        return self.page_of(list(queryset[self.offset : self.offset + self.limit + 1]))

    def read(self, request: Request) -> None:
        """Read the query parameters; raises a 400."""
        self.offset = read_number(request, "offset", default=0, minimum=0, maximum=MAX_OFFSET)
        self.limit = read_number(request, "limit", default=DEFAULT_LIMIT, minimum=1, maximum=MAX_LIMIT)
        self.is_counted = read_switch(request, "fetchTotalCount")

    def page_of(self, records: list[Any]) -> list[Any]:
        """Return the page of records that were read with one too many, if there is one."""
        self.has_more = len(records) > self.limit
        return records[: self.limit]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a list for the API's own description."""
        records = {**schema, "description": "The records of this page.", "items": or_part(schema["items"])}
        return {"type": "object", "required": ["data", "paging"], "properties": {"data": records, "paging": PAGING}}

    def get_paginated_response(self, data: Any) -> Response:
        """Leave `paging` on the response, for the renderer."""
        paging: dict[str, Any] = {"offset": self.offset, "limit": self.limit, "hasMore": self.has_more}
        if self.is_counted:
            paging["totalCount"] = self.total_count
        response = Response(data)
        response.paging = paging  # type: ignore[attr-defined]
        return response
