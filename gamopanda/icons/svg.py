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

from gamopanda.icons.drawing_cost import MAX_DEPTH, TooMuchWork, check_drawing_cost, local_name

MAX_NODES = 5_000
# What is drawn in the end, counted again each time that something refers to it.
MAX_DRAWN_NODES = 100_000

ROOT = "{http://www.w3.org/2000/svg}svg"
RASTER_TYPES = {"image": ["png", "jpeg", "jpg", "gif"]}
# Whatever CSS can load a file with: every url(…) but that of a plain name within, and some that the filter lets pass.
LOADS_A_FILE = re.compile(
    r"url\((?!\s*([\"']?)#[\w.:%-]+\1\s*\))|image-set|cross-fade|@import|\bsrc\(|\\", re.IGNORECASE
)


def make_harmless(data: bytes, *, clean_raster: Callable[[str], str]) -> bytes:
    """Return an SVG without scripts, handlers, foreign content, entities and outside references.

    `clean_raster` gets the data URL of every embedded image and returns that of the image to embed, or raises if it is
    not acceptable. Raises `ValidationError` with code `invalid_image`, `too_complex` or `unsafe_image`.
    """
    _parse(data)
    try:
        harmless = filter_svg(data, RASTER_TYPES)
    except ValueError as error:
        raise invalid_image() from error
    root = _parse(harmless)
    for url in {url for element in root.iter() for url in _embedded_images(element)}:
        harmless = harmless.replace(url.encode(), clean_raster(url).encode())
    try:
        check_drawing_cost(root, MAX_DRAWN_NODES)
    except TooMuchWork as error:
        raise _too_complex() from error
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
    except (ParseError, LookupError, ValueError) as error:  # the last two for unknown encodings
        raise invalid_image() from error
    if root is None or root.tag != ROOT:
        raise invalid_image()
    return root


def _embedded_images(element: Element) -> Iterator[str]:
    """Yield the data URLs of an element; refuse all other references that lead out of the file."""
    for name, value in element.items():
        if local_name(name) in {"href", "src"}:
            if value.lower().startswith("data:"):
                yield value
            elif not value.startswith("#"):
                raise _unsafe()
        elif LOADS_A_FILE.search(value):
            raise _unsafe()
    if local_name(element.tag) == "style" and LOADS_A_FILE.search("".join(element.itertext())):
        raise _unsafe()
