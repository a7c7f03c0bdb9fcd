"""What a code means, in the reader's language; the texts are data beside this file."""

import json
from collections.abc import Mapping
from pathlib import Path

from chassis.errors import Language, language_of
from gateway.dms.problems import Detail

__all__ = ["Language", "known_codes", "language_of", "message"]

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
