"""The fixed texts of the panel as they are shipped.

The script has some of them in it, for pages on which the server does not answer: `make widget` after a change.
"""

import json
from pathlib import Path

_FOLDER = Path(__file__).with_name("shipped_texts")

SHIPPED: dict[str, dict[str, str]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(_FOLDER.glob("*.json"))
}
"""Language -> name of a text -> text."""
