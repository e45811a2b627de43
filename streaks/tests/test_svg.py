"""SVG made harmless: what draws stays, everything that runs, loads or explodes goes or is refused."""

import base64
import re
import zlib
from io import BytesIO
from itertools import pairwise

import pytest
from PIL import ExifTags, Image

from gamopanda.conf.environment import BASE_DIR
from gamopanda.icons.cleaning import MAX_BYTES, clean_icon
from gamopanda.icons.svg import MAX_DEPTH, MAX_NODES
from streaks.tests.pictures import (
    DRAWING,
    NAMESPACES,
    PICTURES,
    clean,
    kind_of,
    photograph,
    png_that_claims,
    refusal,
    svg,
)

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql


def test_artwork_of_an_svg_stays() -> None:
    body = (
        '<defs><linearGradient id="a"><stop offset="0" stop-color="red"/></linearGradient></defs>'
        "<style>.b{fill:url(#a);stroke:#fff}</style>"
        '<g transform="rotate(9)"><use xlink:href="#c"/><path id="c" class="b" d="M0 0h9"/></g>'
        '<animateTransform attributeName="transform" type="rotate" from="0" to="360" dur="1s"/><text>7 days</text>'
    )
    icon = clean(svg(body))
    assert re.sub(rb">\s+<", b"><", icon.read()) == (
        b'<?xml version="1.0" encoding="utf-8"?><svg xmlns="http://www.w3.org/2000/svg">'
        b'<defs><linearGradient id="a"><stop offset="0" stop-color="red"/></linearGradient></defs>'
        b"<style>.b{fill:url(#a);stroke:#fff}</style>"
        b'<g transform="rotate(9)"><use href="#c"/><path class="b" d="M0 0h9" id="c"/></g>'
        b'<animateTransform attributeName="transform" dur="1s" from="0" to="360" type="rotate"/>'
        b"<text>7 days</text></svg>"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + DRAWING,
        b'<?xml version="1.0" encoding="utf-8"?>\n<!-- made with care -->\n' + DRAWING,
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">' + DRAWING,
        ('<?xml version="1.0" encoding="utf-16"?>' + DRAWING.decode()).encode("utf-16"),
    ],
)
def test_svg_is_known_by_its_root_however_it_is_written(data: bytes) -> None:
    assert b'<path d="M0 0h10v10z" fill="red"/>' in clean(data).read()


def test_the_default_icon_passes_its_own_rules() -> None:
    assert kind_of((BASE_DIR / "static/streaks/default-icon.svg").read_bytes()) == "svg"


def test_an_svg_of_102400_bytes_is_accepted_and_one_more_refused() -> None:
    head, tail = (
        b'<?xml version="1.0" encoding="utf-8"?>\n<svg xmlns="http://www.w3.org/2000/svg">\n  <text>',
        b"</text>\n</svg>",
    )
    letters = MAX_BYTES - len(head) - len(tail)
    assert clean(head + b"a" * letters + tail).size == MAX_BYTES
    assert refusal(head + b"a" * (letters + 1) + tail) == "too_large"


def test_the_limit_is_on_what_was_sent_and_not_on_what_becomes_of_it() -> None:
    data = svg("<g>" * 8 + "<path d='M0 0h9'/>" * 3_500 + "</g>" * 8)
    assert len(data) < MAX_BYTES
    icon = clean(data)
    assert icon.size > MAX_BYTES
    assert clean_icon(icon).size == icon.size


@pytest.mark.parametrize(
    "data",
    [
        b"<svg><path/></svg>",
        b'<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>',
        b'<x:svg xmlns:x="http://www.w3.org/2000/svg"><x:path/></x:svg>',
        b'<?xml version="1.0" encoding="klingon"?>' + DRAWING,
        DRAWING[:-1],
        DRAWING + DRAWING,
        zlib.compress(DRAWING),
    ],
)
def test_what_is_no_readable_svg_document_is_refused(data: bytes) -> None:
    assert refusal(data) == "invalid_image"


