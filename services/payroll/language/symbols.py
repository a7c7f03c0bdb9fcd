"""Names of one plan: parameters and steps by either spelling, with their types."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.calculation.plan import Parameter

from .tables import TypedPosts, TypedTable
from .types import Type


@dataclass(frozen=True, slots=True)
class ParameterSymbol:
    parameter: Parameter
    type: Type | TypedTable | TypedPosts


@dataclass(frozen=True, slots=True)
class StepSymbol:
    name: str
    chinese: str
    scope: Scope
    posts: tuple[str, ...]
    type: Type


@dataclass
class Symbols:
    """`known_steps` has every step of the plan by both spellings; `steps` those whose formula is understood already."""

    parameters: dict[str, ParameterSymbol] = field(default_factory=dict)
    steps: dict[str, StepSymbol] = field(default_factory=dict)
    known_steps: Mapping[str, str] = field(default_factory=dict)
    used_parameters: set[str] = field(default_factory=set)

    def add_parameter(self, symbol: ParameterSymbol) -> None:
        self.parameters[symbol.parameter.name] = self.parameters[symbol.parameter.chinese] = symbol

    def add_step(self, symbol: StepSymbol) -> None:
        self.steps[symbol.name] = self.steps[symbol.chinese] = symbol

    def parameter(self, written: str) -> ParameterSymbol | None:
        symbol = self.parameters.get(written)
        if symbol is not None:
            self.used_parameters.add(symbol.parameter.name)
        return symbol
