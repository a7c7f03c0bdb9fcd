"""Input as clerks type it made uniform: NFKC, Chinese signs to ASCII, invisible characters gone, places kept."""

from array import array
from bisect import bisect_right
from dataclasses import dataclass

from services.payroll.domain.calculation.plan import Place
from services.payroll.domain.uniform import uniform_sign


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
    pieces = [uniform_sign(character) for character in unix]
    origins = array("L", [origin for origin, piece in enumerate(pieces) for _ in piece])
    origins.append(len(written))
    starts = (0, *(origin + 1 for origin, piece in enumerate(pieces) if piece == "\n"))
    return NormalText("".join(pieces), written, origins, starts)