HARMFUL = {
    "script": ("<script>alert(1)</script>", b"alert"),
    "handler": ('<path onload="alert(1)" d="M0 0"/>', b"alert"),
    "handler in capitals": ('<path ONCLICK="alert(1)" d="M0 0"/>', b"alert"),
    "javascript link": ('<a href="javascript:alert(1)"><text>x</text></a>', b"javascript"),
    "javascript link with a line break": ('<a xlink:href="java&#10;script:alert(1)"><text>x</text></a>', b"script"),
    "link elsewhere": ('<a href="https://evil.example/"><text>x</text></a>', b"evil"),
    "animated handler": ('<animate attributeName="onclick" values="alert(1)"/>', b"onclick"),
    "animated link": ('<a><set attributeName="href" to="javascript:alert(1)"/></a>', b"href"),
    "foreign content": (
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml"><iframe src="//evil.example"/></p></foreignObject>',
        b"evil",
    ),
    "another namespace": ('<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>', b"alert"),
    "imported style": ('<style>@import "http://evil.example/x.css";</style>', b"evil"),
    "svg in svg": (f'<image href="data:image/svg+xml;base64,{base64.b64encode(DRAWING).decode()}"/>', b"data:"),
    "html in svg": ('<image href="data:text/html;base64,PHNjcmlwdD4="/>', b"data:"),
}


@pytest.mark.parametrize("kind", HARMFUL)
def test_what_could_run_or_load_is_taken_out_of_an_svg(kind: str) -> None:
    body, trace = HARMFUL[kind]
    harmless = clean(svg(body + '<path d="M1 1h7"/>')).read()
    assert trace not in harmless
    assert b'<path d="M1 1h7"/>' in harmless


def test_an_instruction_to_load_a_stylesheet_is_taken_out() -> None:
    assert b"evil" not in clean(b'<?xml-stylesheet href="//evil.example/x.css"?>' + DRAWING).read()


@pytest.mark.parametrize(
    "body",
    [
        '<image href="http://evil.example/x.png"/>',
        '<use xlink:href="http://evil.example/x.svg#a"/>',
        '<use href="//evil.example/x.svg#a"/>',
        '<use href="x.svg#a"/>',
        '<rect fill="url(&quot;http://evil.example/x&quot;)"/>',
        '<rect style="mask:url( //evil.example/x )"/>',
        "<style><![CDATA[.a{fill:url(//evil.example/x)}]]></style>",
        '<style>.a{background:image-set("http://evil.example/x" 1x)}</style>',
    ],
)
def test_an_svg_that_would_load_another_file_is_refused(body: str) -> None:
    assert refusal(svg(body)) == "unsafe_image"


@pytest.mark.parametrize(
    "declarations",
    [
        '<!ENTITY a "aaa">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://evil.example/x.dtd"> %a;',
        # A billion laughs.
        '<!ENTITY a "ha">'
        + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise("abcdefghij")),
    ],
)
def test_an_svg_with_entities_is_refused(declarations: str) -> None:
    data = f"<!DOCTYPE svg [{declarations}]><svg {NAMESPACES}><text>&a;</text></svg>".encode()
    assert refusal(data) == "unsafe_image"


def test_an_svg_may_be_64_deep_and_no_deeper() -> None:
    def nested(depth: int) -> bytes:
        return svg("<g>" * (depth - 1) + "</g>" * (depth - 1))

    assert kind_of(nested(MAX_DEPTH)) == "svg"
    assert refusal(nested(MAX_DEPTH + 1)) == "too_complex"
    assert refusal(nested(14_000)) == "too_complex"


def test_an_svg_may_have_5000_elements_and_no_more() -> None:
    assert kind_of(svg("<g/>" * (MAX_NODES - 1))) == "svg"
    assert refusal(svg("<g/>" * MAX_NODES)) == "too_complex"


def embedded(data: bytes) -> bytes:
    return svg(f'<image href="data:image/png;base64,{base64.b64encode(data).decode()}"/>')


def test_a_picture_inside_an_svg_is_kept_and_held_to_the_same_bounds() -> None:
    assert base64.b64encode(PICTURES["png"]) in clean(embedded(PICTURES["png"])).read()
    assert refusal(embedded(png_that_claims(60_000, 60_000))) == "too_many_pixels"
    assert refusal(embedded(b"hello")) == "invalid_image"


def test_a_picture_inside_an_svg_loses_its_metadata() -> None:
    harmless = clean(embedded(photograph(orientation=6))).read()
    (inner,) = re.findall(rb"base64,([^\"]+)", harmless)
    with Image.open(BytesIO(base64.b64decode(inner))) as image:
        assert dict(image.getexif()) == {ExifTags.Base.Orientation: 6}
