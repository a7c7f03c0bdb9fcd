"""Text as people type it made uniform: full-width and half-width alike, Chinese signs, invisible characters gone.

A plan is read so, and so is what its texts are compared with: a fact with 返修（二次） is the plan's "返修(二次)".
"""

import unicodedata
from functools import lru_cache

_SIGNS = {
    "−": "-", "–": "-", "×": "*", "✕": "*", "÷": "/", "∕": "/", "、": ",", "“": '"', "”": '"', "„": '"',
    "「": '"', "」": '"', "『": '"', "』": '"', "【": "[", "】": "]", "〔": "[", "〕": "]",
    "≤": "<=", "≥": ">=", "≠": "<>", "\t": " ", "\u2028": "\n", "\u2029": "\n", "\u0085": "\n", "\r": "\n",
}  # fmt: skip
_INVISIBLE = frozenset("\ufeff\u200b\u200c\u200d\u2060\u00ad")
_MEANT = ("<super>", "<sub>", "<circle>", "<fraction>")
"""Forms that say something else than what they look like: 10² is not 102."""


@lru_cache(maxsize=4096)
def uniform_sign(character: str) -> str:
    """What one character becomes: nothing, itself, another or several."""
    if character in _INVISIBLE:
        return ""
    if character in _SIGNS:
        return _SIGNS[character]
    if unicodedata.decomposition(character).startswith(_MEANT):
        return character
    compatible = unicodedata.normalize("NFKC", character)
    return _SIGNS.get(compatible, compatible)


@lru_cache(maxsize=8192)
def uniform(text: str) -> str:
    """A text as a plan says it."""
    return "".join(map(uniform_sign, text)).strip()
