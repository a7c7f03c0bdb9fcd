"""A plan as data: dated parameters, steps with their formulas, what is paid. The language makes it, a run reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction

from .outcome import Scope
from .tables import PostTable, TierTable


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column in the text as the clerk wrote it, from 1."""

    line: int
    column: int


class Operator(Enum):
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    NEGATE = "negate"
    EQUAL = "="
    UNEQUAL = "<>"
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    IF = "if"
    AND = "and"
    OR = "or"
    NOT = "not"
    SMALLEST = "min"
    LARGEST = "max"
    ROUND = "round"
    ROUND_DOWN = "round_down"
    ROUND_UP = "round_up"
    MONTH = "month"
    LATER = "later"
    EARLIER = "earlier"


class Attribute(Enum):
    """What a formula may ask about a person."""

    NUMBER = "me"
    TEAM = "my_team"
    POST = "post"
    COEFFICIENT = "coefficient"
    PROBATION = "on_probation"
    REVIEW_SCORE = "review_score"


@dataclass(frozen=True, slots=True)
class Literal:
    at: Place
    value: Fraction | str | bool | date


@dataclass(frozen=True, slots=True)
class ParameterValue:
    at: Place
    name: str


@dataclass(frozen=True, slots=True)
class StepValue:
    """The value of another step for the same subject, or for the team or store that it belongs to."""

    at: Place
    step: str


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a step over everybody, or over the own team's members in a team step."""

    at: Place
    step: str


@dataclass(frozen=True, slots=True)
class PersonValue:
    at: Place
    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Coefficient:
    """The person's own coefficient; without one that of his post in `table`, a parameter with a PostTable."""

    at: Place
    table: str


@dataclass(frozen=True, slots=True)
class FactField:
    """A field of the fact at hand, by its place in the kind."""

    at: Place
    kind: str
    place: int


@dataclass(frozen=True, slots=True)
class CurrentMonth:
    at: Place
    previous: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Whether a person's attribute, a coefficient or a field has a value."""

    at: Place
    of: "PersonValue | Coefficient | FactField"


@dataclass(frozen=True, slots=True)
class Operation:
    at: Place
    operator: Operator
    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Tier:
    """The value of the band that holds a number; `adding` sums the tiers of 1, 2, … up to a whole number."""

    at: Place
    number: "Expression"
    table: "TierTable | ParameterValue"
    adding: bool


@dataclass(frozen=True, slots=True)
class TeamOf:
    """Whom a target is for when the plan does not name the team: the one that has people of these posts."""

    at: Place
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetValue:
    """A target of the month; of a team it binds the members of the posts in `signers` (of any post when empty).

    `weight`: what it counts beside others (考核系数) is read, not what is to be reached.
    """

    at: Place
    scope: Scope
    subject: "Expression | TeamOf"
    metric: str
    signers: tuple[str, ...]
    weight: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Sum of `value` (count of quantities when None) over the facts that fulfil every condition.

    `by_person` and `by_team` are places of fields that must name the subject: they are grouped once for all subjects.
    """

    at: Place
    kind: str
    value: "Expression | None"
    conditions: tuple["Expression", ...]
    by_person: tuple[int, ...]
    by_team: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Split:
    """A pool of the store or of the own team, shared among the persons of the step."""

    at: Place
    pool: "Expression"
    pool_scope: Scope
    weight: "Expression"
    rule: "Expression"


Expression = (
    Literal
    | ParameterValue
    | StepValue
    | Total
    | PersonValue
    | Coefficient
    | FactField
    | CurrentMonth
    | Known
    | Operation
    | Tier
    | TargetValue
    | Aggregate
)
ParameterContent = Fraction | str | bool | date | TierTable | PostTable


@dataclass(frozen=True, slots=True)
class DatedValue:
    value: ParameterContent
    written: str
    since: date
    until: date | None = None
    version: str = ""
    """Which value beside the plan's text this is; empty for one of the text."""

    @property
    def reference(self) -> str:
        """What a trace names it by: the day from which it holds, and its version."""
        return f"{self.since.isoformat()} {self.version}".rstrip()


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    chinese: str
    clause: str
    values: tuple[DatedValue, ...]
    choices: tuple[str, ...]
    at: Place

    def in_force(self, day: date) -> DatedValue | None:
        """The value that holds on a day: of those begun and not ended, the one begun last."""
        begun = [dated for dated in self.values if dated.since <= day and (dated.until is None or day <= dated.until)]
        return max(begun, key=lambda dated: dated.since, default=None)


@dataclass(frozen=True, slots=True)
class Step:
    """One named figure of the plan. `posts` are codes (or raw texts); empty means everybody."""

    name: str
    chinese: str
    scope: Scope
    posts: tuple[str, ...]
    clause: str
    expression: Expression | Split
    formula: str
    at: Place


CONDITION = ".condition"
"""Behind the name of the step that is paid where it holds: no clerk can call a step so."""


@dataclass(frozen=True, slots=True)
class Conditional(Step):
    """Whether a step is paid."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Payment:
    """A step that becomes a pay line of the given name, where the condition (of the person) holds."""

    step: str
    line: str
    clause: str
    condition: Expression | None
    condition_text: str

    def conditional(self, step: Step) -> "Conditional | None":
        """Whether its step is paid, as a step of its own: a trace holds it as any other."""
        if self.condition is None:
            return None
        return Conditional(
            f"{step.name}{CONDITION}", f"{step.chinese}发放条件", step.scope, step.posts, self.clause, self.condition,
            self.condition_text, self.condition.at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reminder:
    """A step whose being other than zero (or true) is a notice of the run."""

    step: str
    chinese: str
    english: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked plan. `steps` stand in an order in which each follows what it reads; `hash` is SHA-256 of the text."""

    chinese: str
    english: str
    text: str
    hash: str
    parameters: Mapping[str, Parameter]
    steps: tuple[Step, ...]
    payments: tuple[Payment, ...]
    reminders: tuple[Reminder, ...]

    @property
    def conditions(self) -> Mapping[str, "Conditional"]:
        """By the step that is paid where it holds."""
        steps = {step.name: step for step in self.steps}
        found = {payment.step: payment.conditional(steps[payment.step]) for payment in self.payments}
        return {name: condition for name, condition in found.items() if condition is not None}
