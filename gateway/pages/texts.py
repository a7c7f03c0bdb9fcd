"""The pages' own words in both languages; they are data beside this file."""

import json
from collections.abc import Mapping
from pathlib import Path

from chassis.errors import Language, language_of

__all__ = ["LANGUAGES", "Language", "known_texts", "language_of", "text"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")
_TEXTS: Mapping[str, Mapping[Language, str]] = json.loads(
    (Path(__file__).parent / "texts.json").read_text(encoding="utf-8")
)


def text(language: Language, name: str, **details: object) -> str:
    """Raises KeyError for a text or a detail that is missing: a page is whole or it is not sent."""
    return _TEXTS[name][language].format_map(details)


def known_texts() -> Mapping[str, Mapping[Language, str]]:
    return _TEXTS
