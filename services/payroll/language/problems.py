"""What is wrong with a plan text: every problem with its place, a stable code, both languages and a suggestion."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from services.payroll.domain.errors import PayrollRefusal

from .advice import ADVICE

MAX_PROBLEMS = 100
"""More than anybody reads at once; the rest shows after these are mended."""


@dataclass(frozen=True, slots=True, order=True)
class PlanProblem:
    line: int
    column: int
    code: str
    chinese: str
    english: str
    suggestion: str = ""

    def __post_init__(self) -> None:
        """A problem without a suggestion of its own has the advice of its code."""
        object.__setattr__(self, "suggestion", self.suggestion or ADVICE[self.code])

    def __str__(self) -> str:
        place = f"第 {self.line} 行第 {self.column} 列 / line {self.line}, column {self.column}"
        return f"{place}: {self.chinese} / {self.english} → {self.suggestion}"


class PlanInvalid(PayrollRefusal):
    """The plan text cannot be used; `problems` lists why, in the order of the text."""

    slug = "plan-invalid"
    title = "The plan text is not valid"

    def __init__(self, problems: Iterable[PlanProblem]) -> None:
        self.problems = tuple(sorted(problems))[:MAX_PROBLEMS]
        self.errors = [
            {"pointer": f"/text/{problem.line}/{problem.column}", "code": problem.code, "detail": str(problem)}
            for problem in self.problems
        ]
        super().__init__("\n".join(map(str, self.problems)))


class Misread(Exception):  # noqa: N818 - internal: one statement stops here, the reader turns it into a PlanProblem
    """One problem at an offset of the normalised text."""

    def __init__(self, at: int, code: str, chinese: str, english: str, suggestion: str = "") -> None:
        super().__init__(english)
        self.at, self.code, self.chinese, self.english, self.suggestion = at, code, chinese, english, suggestion


def nearest(written: str, candidates: Iterable[str]) -> str:
    """The known names most like what was written, at most three, as one text; empty when none is near."""
    listed = sorted(set(candidates))
    near = get_close_matches(written.casefold(), listed, n=3, cutoff=0.5)
    contained = [name for name in listed if len(written) > 1 and (written in name or name in written) and len(name) > 1]
    return ", ".join(dict.fromkeys([*near, *contained][:3]))
