"""Two plans side by side: whose parameter and step is whose, by name or, where it was renamed, by meaning."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, TypeVar

from services.payroll.domain.calculation.amendment import amended
from services.payroll.domain.calculation.plan import Parameter, Plan, Step
from services.payroll.domain.plans.meaning import SAME, Names, meaning

from .amending import amended_source, read_amendment
from .plan_reader import parse_plan
from .source import Source, source_of
from .spelling import Language, Speech
from .syntax import ParameterNode, PayableNode, PaymentNode, PlanTitle, StatementNode, StepNode


class Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def chinese(self) -> str: ...


Part = TypeVar("Part", bound=Named)


@dataclass(frozen=True)
class Side:
    """One of two plans: what it says, and its statements said in each language."""

    plan: Plan
    source: Source

    @classmethod
    def of(cls, text: str, beside: Sequence[str]) -> "Side":
        """With the values beside the text, as the statements that set them, in the order in which they supersede."""
        amendments = [read_amendment(statement, "") for statement in beside]
        return cls(amended(parse_plan(text), amendments), amended_source(source_of(text), beside))

    @cached_property
    def said(self) -> Mapping[Language, tuple[StatementNode, ...]]:
        nodes = self.source.nodes
        languages: tuple[Language, Language] = ("zh", "en")
        return {language: tuple(map(Speech(language, nodes).statement, nodes)) for language in languages}

    @cached_property
    def title(self) -> PlanTitle:
        return next(node for node in self.source.nodes if isinstance(node, PlanTitle))

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        return {step.name: step for step in self.plan.steps}

    def parameter_node(self, name: str, language: Language) -> ParameterNode:
        nodes = (node for node in self.said[language] if isinstance(node, ParameterNode))
        return next(node for node in nodes if node.english.text == name)

    def step_node(self, name: str, language: Language) -> StepNode:
        nodes = (node for node in self.said[language] if isinstance(node, StepNode))
        return next(node for node in nodes if node.english.text == name)

    def payment_node(self, step: str, language: Language) -> tuple[PaymentNode, PayableNode]:
        names = {step, self.steps[step].chinese}
        nodes = (node for node in self.said[language] if isinstance(node, PaymentNode))
        return next((node, one) for node in nodes for one in node.steps if one.step.text in names)


@dataclass(frozen=True)
class Compared:
    """`names` has the newer name of every parameter and step of the older plan that the newer one still has."""

    older: Side
    newer: Side
    names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, older: str, newer: str, beside: tuple[Sequence[str], Sequence[str]]) -> "Compared":
        both = cls(Side.of(older, beside[0]), Side.of(newer, beside[1]))
        old, new = both.older.plan, both.newer.plan
        both._match(old.parameters.values(), new.parameters.values(), _parameter_says)
        both._match(old.steps, new.steps, _step_says)
        return both

    def _match(self, old: Iterable[Part], new: Iterable[Part], says: Callable[[Part, Names], object]) -> None:
        """By English name, then by Chinese name, then by what it says: steps in the order in which they are read."""
        left, free = list(old), list(new)
        for key in (_english, _chinese):
            left = [one for one in left if not self._found(one, key(one), free, key)]
        said = {other.name: says(other, SAME) for other in free} if left else {}
        for one in left:
            self._found(one, says(one, self.names), free, lambda other: said[other.name])

    def _found(self, one: Part, wanted: object, free: list[Part], key: Callable[[Part], object]) -> bool:
        other = next((other for other in free if key(other) == wanted), None)
        if other is None:
            return False
        self.names[one.name] = other.name
        free.remove(other)
        return True

    def pairs(self, old: Mapping[str, Part], new: Mapping[str, Part]) -> Iterator[tuple[Part, Part]]:
        return ((old[one], new[other]) for one, other in self.names.items() if one in old and other in new)

    def added(self, new: Mapping[str, Part]) -> Iterator[Part]:
        return (part for part in new.values() if part.name not in self.names.values())

    def removed(self, old: Mapping[str, Part]) -> Iterator[Part]:
        return (part for part in old.values() if part.name not in self.names)


def _english(part: Named) -> str:
    return part.name


def _chinese(part: Named) -> str:
    return part.chinese


def _step_says(step: Step, names: Names) -> object:
    return (step.scope, step.posts, meaning(step.expression, names))


def _parameter_says(parameter: Parameter, _: Names) -> object:
    return (meaning(parameter.values), parameter.choices, parameter.clause)
