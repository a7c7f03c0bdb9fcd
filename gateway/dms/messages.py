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

_KINDS_ONLY = frozenset(
    {
        "greater-than", "greater-than-equal", "less-than", "less-than-equal", "string-too-long", "string-too-short",
        "string-pattern-mismatch", "value-error", "wrong-type",
    }
)  # fmt: skip
"""Codes for whole kinds of faults: what a service says of the row is more than their text."""


def message(code: str, language: Language, details: Mapping[str, Detail] | None = None, otherwise: str = "") -> str:
    """`merged-into:C00001` is the code merged-into with an argument. A code without a text, or one for a whole kind of
    faults, is told by `otherwise`."""
    name, _, argument = code.partition(":")
    texts = _TEXTS.get(name)
    if texts is None or (otherwise and name in _KINDS_ONLY):
        return otherwise or code
    return texts[language].format_map(_Details(details or {}, argument=argument))


class _Details(dict[str, Detail]):
    def __missing__(self, name: str) -> str:
        return "…"


def known_codes() -> frozenset[str]:
    return frozenset(_TEXTS)
