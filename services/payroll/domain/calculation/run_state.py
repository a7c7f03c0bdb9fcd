"""What a run knows while it goes: people by post and team, parameters in force, facts in tables, values so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from services.payroll.domain.bounds import MAX_EVALUATION_STEPS
from services.payroll.domain.errors import EvaluationTooLong, ParameterWithoutValue, PersonRepeated, TeamMissing

from .fact_table import FactTable, tables_of
from .given import Person, RunInput, number_order
from .notices import person_unknown, team_unknown
from .outcome import Notice, Scope, TraceNode, Unassigned, Value
from .plan import Aggregate, DatedValue, ParameterContent, Plan, Step
from .selection import FactReading, Selected, SubjectKey, select
from .targets import TargetBook, post_of

STORE = ""
"""The only subject of a store step."""


@dataclass
class RunState:
    plan: Plan
    given: RunInput
    allowed_steps: int = MAX_EVALUATION_STEPS
    values: dict[str, dict[str, Value]] = field(default_factory=dict)
    cents: dict[str, dict[str, int]] = field(default_factory=dict)
    nodes: dict[str, TraceNode] = field(default_factory=dict)
    notices: set[Notice] = field(default_factory=set)
    unassigned: list[Unassigned] = field(default_factory=list)
    _spent: int = 0
    _selected: dict[int, Mapping[SubjectKey, Selected]] = field(default_factory=dict)
    _read: dict[int, set[str]] = field(default_factory=dict)

    def spend(self, steps: int = 1) -> None:
        self._spent += steps
        if self._spent > self.allowed_steps:
            raise EvaluationTooLong(
                f"计算步数超过上限 {self.allowed_steps} / more than {self.allowed_steps} evaluation steps"
            )

    @cached_property
    def everybody(self) -> Mapping[str, Person]:
        """By employee number, in number order."""
        ordered = sorted(self.given.people, key=lambda person: number_order(person.number))
        people = {person.number: person for person in ordered}
        if len(people) != len(ordered):
            numbers = [person.number for person in ordered]
            twice = next(number for number in numbers if numbers.count(number) > 1)
            raise PersonRepeated(f"工号重复 / the employee number is given twice: {twice}")
        return people

    @cached_property
    def people(self) -> Mapping[str, Person]:
        """Whom the plan pays, likewise."""
        holds = self.given.reach.holds
        return {number: person for number, person in self.everybody.items() if holds(post_of(person))}

    @cached_property
    def posts(self) -> Mapping[str, str]:
        """The code of each person's post."""
        return {number: post_of(person) for number, person in self.people.items()}

    @cached_property
    def scopes(self) -> Mapping[str, Scope]:
        """Whom each step is calculated for: a team may be called as an employee is numbered."""
        return {step.name: step.scope for step in self.plan.steps}

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Numbers of the people of each team."""
        teams: dict[str, tuple[str, ...]] = {}
        for number, person in self.people.items():
            if person.team:
                teams[person.team] = (*teams.get(person.team, ()), number)
        return teams

    @cached_property
    def targets(self) -> TargetBook:
        return TargetBook.of(self.given.targets, self.everybody.values(), self.given.members)

    @cached_property
    def tables(self) -> Mapping[str, FactTable]:
        return tables_of(self.given.facts)

    @cached_property
    def parameters(self) -> Mapping[str, DatedValue | None]:
        """The values in force on the last day of the month."""
        day = self.given.month.last_day
        return {name: parameter.in_force(day) for name, parameter in self.plan.parameters.items()}

    def parameter(self, name: str) -> DatedValue:
        dated = self.parameters[name]
        if dated is None:
            chinese, day = self.plan.parameters[name].chinese, self.given.month.last_day
            raise ParameterWithoutValue(f"参数 {chinese} 在 {day} 没有值 / {name} has no value on {day}")
        return dated

    def subjects(self, step: Step) -> tuple[str, ...]:
        """Whom a step is calculated for: the store, teams with somebody of its posts, or persons of its posts."""
        if step.scope is Scope.STORE:
            return (STORE,)
        numbers = tuple(number for number, post in self.posts.items() if not step.posts or post in step.posts)
        if step.scope is Scope.PERSON:
            return numbers
        if not step.posts:
            return tuple(sorted(self.members))
        return tuple(sorted({self.team_of(number) for number in numbers}))

    def pays(self, step: Step) -> bool:
        """Whether a step is of posts that the plan pays."""
        return not step.posts or any(map(self.given.reach.holds, step.posts))

    def team_of(self, number: str) -> str:
        team = self.people[number].team
        if not team:
            raise TeamMissing(f"{number} 没有班组 / {number} has no team")
        return team

    def selected(self, aggregate: Aggregate) -> Mapping[SubjectKey, Selected]:
        """The aggregation for all subjects, made once."""
        if id(aggregate) not in self._selected:
            read = self._read.setdefault(id(aggregate), set())

            def parameter(name: str) -> ParameterContent:
                read.add(name)
                return self.parameter(name).value

            reading = FactReading(self.given.month, parameter, self.spend)
            groups = select(aggregate, self.tables[aggregate.kind], reading)
            self._selected[id(aggregate)] = groups
            self._notice_strangers(aggregate, groups)
        return self._selected[id(aggregate)]

    def parameters_of(self, aggregate: Aggregate) -> tuple[str, ...]:
        """The parameters that decided which facts it took, by name, once it has been made."""
        return tuple(sorted(self._read[id(aggregate)]))

    def _notice_strangers(self, aggregate: Aggregate, groups: Mapping[SubjectKey, Selected]) -> None:
        """Facts of people and teams that this month does not know pay nobody: that must be seen."""
        persons = len(aggregate.by_person)
        teams = {person.team for person in self.everybody.values()}
        for key in groups:
            self.notices.update(person_unknown(number) for number in set(key[:persons]) - self.everybody.keys())
            self.notices.update(team_unknown(team) for team in set(key[persons:]) - teams)


def as_number(value: Value) -> Fraction:
    """A step's value as an amount; steps are numbers or truths."""
    return value if isinstance(value, Fraction) else Fraction(value is True)
