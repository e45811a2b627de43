"""The languages that texts can be written in, and where a missing text is looked for (S34)."""

import re
from collections.abc import Container, Iterable

from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
TAG = r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"
"""How a BCP-47 tag is written, as far as it is read here."""
# Written from right to left, and not known to Django.
RIGHT_TO_LEFT = {"dv", "ks", "ps", "sd", "yi"}


def with_extra_languages(shipped: dict[str, str], extra: Iterable[str]) -> list[tuple[str, str]]:
    """Return (code, name) of every language, the default first: those shipped, then the extra BCP-47 codes.

    An extra one that is shipped already is no mistake: it may have been added before it was. Raises
    `ImproperlyConfigured` for what is no language code.
    """
    languages = dict(shipped)
    for text in extra:
        code = text.lower()
        if not CODE.fullmatch(code):
            raise ImproperlyConfigured(
                f"GAMOPANDA_EXTRA_LANGUAGES: {text!r} is not a language code. Use codes such as sv, pt-BR or zh-Hant."
            )
        languages.setdefault(code, _name_of(code))
    return list(languages.items())


def _name_of(code: str) -> str:
    """Return what speakers call the language, introducing one to Django that it does not know."""
    base = code.partition("-")[0]
    if code not in LANG_INFO and base not in LANG_INFO:
        LANG_INFO[code] = {"bidi": base in RIGHT_TO_LEFT, "code": code, "name": code, "name_local": code}
    return str(LANG_INFO[code].get("name_local", code)) if code in LANG_INFO else code


def nearest_language(language: str, codes: Container[str]) -> str | None:
    """Return the first of `pt-br` and `pt` that is among some codes, None when none is."""
    parts = language.split("-")
    shorter = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((code for code in shorter if code in codes), None)


def fallback_languages(languages: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return where a text that one language lacks is looked for: `pt-br` in `pt`, and all in the default (S34)."""
    codes = [code for code, _name in languages]
    shorter = {code: [code.rsplit("-", cut)[0] for cut in range(1, code.count("-") + 1)] for code in codes}
    regional = {code: tuple(base for base in bases if base in codes) for code, bases in shorter.items() if bases}
    return {"default": (codes[0],), **regional}
