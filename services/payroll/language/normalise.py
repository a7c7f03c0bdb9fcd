"""Input as clerks type it made uniform: NFKC, Chinese signs to ASCII, invisible characters gone, places kept."""

import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from services.payroll.domain.plan import Place

_SIGNS = {
    "−": "-", "–": "-", "×": "*", "✕": "*", "÷": "/", "∕": "/", "、": ",", "“": '"', "”": '"', "„": '"',
    "「": '"', "」": '"', "『": '"', "』": '"', "【": "[", "】": "]", "〔": "[", "〕": "]",
    "≤": "<=", "≥": ">=", "≠": "<>", "\t": " ", "\u2028": "\n", "\u2029": "\n", "\u0085": "\n", "\r": "\n",
}  # fmt: skip
_INVISIBLE = frozenset("\ufeff\u200b\u200c\u200d\u2060\u00ad")


@dataclass(frozen=True, slots=True)
class NormalText:
    """The uniform text; `origins[i]` is where its character i came from in the text as written."""

    text: str
    written: str
    origins: "array[int]"
    line_starts: tuple[int, ...]

    def place(self, offset: int) -> Place:
        origin = self.origins[min(offset, len(self.origins) - 1)]
        line = bisect_right(self.line_starts, origin)
        return Place(line, origin - self.line_starts[line - 1] + 1)

    def as_written(self, start: int, kept: str) -> str:
        """The clerk's own characters for a piece of text from `start`, comments blanked; white space as one."""
        signs: list[str] = []
        last = -1
        for offset, sign in enumerate(kept, start):
            origin = self.origins[offset]
            if sign.isspace():
                signs.append(" ")
            elif origin != last:
                signs.append(self.written[origin])
            last = origin
        return " ".join("".join(signs).split())


def normalise(written: str) -> NormalText:
    unix = written.replace("\r\n", " \n")  # same length, so that places stay
    pieces = [_uniform(character) for character in unix]
    origins = array("L", [origin for origin, piece in enumerate(pieces) for _ in piece])
    origins.append(len(written))
    starts = (0, *(origin + 1 for origin, piece in enumerate(pieces) if piece == "\n"))
    return NormalText("".join(pieces), written, origins, starts)


@lru_cache(maxsize=4096)
def _uniform(character: str) -> str:
    if character in _INVISIBLE:
        return ""
    if character in _SIGNS:
        return _SIGNS[character]
    compatible = unicodedata.normalize("NFKC", character)
    return _SIGNS.get(compatible, compatible)
