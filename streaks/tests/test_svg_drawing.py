"""The work of drawing an SVG is bounded, whatever way its parts refer to one another."""

import pytest

from streaks.tests.pictures import kind_of, refusal, svg

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql

LEVELS = 8
TILE = 'width="10" height="10" patternUnits="userSpaceOnUse"'
SQUARE = '<rect width="9" height="9" {}/>'


def nested(reference: str, style: str = "", *, server: str = "pattern") -> bytes:
    """Return patterns in patterns, each of which draws the one below ten times; `{}` is the number of that one."""
    servers = [f'<{server} id="p0" {TILE}><rect width="5" height="5"/></{server}>']
    for level in range(1, LEVELS):
        content = SQUARE.format(reference.format(level - 1)) * 10
        servers.append(f'<{server} id="p{level}" {TILE}>{content}</{server}>')
    css = "".join(style.replace("{}", str(level)) for level in range(LEVELS))
    last = SQUARE.format(reference.format(LEVELS - 1))
    return svg((f"<style>{css}</style>" if css else "") + "".join(servers) + last)


STYLES = {
    "class": ".c{}{fill:url(#p{})}",
    "id and type": "rect.c{},#a{fill:url( '#p{}' )}",
    "descendant": "svg pattern > .c{}{stroke:url(#p{})}",
    "pseudo-class": ".c{}:not(.x){fill:url(#p{})}",
    "attribute": "[class=c{}]{fill:url(#p{})}",
    "no-break space": ".x\u00a0x,.c{}{fill:url(#p{})}",
    "media": "@media all{.c{}{fill:url(#p{})}}",
    "rule in a rule": "svg{.c{}{fill:url(#p{})}}",
    "keyframes": ".c{}{animation:k{} 1s}@keyframes k{}{from{fill:url(#p{})}}",
    "text with a brace": '.c{}{content:"} .x{";fill:url(#p{})}',
    "text with a comment": ".x{content:'/*'}.c{}{fill:url(#p{})}.x{content:'*/'}",
    "open text": ".c{}{fill:url(#p{});content:'\n}",
    "variable": "svg{--p{}:url(#p{})}.c{}{fill:var(--p{})}",
    "percent": ".c{}{fill:url(#%70{})}",
}


@pytest.mark.parametrize("style", STYLES)
def test_patterns_in_patterns_through_a_style_sheet_are_refused(style: str) -> None:
    assert refusal(nested('class="c{}"', STYLES[style])) == "too_complex"


@pytest.mark.parametrize("server", ["pattern", "mask", "clipPath", "marker"])
@pytest.mark.parametrize(
    "reference",
    [
        '{}="url(#p{{}})"',
        'style="{}:url(&quot;#p{{}}&quot;)"',
        '{}="url(#%70{{}})"',
        'style="--x:url(#p{{}});{}:var(--x)"',
        'style="{}:/*;*/url(#p{{}})"',
    ],
)
def test_what_draws_itself_ever_more_often_is_refused(server: str, reference: str) -> None:
    name = {"pattern": "fill", "mask": "mask", "clipPath": "clip-path", "marker": "marker-start"}[server]
    assert refusal(nested(reference.format(name), server=server)) == "too_complex"


def test_a_style_sheet_that_is_left_open_hides_nothing_of_the_next_one() -> None:
    body = nested('class="c{}"').decode().removesuffix("</svg>")
    rules = "".join(f".c{level}{{fill:url(#p{level})}}" for level in range(LEVELS))
    for styles in (f"<style>/*</style><style>{rules}/**/</style>", f"<style>.x{{</style><style>{rules}</style>"):
        assert refusal(f"{body}{styles}</svg>".encode()) == "too_complex"


INHERITED = {
    "from a group within": '<pattern id="p{0}" width="9" height="9"><g fill="url(#p{1})">{2}</g></pattern>',
    "from a group around": '<g fill="url(#p{1})"><pattern id="p{0}" width="9" height="9">{2}</pattern></g>',
    "from a use": '<pattern id="p{0}" width="9" height="9"><use href="#r" fill="url(#p{1})"/></pattern>',
    "from a template": '<pattern id="p{0}" href="#q{0}"/><pattern id="q{0}"><g stroke="url(#p{1})">{2}</g></pattern>',
    "by the word": '<pattern id="p{0}" width="9" height="9"><g mask="url(#p{1})">{2}</g></pattern><g mask="inherit"/>',
    "under a name that comes twice": '<pattern id="p{0}"><g fill="url(#p{1})">{2}</g></pattern><pattern id="p{0}"/>',
}


@pytest.mark.parametrize("way", INHERITED)
def test_references_that_elements_inherit_count_for_each_of_them(way: str) -> None:
    squares = SQUARE.format("") * 10
    patterns = "".join(INHERITED[way].format(level, level - 1, squares) for level in range(1, LEVELS))
    body = f'<g id="r">{squares}</g><pattern id="p0" {TILE}>{squares}</pattern>{patterns}'
    assert refusal(svg(body + SQUARE.format(f'fill="url(#p{LEVELS - 1})"'))) == "too_complex"


