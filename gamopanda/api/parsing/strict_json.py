"""JSON as the API reads it: exact numbers, and nothing that two readers could understand differently."""

import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gamopanda.api.errors.exceptions import Unreadable

MAX_DEPTH = 32
MAX_DIGITS = 1000


@dataclass(frozen=True, slots=True)
class Unclear:
    """What stands in the place of a value that could not be read; `sentence` says why."""

    sentence: str


def load_json(text: str) -> Any:
    """Read JSON with fractions as `Decimal`; raises `Unreadable` with a sentence that says what is wrong.

    Refused: NaN and infinities, a key twice in one object, the character NUL, half surrogate pairs, and nesting deeper
    than 32 levels.
    """
    value = parse_json(text)
    check_json(value)
    return value


def parse_json(text: str) -> Any:
    """Read JSON of which every part is still to be looked at by `check_json`; raises `Unreadable` if it is none."""
    try:
        return DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"This is not valid JSON: {error.msg}, line {error.lineno}, column {error.colno}.") from error
    except RecursionError as error:
        raise Unreadable(TOO_DEEP) from error


TOO_DEEP = f"The JSON is nested too deeply: at most {MAX_DEPTH} levels are allowed."


def _number(text: str) -> Decimal | Unclear:
    try:
        number = Decimal(text)
    except ArithmeticError:  # an exponent of more than 18 digits
        return _out_of_range(text)
    return _out_of_range(text) if abs(number.adjusted()) > MAX_DIGITS else number


def _whole_number(text: str) -> int | Unclear:
    return _out_of_range(text) if len(text) > MAX_DIGITS else int(text)


def _out_of_range(text: str) -> Unclear:
    return Unclear(f"The number {text[:40]} is out of range.")


def _constant(name: str) -> Unclear:
    return Unclear(f"{name} is not a JSON number.")


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Unclear:
    result = dict(pairs)
    if len(result) < len(pairs):
        times = Counter(name for name, _ in pairs)
        repeated = next(name for name, _ in pairs if times[name] > 1)
        return Unclear(f"The key {repeated!a} is given twice in one object.")
    return result


DECODER = json.JSONDecoder(
    parse_float=_number,
    parse_int=_whole_number,
    parse_constant=_constant,
    object_pairs_hook=_object_without_repeats,
)


def check_json(value: Any, levels: int = MAX_DEPTH) -> None:
    """Raise `Unreadable` for a value from `parse_json`, nested in so many levels at most, that `load_json` refuses."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, Unclear):
        raise Unreadable(value.sentence)
    elif isinstance(value, dict | list):
        if levels == 0:
            raise Unreadable(TOO_DEEP)
        for item in value:
            check_json(item, levels - 1)
        for item in value.values() if isinstance(value, dict) else ():
            check_json(item, levels - 1)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise Unreadable("Texts must not contain the character NUL (U+0000).")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Unreadable(
            "A text has half of a surrogate pair (such as \\ud800), or bytes that are no UTF-8: send whole characters."
        ) from error
