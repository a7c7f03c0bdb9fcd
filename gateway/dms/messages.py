"""What a code means, in the reader's language; the texts are data beside this file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from gateway.dms.problems import Detail

Language = Literal["zh", "en"]

_TEXTS: Mapping[str, Mapping[Language, str]] = json.loads(
    (Path(__file__).parent / "messages.json").read_text(encoding="utf-8")
)


def message(code: str, language: Language, details: Mapping[str, Detail] | None = None, otherwise: str = "") -> str:
    """`merged-into:C00001` is the code merged-into with an argument. A code without a text is told by `otherwise`."""
    name, _, argument = code.partition(":")
    texts = _TEXTS.get(name)
    if texts is None:
        return otherwise or code
    return texts[language].format_map(_Details(details or {}, argument=argument))


class _Details(dict[str, Detail]):
    def __missing__(self, name: str) -> str:
        return "…"


def known_codes() -> frozenset[str]:
    return frozenset(_TEXTS)


def language_of(accept_language: str | None) -> Language:
    """The better liked of the two by an Accept-Language header (RFC 9110); English when it names neither."""
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate((accept_language or "").split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            liking = float(weight) if weight else 1.0
        except ValueError:
            continue
        wishes.append((-liking, place, tag.strip().lower()[:2]))
    for liking, _, tag in sorted(wishes):
        if liking < 0 and tag in {"zh", "en"}:
            return "zh" if tag == "zh" else "en"
    return "en"