def layers(reference: str) -> bytes:
    """Return ten layers, each of which draws the one below ten times."""
    groups = [f'<g id="g{layer}">{reference.format(layer - 1) * 10}</g>' for layer in range(1, 11)]
    return svg('<g id="g0"><path d="M0 0"/></g>' + "".join(groups))


@pytest.mark.parametrize(
    "reference", ['<use href="#g{}"/>', '<use href="#%67{}"/>', '<feImage href="#g{}"/>', '<rect fill="url(#g{})"/>']
)
def test_an_svg_that_draws_itself_ten_billion_times_is_refused(reference: str) -> None:
    assert refusal(layers(reference)) == "too_complex"


def test_an_svg_that_draws_itself_in_a_circle_is_refused() -> None:
    assert refusal(svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>')) == "too_complex"


MARKER = '<marker id="m" markerWidth="3" markerHeight="3">' + '<circle r="1"/>' * 50 + "</marker>"
MANY_POINTS = "M0 0" + "h1v1" * 5_000
PATTERN = '<pattern id="p" width="9" height="9">' + '<rect width="1" height="1"/>' * 100 + "</pattern>"


@pytest.mark.parametrize(
    "body",
    [
        f'{MARKER}<path marker-mid="url(#m)" d="{MANY_POINTS}"/>',
        f'{MARKER}<polyline style="marker-mid:url(#m)" points="{"1 1 " * 5_000}"/>',
        f'{MARKER}<g marker-mid="url(#m)"><path d="{MANY_POINTS}"/></g>',
        f'{MARKER}<path id="q" d="{MANY_POINTS}"/><use href="#q" marker-mid="url(#m)"/>',
        f'{PATTERN}<text fill="url(#p)" x="{"1 " * 2_000}">{"a" * 2_000}</text>',
        '<marker id="m"><circle r="1" fill="context-fill"/></marker><path marker-mid="url(#m)" d="M0 0h1"/>',
        '<filter id="f"><feGaussianBlur stdDeviation="30"/></filter>' + '<path filter="url(#f)" d="M0 0h9"/>' * 1_000,
        "<style>path{filter:blur(30px)}</style>" + '<path d="M0 0h9"/>' * 1_000,
        '<filter id="f">' + '<feTurbulence numOctaves="9"/>' * 1_000 + "</filter>",
    ],
)
def test_what_one_element_makes_a_renderer_draw_thousands_of_times_is_refused(body: str) -> None:
    assert refusal(svg(body)) == "too_complex"


@pytest.mark.parametrize(
    "body",
    [
        '<path pathLength="900000" stroke-dasharray="1" d="M0 0c9 0 0 9 9 9"/>',
        '<path stroke-dasharray=".0001" d="M0 0h99"/>',
        '<g style="stroke-dasharray:.00001,0.00001px"><circle r="9"/></g>',
        '<style>path{stroke-dasharray:.0001}</style><path d="M0 0h99"/>',
        '<path stroke-dasharray="1e-5" d="M0 0h99"/>',
        '<path stroke-dasharray="calc(.1px / 1000)" d="M0 0h99"/>',
        '<path d="M0 0h99" stroke-dasharray="9"><animate attributeName="stroke-dasharray" values="9;.0001"/></path>',
        '<path vector-effect="non-scaling-stroke" stroke-dasharray="1" d="M0 0h9"/>',
        '<circle style="r:1e9px;stroke-dasharray:1"/>',
        '<circle r="9in" stroke-dasharray="1"/>',
        f'<text stroke-dasharray=".1">{"a" * 999}</text>',
        f'<path stroke-dasharray="9" d="M0 0q999 999 9 9{"t9 9" * 3_000}"/>',
    ],
)
def test_a_line_of_millions_of_dashes_is_refused(body: str) -> None:
    assert refusal(svg(body)) == "too_complex"


@pytest.mark.parametrize(
    "body",
    [
        '<g id="a"><path d="M0 0"/></g>' + '<use href="#a"/>' * 500,
        # As drawing programs write them.
        '<defs><clipPath id="c"><rect width="9" height="9"/></clipPath><linearGradient id="g" xlink:href="#h"/>'
        '<radialGradient id="h"><stop/></radialGradient></defs><style>.a{fill:url(#g);}.b,.d{clip-path:url(#c)}'
        "/* it's mine */.e{font-family:'Open Sans'}</style>" + '<g class="b"><path class="a" d="M0 0h9"/></g>' * 200,
        '<mask id="m"><path d="M0 0h9" fill="#fff"/></mask><filter id="f"><feGaussianBlur stdDeviation="2"/></filter>'
        '<g fill="none" filter="url(#f)"><g mask="url(#m)">' + '<path d="M0 0h9"/>' * 300 + "</g></g>",
        f'{PATTERN}<g fill="url(#p)">' + '<rect width="9" height="9"/>' * 50 + "</g>",
        f'{MARKER}<path marker-end="url(#m)" d="M0 0l9 9 9-9"/>',
        '<circle r="40" stroke-dasharray="4 2" style="stroke-dashoffset:3"/>' * 20,
        '<path style="stroke-dasharray:none;stroke-width:2" d="M0 0h9"/>' * 500,
    ],
)
def test_what_drawing_programs_write_is_taken(body: str) -> None:
    assert kind_of(svg(body)) == "svg"
