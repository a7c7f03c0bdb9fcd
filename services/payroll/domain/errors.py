"""Why payroll refuses: one base class, and one named error for each thing that stops a plan or a run."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self


class PayrollRefusal(Exception):  # noqa: N818  # named for what it is, like the other services' refusals
    """A rule of pay says no; `str(error)` is the detail, in Chinese and English."""

    status: ClassVar[int] = 422
    slug: ClassVar[str] = "payroll-refused"
    title: ClassVar[str] = "Payroll cannot do this"
    errors: Sequence[Mapping[str, str]] = ()


class MonthInvalid(PayrollRefusal):
    slug = "month-invalid"
    title = "A month is written YYYY-MM"


class RunRefusal(PayrollRefusal):
    """Stops a run. `clause`, `step`, `line` and `column` say where in the plan, when the plan text is involved; `plan`
    says in which, when there are several."""

    status: ClassVar[int] = 409
    slug: ClassVar[str] = "run-stopped"
    title: ClassVar[str] = "The run cannot go on"
    clause: str = ""
    step: str = ""
    line: int = 0
    column: int = 0
    plan: str = ""

    def at(self, line: int, column: int) -> Self:
        """Set the place in the plan text, unless an inner formula has."""
        if not self.line:
            self.line, self.column = line, column
        return self

    def of(self, clause: str, step: str) -> Self:
        """Set the step, unless an inner one has."""
        if not self.step:
            self.clause, self.step = clause, step
        return self

    def __str__(self) -> str:
        detail = super().__str__() + (f" 〔{self.plan}〕" if self.plan else "")
        if not self.step:
            return detail
        place = f"第 {self.line} 行第 {self.column} 列 / line {self.line}, column {self.column}"
        return f"{detail} ([{self.clause}] {self.step}, {place})"


class TargetMissing(RunRefusal):
    slug = "target-missing"
    title = "A target that the plan needs is not set"


class TargetTeamMissing(RunRefusal):
    slug = "target-team-missing"
    title = "A target belongs to the team of certain posts, and nobody of these posts is in a team"


class TargetAmbiguous(RunRefusal):
    slug = "target-ambiguous"
    title = "A target that belongs to one team is set for several"


class TargetNotPositive(RunRefusal):
    slug = "target-zero"
    title = "A target is zero or negative"


class TargetUnsigned(RunRefusal):
    slug = "target-unsigned"
    title = "A target is signed by nobody whom it binds"


class CoefficientMissing(RunRefusal):
    slug = "coefficient-missing"
    title = "A person whose coefficient counts has none, nor has his post"


class WeightNegative(RunRefusal):
    slug = "weight-negative"
    title = "A weight in a split is negative"


class TeamMissing(RunRefusal):
    slug = "team-missing"
    title = "A person whom a team step pays has no team"


class DivisionByZero(RunRefusal):
    slug = "division-by-zero"
    title = "A formula divides by zero"


class NumberTooLarge(RunRefusal):
    slug = "number-too-large"
    title = "A number has more digits than a plan may produce"


class ValueMissing(RunRefusal):
    slug = "value-missing"
    title = "A formula calculates with a value that is not there"


class ParameterWithoutValue(RunRefusal):
    slug = "parameter-without-value"
    title = "A parameter has no value on the last day of the month"


class TierCountTooLarge(RunRefusal):
    slug = "tier-count-invalid"
    title = "Tiers are added up for a whole count within bounds only"


class EvaluationTooLong(RunRefusal):
    slug = "evaluation-too-long"
    title = "The run needs more steps than are allowed"


class FactInvalid(RunRefusal):
    slug = "fact-invalid"
    title = "A fact has a value that its kind does not allow"


class FactRepeated(RunRefusal):
    slug = "fact-repeated"
    title = "The same fact is given twice"


class PersonRepeated(RunRefusal):
    slug = "person-repeated"
    title = "The same employee number is given twice"


class TargetRepeated(RunRefusal):
    slug = "target-repeated"
    title = "The same target is given twice"


class ClosedMonthStopped(RunRefusal):
    slug = "closed-month-stopped"
    title = "A closed month can no longer be calculated, so what changed of it cannot be told"


class ExamplesInvalid(PayrollRefusal):
    slug = "examples-invalid"
    title = "The worked examples cannot be read"
