"""Values of parameters that were set beside a plan's text, each from a day on: the plan as it is with them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .plan import DatedValue, Parameter, Plan


@dataclass(frozen=True, slots=True)
class Amendment:
    parameter: str
    value: DatedValue


def amended(plan: Plan, amendments: Iterable[Amendment]) -> Plan:
    """The plan with these values, the last one for each parameter and day; one of the text gives way on its day."""
    changed = dict(plan.parameters)
    for amendment in amendments:
        changed[amendment.parameter] = _with(changed[amendment.parameter], amendment.value)
    return replace(plan, parameters=changed)


def _with(parameter: Parameter, value: DatedValue) -> Parameter:
    others = tuple(dated for dated in parameter.values if dated.since != value.since)
    return replace(parameter, values=(*others, value))
