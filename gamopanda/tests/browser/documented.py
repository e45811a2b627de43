"""The pictures of the documentation: made anew where SCREENSHOTS says, and otherwise held against what is there now."""

import os
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from gamopanda.conf.environment import BASE_DIR

SCREENSHOTS = os.environ.get("SCREENSHOTS")
FOLDER = BASE_DIR / "docs" / "screenshots"
COLOURS = 128
# Of 255, on average: dates and figures differ from day to day, and the page around them does not.
MOST_DIFFERENCE = 3


def keep_picture(png: bytes, name: str) -> None:
    """Keep the picture of that name where it belongs; without SCREENSHOTS, refuse one that the page has left behind."""
    now = Image.open(BytesIO(png)).convert("RGB")
    if SCREENSHOTS:
        now.quantize(COLOURS).save(Path(SCREENSHOTS) / f"{name}.png", optimize=True)
        return
    kept = Image.open(FOLDER / f"{name}.png")
    changed = ImageStat.Stat(ImageChops.difference(_thumbnail(now), _thumbnail(kept))).mean[0]
    assert changed < MOST_DIFFERENCE, f"{name}.png is out of date: run this test with SCREENSHOTS=docs/screenshots"


def _thumbnail(picture: Image.Image) -> Image.Image:
    return picture.convert("L").resize((80, 60))
