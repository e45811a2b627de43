"""JSON as the API reads it: exact numbers, and nothing that two readers could understand differently."""

import json
from decimal import Decimal
from typing import Any, Never

from gamopanda.api.exceptions import Unreadable

MAX_DEPTH = 32
MAX_DIGITS = 1000


def load_json(text: str) -> Any:
    """Read JSON with fractions as `Decimal`; raises `Unreadable` with a sentence that says what is wrong.

    Refused: NaN and infinities, a key twice in one object, the character NUL, half surrogate pairs, and nesting deeper
    than 32 levels.
    """
    try:
        value = json.loads(
            text,
            parse_float=_number,
            parse_int=_whole_number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object_without_repeats,
        )
    except json.JSONDecodeError as error:
        raise Unreadable(f"This is not valid JSON: {error.msg}, line {error.lineno}, column {error.colno}.") from error
    except RecursionError as error:
        raise Unreadable(_TOO_DEEP) from error
    _check(value, MAX_DEPTH)
    return value


_TOO_DEEP = f"The JSON is nested too deeply: at most {MAX_DEPTH} levels are allowed."


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > MAX_DIGITS:
        raise Unreadable(f"The number {text[:40]} is out of range.")
    return number


def _whole_number(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Unreadable(f"The number {text[:40]} is out of range.")
    return int(text)


def _refuse_constant(name: str) -> Never:
    raise Unreadable(f"{name} is not a JSON number.")


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"The key {repeated!a} is given twice in one object.")
    return result


def _check(value: Any, levels: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list):
        if levels == 0:
            raise Unreadable(_TOO_DEEP)
        for item in value:
            _check(item, levels - 1)
        for item in value.values() if isinstance(value, dict) else ():
            _check(item, levels - 1)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise Unreadable("Texts must not contain the character NUL (U+0000).")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Unreadable("A text has half of a surrogate pair (such as \\ud800): send whole characters.") from error
