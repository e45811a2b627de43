"""Lists that are followed: `after` a cursor, in the order in which records became visible, none missed or repeated."""

import base64
import binascii
import struct
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, F, Func, UUIDField, Value
from rest_framework.request import Request
from rest_framework.response import Response

from gamopanda.api.errors.exceptions import invalid
from gamopanda.api.lists.paging import OffsetPaging
from gamopanda.api.positions import readable_position

_LAYOUT = struct.Struct(">q16s")
_FIRST = UUID(int=0)


@dataclass(frozen=True, order=True, slots=True)
class Cursor:
    """A place in the order in which records became visible: right behind the record of a position and an id."""

    position: int = 0
    id: UUID = _FIRST

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(_LAYOUT.pack(self.position, self.id.bytes)).decode()


def read_cursor(text: str) -> Cursor:
    """Return the cursor that an earlier answer gave; an empty one is at the beginning; raises a 400."""
    if not text:
        return Cursor()
    try:
        position, id_bytes = _LAYOUT.unpack(base64.b64decode(text.encode(), altchars=b"-_", validate=True))
    except (binascii.Error, struct.error, UnicodeError):
        raise _refuse("Use nextCursor of an earlier answer as it is, or nothing to begin at the beginning.") from None
    cursor = Cursor(position, UUID(bytes=id_bytes))
    if cursor.position < 0 or str(cursor) != text:
        raise _refuse("Use nextCursor of an earlier answer as it is, or nothing to begin at the beginning.")
    return cursor


def _refuse(message: str) -> Exception:
    return invalid("after", message)


class _IsBehind(Func):
    """Compares position and id together, so that an index on both finds the place."""

    template = "(%(expressions)s)"
    arity = 4
    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **_context: Any) -> Any:  # type: ignore[override]
        """Write the comparison of two rows, which both databases have."""
        sides = [compiler.compile(expression) for expression in self.get_source_expressions()]
        position, key, of_position, of_key = (sql for sql, _ in sides)
        return f"(({position}, {key}) > ({of_position}, {of_key}))", [value for _, given in sides for value in given]


class FollowPaging(OffsetPaging):
    """The records behind a cursor, and the cursor to go on with: also after the last one, for those to come."""

    def read(self, request: Request) -> None:
        """Read the query parameters; raises a 400."""
        super().read(request)
        if "sortBy" in request.query_params:
            raise invalid("sortBy", "Leave it out with after: records come in the order in which they became visible.")
        if self.offset:
            raise invalid("offset", "Leave it out with after: the cursor says where to go on.")
        self.cursor = read_cursor(request.query_params["after"])

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the next records behind the cursor."""
        self.read(request)
        readable = readable_position()
        if self.cursor.position > readable:
            raise _refuse(
                "This cursor is ahead of the database, which was set back to an earlier state. Begin with an empty one."
            )
        key = Value(self.cursor.id, output_field=UUIDField())
        queryset = queryset.filter(
            _IsBehind(F("position"), F("pk"), Value(self.cursor.position), key), position__lte=readable
        )
        if self.is_counted:
            self.total_count = queryset.count()
        page = self.page_of(list(queryset.order_by("position", "pk")[: self.limit + 1]))
        last = Cursor(page[-1].position, page[-1].pk) if page else self.cursor
        # All that is readable was looked through, also what the filters leave out.
        self.next_cursor = last if self.has_more else max(last, Cursor(readable))
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """Leave the cursor along with `paging` on the response."""
        response = super().get_paginated_response(data)
        response.paging["nextCursor"] = str(self.next_cursor)  # type: ignore[attr-defined]
        return response
