"""How many dashes an SVG draws: a line of a few bytes may have millions, each with round ends."""

import re
from collections.abc import Iterator
from math import inf
from xml.etree.ElementTree import Element

# More than the length of an arc, or of a circle, for each unit of its radius.
LENGTH_PER_UNIT = 7
# A letter of a text may be as large as anything.
LENGTH_OF_A_LETTER = 500
GEOMETRY = ("d", "points", "r", "rx", "ry", "width", "height", "x1", "y1", "x2", "y2")
SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
TEXTS = {"text", "tspan", "textPath"}
PROPERTY = "stroke-dasharray"

_NUMBER = re.compile(r"\d*\.?\d+(?:[eE][-+]?\d+)?")
_IN_CSS = re.compile(rf"{PROPERTY}\s*:([^;}}]*)", re.IGNORECASE)
_LIST = re.compile(r"(?:[\d.\s,;eE+-]|px)*")
_KEYWORD = re.compile(r"none|inherit|initial|unset|revert|!important", re.IGNORECASE)
_UNIT = re.compile(r"[a-z%]", re.IGNORECASE)
# Where a style sets lengths, attributes do not tell them; nor are they known on the screen.
_UNKNOWN_LENGTH = re.compile(r"(?<![\w-])(?:d|r|rx|ry|width|height)\s*:|non-scaling-stroke", re.IGNORECASE)


class Dashes:
    """The shortest dashes of a drawing, and how many of them its elements may have."""

    def __init__(self, root: Element) -> None:
        written = list(_written_in(root))
        self._shortest = min((_shortest(text) for text in written), default=inf)
        styles = (
            text for one in root.iter() for text in [one.get("style", ""), one.get("vector-effect", ""), *_css(one)]
        )
        if self._shortest < inf and any(_UNKNOWN_LENGTH.search(text) for text in styles):
            self._shortest = 0.0

    def number_of(self, element: Element) -> float:
        """Return at most how many dashes there are along an element, `inf` where nothing can be said."""
        tag = element.tag.rpartition("}")[2]
        if self._shortest == inf or tag not in SHAPES | TEXTS:
            return 0
        return _length_of(element, tag) / self._shortest if self._shortest else inf


def _written_in(root: Element) -> Iterator[str]:
    """Yield every list of dashes: in attributes, in styles, and in what animates them."""
    for element in root.iter():
        if PROPERTY in element.attrib:
            yield element.attrib[PROPERTY]
        if element.get("attributeName") == PROPERTY:
            yield from (element.get(name, "") for name in ("values", "from", "to", "by"))
        for css in (element.get("style", ""), *_css(element)):
            yield from _IN_CSS.findall(css)


def _css(element: Element) -> list[str]:
    return ["".join(element.itertext())] if element.tag.endswith("}style") else []


def _shortest(text: str) -> float:
    """Return the length of a list of dashes: `inf` of a solid line, 0 where it cannot be told."""
    text = _KEYWORD.sub("", text)
    if not _LIST.fullmatch(text):
        return 0.0
    sums = [sum(map(float, _NUMBER.findall(part))) for part in text.split(";")]
    return min((each for each in sums if each), default=inf)


def _length_of(element: Element, tag: str) -> float:
    """Return at most how long an element is, along which dashes are drawn."""
    if tag in TEXTS:
        return LENGTH_OF_A_LETTER * len("".join(element.itertext()))
    values = {name: element.get(name, "").replace("px", "") for name in GEOMETRY}
    if any(_UNIT.search(value) for name, value in values.items() if name != "d"):
        return inf
    # A smooth curve goes on from the one before, and may swing out further with each.
    swings = 1 + len(re.findall("[Tt]", values["d"]))
    units = sum(float(number) for value in values.values() for number in _NUMBER.findall(value))
    declared = _NUMBER.match(element.get("pathLength", ""))
    return max(LENGTH_PER_UNIT * swings * units, float(declared[0]) if declared else 0)
