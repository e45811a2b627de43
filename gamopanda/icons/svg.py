"""SVG made harmless: what draws stays, everything that runs, loads or explodes goes or is refused.

An SVG is code. It is measured before anything else, because both filtering and drawing can cost far more than its
size suggests; then filtered; then read again, so that nothing rests on the filter alone.
"""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from py_svg_hush import filter_svg

MAX_DEPTH = 64
MAX_NODES = 5_000
# What is drawn in the end, counted again each time that a <use>, a pattern or a url(#…) repeats it.
MAX_DRAWN_NODES = 100_000

ROOT = "{http://www.w3.org/2000/svg}svg"
RASTER_TYPES = {"image": ["png", "jpeg", "jpg", "gif"]}
REPEATERS = {"use", "pattern", "feImage"}
LOCAL_REFERENCE = re.compile(r"url\(\s*[\"']?#([^\"')]+)", re.IGNORECASE)
# Whatever CSS can load a file with; the filter keeps url(#…) and some that it does not know.
LOADS_A_FILE = re.compile(r"url\(\s*(?![\"']?#)|image-set|cross-fade|@import|\bsrc\(|\\", re.IGNORECASE)


def make_harmless(data: bytes, *, check_raster: Callable[[str], None]) -> bytes:
    """Return an SVG without scripts, handlers, foreign content, entities and outside references.

    `check_raster` gets the data URL of every embedded image and raises if it is not acceptable. Raises
    `ValidationError` with code `invalid_image`, `too_complex` or `unsafe_image`.
    """
    _parse(data)
    try:
        harmless = filter_svg(data, RASTER_TYPES)
    except ValueError as error:
        raise invalid_image() from error
    root = _parse(harmless)
    for element in root.iter():
        _check_element(element, check_raster)
    _Drawing(root).measure()
    return harmless


def invalid_image() -> ValidationError:
    """Return the error for what is no image of an allowed kind, or a damaged one."""
    return ValidationError(
        _("This is not an image that can be read. Use an undamaged PNG, JPEG, GIF or SVG file."), code="invalid_image"
    )


def _too_complex() -> ValidationError:
    return ValidationError(
        _("The SVG is too complex for an icon: at most %(nodes)s elements, nested %(depth)s deep, are allowed."),
        code="too_complex",
        params={"nodes": MAX_NODES, "depth": MAX_DEPTH},
    )


def _unsafe() -> ValidationError:
    return ValidationError(
        _("The SVG uses entities or other files. Use one that contains all that it draws."), code="unsafe_image"
    )


def _parse(data: bytes) -> Element:
    """Return the root, having stopped at the first element too many or too deep."""
    root: Element | None = None
    depth = nodes = 0
    try:
        for event, element in iterparse(BytesIO(data), events=("start", "end")):
            if event == "end":
                depth -= 1
                continue
            root = element if root is None else root
            depth, nodes = depth + 1, nodes + 1
            if depth > MAX_DEPTH or nodes > MAX_NODES:
                raise _too_complex()
    except DefusedXmlException as error:
        raise _unsafe() from error
    except (ParseError, LookupError, ValueError) as error:  # the last two for encodings that nobody knows
        raise invalid_image() from error
    if root is None or root.tag != ROOT:
        raise invalid_image()
    return root


def _check_element(element: Element, check_raster: Callable[[str], None]) -> None:
    for name, value in element.items():
        if _local(name) in {"href", "src"}:
            _check_reference(value, check_raster)
        elif LOADS_A_FILE.search(value):
            raise _unsafe()
    if _local(element.tag) == "style" and LOADS_A_FILE.search("".join(element.itertext())):
        raise _unsafe()


def _check_reference(value: str, check_raster: Callable[[str], None]) -> None:
    if value.lower().startswith("data:"):
        check_raster(value)
    elif not value.startswith("#"):
        raise _unsafe()


def _local(name: str) -> str:
    return name.rpartition("}")[2]


class _Drawing:
    """Counts what a renderer draws, following references: ten uses of ten uses of … are a bomb of one kilobyte."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._named = {element.get("id"): element for element in root.iter()}
        self._weights: dict[Element, int] = {}

    def measure(self) -> None:
        """Refuse what is too much, and what goes round in circles."""
        self._weigh(self._root, 1)

    def _weigh(self, element: Element, depth: int) -> int:
        if depth > MAX_DEPTH:
            raise _too_complex()
        if element not in self._weights:
            parts = [*element, *self._referenced(element)]
            self._weights[element] = 1 + sum(self._weigh(part, depth + 1) for part in parts)
            if self._weights[element] > MAX_DRAWN_NODES:
                raise _too_complex()
        return self._weights[element]

    def _referenced(self, element: Element) -> Iterator[Element]:
        names = [name for value in element.attrib.values() for name in LOCAL_REFERENCE.findall(value)]
        if _local(element.tag) in REPEATERS:
            names += [value[1:] for key, value in element.items() if _local(key) == "href"]
        return (self._named[name] for name in names if name in self._named)
