"""What the formula of one step reads for one subject, each read recorded for the trace."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from services.payroll.domain.errors import ValueMissing
from services.payroll.domain.exact import added
from services.payroll.domain.uniform import uniform

from .formula import WorldRead, value_of
from .notices import review_score_missing, signed_late, target_change_unsigned
from .outcome import Scope, Selection, TraceInput, Value
from .plan import (
    Aggregate,
    Attribute,
    Coefficient,
    CurrentMonth,
    ParameterContent,
    PersonValue,
    StepValue,
    TargetValue,
    TeamOf,
    Total,
)
from .run_state import STORE, RunState, as_number
from .selection import NOTHING
from .tables import PostTable, TierTable
from .targets import Bound, TargetName


class StepReading:
    """Reads for the store, a team or a person: `subject` is empty, the team's name or the employee number."""

    def __init__(self, state: RunState, scope: Scope, subject: str) -> None:
        self._state = state
        self._scope = scope
        self._subject = subject
        self._inputs: dict[tuple[str, str], TraceInput] = {}
        self._selections: dict[int, Selection] = {}
        self.spend = state.spend

    @property
    def inputs(self) -> tuple[TraceInput, ...]:
        return tuple(self._inputs.values())

    @property
    def selections(self) -> tuple[Selection, ...]:
        return tuple(self._selections.values())

    def parameter(self, name: str) -> ParameterContent:
        dated = self._state.parameter(name)
        shown = dated.written if isinstance(dated.value, TierTable | PostTable) else dated.value
        self._record(TraceInput(name, "parameter", shown, dated.reference))
        return dated.value

    def read(self, what: WorldRead) -> Value:
        return _READS[type(what)](self, what)

    def _record(self, read: TraceInput) -> None:
        self._inputs.setdefault((read.source, read.name), read)

    def _team(self) -> str:
        return self._subject if self._scope is Scope.TEAM else self._state.team_of(self._subject)

    def read_step(self, what: StepValue) -> Value:
        subject = self._owner(self._state.scopes[what.step])
        value = self._state.values[what.step][subject]
        self._record(TraceInput(what.step, "step", value, node_id(what.step, subject)))
        return value

    def _owner(self, scope: Scope) -> str:
        """Whose value of a step is read: the own one, that of the own team, or the store's."""
        if scope is Scope.STORE:
            return STORE
        return self._team() if scope is Scope.TEAM else self._subject

    def read_total(self, what: Total) -> Fraction:
        values, among = self._state.values[what.step], None
        if self._scope is Scope.TEAM:
            members = self._state.members[self._subject]
            values = {number: value for number, value in values.items() if number in members}
            among = tuple(values)
        self.spend(len(values))
        total = added(map(as_number, values.values()))
        self._record(TraceInput(what.step, "total", total, what.step, among))
        return total

    def read_person(self, what: PersonValue) -> Value:
        if what.attribute is Attribute.TEAM:
            return uniform(self._team())
        value = self._attribute(what.attribute)
        self._record(TraceInput(what.attribute.value, "person", value, self._subject))
        return value

    def read_coefficient(self, what: Coefficient) -> Fraction | None:
        """The trace shows the one that counts: the person's own, or the parameter's for his post."""
        own = self._state.people[self._subject].coefficient
        if own is not None:
            self._record(TraceInput(Attribute.COEFFICIENT.value, "person", own, self._subject))
            return own
        dated, post = self._state.parameter(what.table), self._state.posts[self._subject]
        if not isinstance(dated.value, PostTable):
            raise TypeError("a checked plan gives coefficient() a table by post")
        found = dated.value.values.get(post)
        self._record(TraceInput(f"{what.table}:{post}", "parameter", found, dated.reference))
        return found

    def _attribute(self, attribute: Attribute) -> Value:
        person = self._state.people[self._subject]
        match attribute:
            case Attribute.COEFFICIENT:
                return person.coefficient
            case Attribute.PROBATION:
                return person.on_probation
            case Attribute.POST:
                return self._state.posts[person.number]
            case Attribute.REVIEW_SCORE:
                return self._review_score()
            case _:
                return uniform(person.number)

    def _review_score(self) -> Fraction | None:
        score = self._state.given.review_scores.get(self._subject)
        if score is not None:
            return Fraction(score)
        self._state.notices.add(review_score_missing(self._subject))
        return None

    def read_month(self, what: CurrentMonth) -> Value:
        month = self._state.given.month
        return month.previous if what.previous else month

    def read_target(self, what: TargetValue) -> Fraction:
        bound = self._target(what)
        target, source = bound.target, "target_weight" if what.weight else "target"
        value = Fraction(target.weight if what.weight else target.value)
        self._record(TraceInput(bound.name.written, source, value, bound.signature.reference))
        if target.signed_on is not None and target.signed_on >= self._state.given.month.first_day:
            self._state.notices.add(signed_late(target))
        if bound.unsigned is not None:
            self._state.notices.add(target_change_unsigned(target, bound.unsigned))
        return value

    def _target(self, what: TargetValue) -> Bound:
        targets = self._state.targets
        if isinstance(what.subject, TeamOf):
            return targets.binding_team(what.subject.posts, what.metric, what.signers)
        subject = value_of(what.subject, self)
        if not isinstance(subject, str):
            raise ValueMissing("目标的对象不存在 / whom the target is for is not known")
        return targets.binding(TargetName(what.scope, uniform(subject), what.metric), what.signers)

    def read_aggregate(self, what: Aggregate) -> Fraction:
        own = (self._subject,) * len(what.by_person)
        team = tuple(self._team() for _ in what.by_team)
        found = self._state.selected(what).get((*own, *team), NOTHING)
        for name in self._state.parameters_of(what):
            self.parameter(name)
        self._selections[id(what)] = Selection(what.text, what.kind, found.value, found.facts)
        return found.value


_READS: Mapping[type, Callable[[StepReading, Any], Value]] = {
    StepValue: StepReading.read_step,
    Total: StepReading.read_total,
    PersonValue: StepReading.read_person,
    Coefficient: StepReading.read_coefficient,
    CurrentMonth: StepReading.read_month,
    TargetValue: StepReading.read_target,
    Aggregate: StepReading.read_aggregate,
}


def node_id(step: str, subject: str) -> str:
    return f"{step}/{subject}" if subject else step
