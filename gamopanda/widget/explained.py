"""What the API's description tells of the settings of the display, by their names on the wire."""

from gamopanda.api.explaining import Explained, part, value

LAUNCHER = {
    "alignment": value("The corner of the page in which the launcher lies.", "bottom_right"),
    "alignmentPositionX": value("The distance from the side of the page, in CSS pixels.", 20, minimum=0, maximum=400),
    "alignmentPositionY": value("The distance from the bottom of the page, in CSS pixels.", 20, minimum=0, maximum=400),
    "launcherIcon": value(
        "The picture on the launcher: flame, gift, star, trophy, heart or bolt, or the address of an uploaded icon.",
        "flame",
    ),
}


def _colour(of_what: str, example: str) -> Explained:
    return value(f"The colour of {of_what}, as #rrggbb.", example)


THEME = {
    "colorScheme": value("Whether the panel is light, dark, or as the page is (auto).", "auto"),
    "primaryColor": _colour("what stands out", "#7c3aed"),
    "primaryTextColor": _colour("text on the primary colour", "#ffffff"),
    "secondaryColor": _colour("what stands back", "#1a1c1e"),
    "secondaryTextColor": _colour("text on the secondary colour", "#ffffff"),
    "backgroundColor": _colour("the panel", "#ffffff"),
    "bodyTextColor": _colour("text on the panel", "#1a1c1e"),
    "fontFamily": value("A list of fonts as in CSS.", "system-ui, sans-serif"),
    "borderRadius": value("The radius of corners, in CSS pixels.", 16, minimum=0, maximum=32),
}
WIDGET = {
    "launcher": part("Where the launcher lies, and its picture."),
    "theme": part("Colours, font and corners."),
    "texts": value("Every fixed text by its name, in the language of the answer.", {"copyButton": "Copy"}),
    "decimalSeparator": value("What stands between units and tenths in this language.", "."),
}
