"""The costliest icons that are taken are drawn by a real browser within a moment."""

import base64
from time import monotonic

import pytest
from playwright.sync_api import Page

from streaks.tests.pictures import clean, svg

TILE = 'width="1" height="1" patternUnits="userSpaceOnUse"'
# At the size of the display's icons, on a machine that is busy with everything else.
SECONDS = 10

DOTS = '<rect width=".5" height=".5"/>'
DOTTED = '<rect class="dotted" width="9" height="9"/>'
SQUARE = '<rect width="99" height="99" {}/>'

COSTLY = {
    "patterns": f'<pattern id="p" {TILE}>{DOTS * 20}</pattern>' + SQUARE.format('fill="url(#p)"') * 1_500,
    "nested patterns": f'<style>.dotted{{fill:url(#a)}}</style><pattern id="a" {TILE}>{DOTS * 50}</pattern>'
    f'<pattern id="b" {TILE}>{DOTTED * 40}</pattern>' + SQUARE.format('fill="url(#b)"') * 20,
    "masks": f'<mask id="m">{SQUARE.format("")}</mask>' + SQUARE.format('mask="url(#m)"') * 1_800,
    "markers": '<marker id="m" markerWidth="3" markerHeight="3"><circle r="1"/></marker>'
    f'<path marker-mid="url(#m)" d="M0 0{"h1v1" * 900}"/>',
    "filters": '<filter id="f"><feGaussianBlur stdDeviation="30"/></filter>' + SQUARE.format('filter="url(#f)"') * 150,
    "uses": f'<path id="q" d="M0 0{"l9 9-3-9" * 4_000}z"/>' + '<use href="#q"/>' * 3_000,
    "dashes": '<path stroke="red" fill="none" stroke-width="40" stroke-linecap="round" stroke-dasharray=".014" '
    'd="M0 0h99"/>' * 9,
}


@pytest.mark.parametrize("kind", COSTLY)
def test_the_costliest_icons_that_are_taken_are_drawn_within_a_moment(page: Page, kind: str) -> None:
    icon = clean(svg(f'<svg viewBox="0 0 99 99">{COSTLY[kind]}</svg>')).read()
    address = f"data:image/svg+xml;base64,{base64.b64encode(icon).decode()}"
    page.set_content("<title>Shop</title>")
    begun = monotonic()
    page.set_content(f'<img width="44" height="44" src="{address}">')
    page.screenshot()
    assert monotonic() - begun < SECONDS
