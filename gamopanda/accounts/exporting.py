"""Everything stored about one member, as one JSON document (S61)."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.db import transaction

from gamopanda.accounts.erasure import former_members
from gamopanda.accounts.models import Member
from gamopanda.accounts.personal_data import personal_tables
from gamopanda.api.naming import camel_case
from gamopanda.api.rendering.renderers import dump_json

ROWS_AT_ONCE = 1000
BYTES_IN_MEMORY = 1024 * 1024


def open_export(member: Member) -> IO[bytes]:
    """Return the document as an open file, to be read from its beginning; what is long lies on the disk."""
    document: Any = SpooledTemporaryFile(max_size=BYTES_IN_MEMORY)  # noqa: SIM115  who reads it closes it
    _write(document, member)
    document.seek(0)
    return document  # type: ignore[no-any-return]


@transaction.atomic
def _write(document: IO[bytes], member: Member) -> None:
    """Write under the lock of the member, so that the document is of one instant."""
    locked = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    document.write(b'{"data":{"member":' + dump_json(_on_the_wire(Member.objects.values().get(pk=locked.pk))))
    _write_list(document, "formerMembers", former_members(locked).values())
    for table in filter(attrgetter("name"), personal_tables()):
        _write_list(document, table.name, table.rows(locked.pk).values().iterator(chunk_size=ROWS_AT_ONCE))
    document.write(b"}}")


def _write_list(document: IO[bytes], name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    document.write(b',"' + name.encode() + b'":[')
    for place, row in enumerate(rows):
        document.write((b"," if place else b"") + dump_json(_on_the_wire(row)))
    document.write(b"]")


def _on_the_wire(row: Mapping[str, Any]) -> dict[str, Any]:
    return {camel_case(name): value for name, value in row.items()}
