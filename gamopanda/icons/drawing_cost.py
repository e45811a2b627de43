"""How much work it is to draw an SVG, whatever way its parts refer to one another.

A pattern within a pattern, a use of a use: ten of ten of ten … is a bomb of one kilobyte. What a style sheet says is
taken to hold for every element that it may be about, so that the estimate is never below the truth.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from gamopanda.icons.dashes import Dashes

# In elements drawn: what a renderer pays beside the content for a layer of its own, and for a filter over it.
LAYER_COST = 20
FILTER_COST = 250
# As many dashes, with round ends, cost as much as an element.
DASHES_PER_ELEMENT = 5
MAX_DEPTH = 64

CHEAP = {"linearGradient", "radialGradient"}
# Their content is drawn into a layer of its own.
LAYERS = {"pattern", "mask", "clipPath", "marker", "image", "feImage"}
# An href of these leads somewhere else, or says when to draw.
NOT_DRAWING = {"a", "animate", "animateMotion", "animateTransform", "mpath", "set", "textPath", *CHEAP}
# Elements within do not inherit these.
NOT_INHERITED = ("clip-path", "mask", "filter")

_REFERENCE = re.compile(r"url\(\s*[\"']?#([\w.:%-]+)", re.IGNORECASE)
_FILTER_FUNCTION = re.compile(r"(blur|drop-shadow)\(", re.IGNORECASE)
_DECLARATION = re.compile(r"([\w-]+)\s*:([^;]*)")
_COMMENT_OR_TEXT = re.compile(r"/\*.*?\*/|\"[^\"\n]*\"|'[^'\n]*'", re.DOTALL)
_RULE = re.compile(r"([^{};]*)\{([^{}]*)\}")
_PLAIN_SELECTOR = re.compile(r"[\w.#*>+~ \t\r\n\f-]*")
_COMBINATOR = re.compile(r"[>+~ \t\r\n\f]+")
_COMPOUND = re.compile(r"(\*|[A-Za-z][\w-]*)?([.#][\w-]+)*")
_POINT = re.compile(r"[A-Za-z]|\d*\.?\d+")

Reference = tuple[str, bool]
"""The id of what is referred to, and whether elements within inherit the reference."""


class TooMuchWork(Exception):
    """The drawing repeats its parts more often than allowed, or in a circle."""


def check_drawing_cost(root: Element, most: int) -> None:
    """Raise `TooMuchWork` when drawing an SVG may cost more than drawing so many elements."""
    _Drawing(root, most).cost_of(root, 0)


def references_in(declarations: str) -> set[Reference]:
    """Return what CSS declarations refer to; a filter that is written as a function goes by the name of none."""
    plain = _COMMENT_OR_TEXT.sub(_without_marks, declarations)
    pairs = _DECLARATION.findall(plain)
    return set().union(*(_referred_to(value, name.lower() not in NOT_INHERITED) for name, value in pairs))


def _referred_to(value: str, is_inherited: bool) -> set[Reference]:
    names = {unquote(name) for name in _REFERENCE.findall(value)} | ({""} if _FILTER_FUNCTION.search(value) else set())
    return {(name, is_inherited) for name in names}


class StyleSheets:
    """Which references some style sheets may give to an element."""

    def __init__(self, sheets: Iterable[str]) -> None:
        self._by_compound: dict[str, set[Reference]] = defaultdict(set)
        for css in sheets:
            self._read(css)

    def _read(self, css: str) -> None:
        plain = _COMMENT_OR_TEXT.sub(_without_marks, css)
        # Rules in rules and in at-rules, and what is left open, may be about any element.
        if re.search(r"[@\"']|/\*", plain) or _RULE.sub("", plain).strip():
            self._by_compound["*"] |= _referred_to(css, True)
            return
        for selectors, declarations in _RULE.findall(plain):
            for selector in selectors.split(","):
                self._by_compound[_last_compound(selector)] |= references_in(declarations)

    def references_of(self, element: Element) -> set[Reference]:
        """Return the references of all rules whose selectors may end at an element."""
        traits = {local_name(element.tag), *(f".{name}" for name in element.get("class", "").split())}
        traits |= {"*", f"#{element.get('id')}"}
        matching = (compound for compound in self._by_compound if traits.issuperset(_parts(compound)))
        return set().union(*(self._by_compound[compound] for compound in matching))


def _without_marks(match: re.Match[str]) -> str:
    """Return a text without quotes and without what could be taken for the end of a rule; a comment is nothing."""
    return " " if match[0].startswith("/*") else re.sub(r"[^\w.:%#-]", " ", match[0])


def _last_compound(selector: str) -> str:
    """Return what a selector asks of the element itself; `*` when that is more than a type, classes and an id."""
    compound = _COMBINATOR.split(selector.strip(" \t\r\n\f"))[-1]
    return compound if _PLAIN_SELECTOR.fullmatch(selector) and _COMPOUND.fullmatch(compound) else "*"


def _parts(compound: str) -> list[str]:
    """Return what a compound selector asks for: `path.a#b` asks for `path`, `.a` and `#b`."""
    return re.findall(r"[.#]?[\w-]+|\*", compound)


def local_name(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition("}")[2]


class _Drawing:
    """The cost of each element of a drawing, in elements drawn."""

    def __init__(self, root: Element, most: int) -> None:
        self._most = most
        self._named: dict[str, list[Element]] = defaultdict(list)
        self._inherited: dict[Element, frozenset[str]] = {}
        self._own: dict[Element, set[str]] = {}
        self._costs: dict[Element, int] = {}
        self._style = StyleSheets("".join(one.itertext()) for one in root.iter() if local_name(one.tag) == "style")
        attributes = (value for one in root.iter() for value in one.attrib.values())
        everything = " ".join([*attributes, *root.itertext()])
        if re.search("context-(fill|stroke)", everything, re.IGNORECASE):
            raise TooMuchWork
        # With these, elements within take any reference over.
        self._passes_on = re.search(r"inherit|var\(", everything, re.IGNORECASE) is not None
        # A style may give any element a path.
        self._has_path_in_style = re.search(r"\bpath\(", everything, re.IGNORECASE) is not None
        self._points = len(_POINT.findall(everything))
        self._dashes = Dashes(root)
        self._gather(root, frozenset())

    def _gather(self, element: Element, inherited: frozenset[str]) -> None:
        """Find out what an element and those within refer to, and inherit."""
        if "id" in element.attrib:
            self._named[element.attrib["id"]].append(element)
        references = self._references_of(element)
        self._own[element] = {name for name, is_inherited in references if not is_inherited}
        self._inherited[element] = inherited | {name for name, is_inherited in references if is_inherited}
        for child in element:
            self._gather(child, self._inherited[element])

    def _references_of(self, element: Element) -> set[Reference]:
        references = self._style.references_of(element)
        references |= references_in(element.get("style", ""))
        for name, value in element.items():
            if name != "style":
                references |= _referred_to(value, local_name(name) not in NOT_INHERITED)
        # An animation may set on its parent what it has in its values.
        for child in element:
            if local_name(child.tag) in NOT_DRAWING:
                references |= _referred_to(" ".join(child.attrib.values()), True)
        return {(name, is_inherited or self._passes_on) for name, is_inherited in references}

    def cost_of(self, element: Element, depth: int) -> int:
        """Return what it costs to draw an element with all that is within, and all that they refer to."""
        if depth > MAX_DEPTH:
            raise TooMuchWork
        if element not in self._costs:
            self._costs[element] = self._own_cost(element, depth) + sum(self.cost_of(one, depth + 1) for one in element)
            if self._costs[element] > self._most:
                raise TooMuchWork
        return self._costs[element]

    def _own_cost(self, element: Element, depth: int) -> int:
        tag = local_name(element.tag)
        painted = self._cost_of_all(self._inherited[element], element, depth)
        layers = self._cost_of_all(self._own[element], element, depth)
        links = [value[1:] for name, value in element.items() if local_name(name) == "href" and value.startswith("#")]
        used = 0 if tag in NOT_DRAWING else self._cost_of_all(map(unquote, links), element, depth) * (1 + painted)
        base = FILTER_COST if tag.startswith("fe") else 1
        base += int(min(self._dashes.number_of(element) / DASHES_PER_ELEMENT, self._most))
        return base + (LAYER_COST if tag in LAYERS else 0) + painted + layers + used

    def _cost_of_all(self, names: Iterable[str], element: Element, depth: int) -> int:
        return sum(self._cost_of_reference(name, element, depth) for name in names)

    def _cost_of_reference(self, name: str, element: Element, depth: int) -> int:
        if not name:
            return FILTER_COST
        targets = (one for one in self._named.get(name, ()) if local_name(one.tag) not in CHEAP)
        return sum(self.cost_of(one, depth + 1) * self._times_drawn(one, element) for one in targets)

    def _times_drawn(self, target: Element, element: Element) -> int:
        """Return how often an element draws what it refers to: markers at each point, the rest for each letter."""
        if local_name(target.tag) != "marker":
            is_text = local_name(element.tag) in {"text", "tspan", "textPath"}
            return 1 + (len("".join(element.itertext())) if is_text else 0)
        if self._has_path_in_style or local_name(element.tag) == "use":
            return self._points
        return 1 + len(_POINT.findall(f"{element.get('d', '')} {element.get('points', '')}"))
