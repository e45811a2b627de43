"""Values that are computed once for a record, where the record is shared and never changes.

Only records with `enable_memoising` are memoised: a cached record is replaced when its row changes.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Computed = TypeVar("Computed")

MAX_ENTRIES = 100
"""How many values a record keeps."""
_ATTRIBUTE = "memoised_values"


def enable_memoising(record: Any) -> None:
    """Let values of a record be memoised with it."""
    setattr(record, _ATTRIBUTE, {})


def is_memoising(record: Any) -> bool:
    """Return whether values of a record are memoised."""
    return _ATTRIBUTE in record.__dict__


def memoise(record: Any, key: Hashable, compute: Callable[[], Computed]) -> Computed:
    """Return what `compute` returns for a record and a key; a memoising record computes it once."""
    values = record.__dict__.get(_ATTRIBUTE)
    if values is None:
        return compute()
    try:
        return values[key]  # type: ignore[no-any-return]
    except KeyError:
        computed = compute()
    # Keys can hold a date or a host name, so their number has no limit of its own.
    if len(values) >= MAX_ENTRIES:
        values.clear()
    values[key] = computed
    return computed
