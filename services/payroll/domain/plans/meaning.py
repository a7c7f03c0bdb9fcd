"""What a plan says, without how and where it is written: two plans of one meaning pay the same in every month."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType

from services.payroll.domain.calculation.plan import Plan

_WRITING = frozenset({"at", "text", "hash", "formula", "written", "condition_text"})
_TITLES = frozenset({"chinese", "english"})
_REFERENCES = frozenset(
    {("ParameterValue", "name"), ("StepValue", "step"), ("Total", "step"), ("Coefficient", "table")}
)
Names = Mapping[str, str]
SAME: Names = MappingProxyType({})


def meaning(part: object, names: Names = SAME) -> object:
    """A part of a plan as nested tuples, without places, texts as written and titles.

    `names` renames the parameters and steps that it reads, so that it can be compared with a plan where they are
    called otherwise.
    """
    return _told(part, names, _WRITING | _TITLES)


def same_plan(one: Plan, other: Plan) -> bool:
    """Whether two texts are one plan, names and all: only writing, layout and comments differ."""
    return _told(one, SAME, _WRITING) == _told(other, SAME, _WRITING)


def _told(part: object, names: Names, without: frozenset[str]) -> object:
    if is_dataclass(part):
        kind = type(part).__name__
        kept = [each.name for each in fields(part) if each.name not in without]
        values = ((name, getattr(part, name)) for name in kept)
        return (kind, *(_field(kind, name, value, names) or _told(value, names, without) for name, value in values))
    if isinstance(part, Mapping):
        return tuple((key, _told(value, names, without)) for key, value in part.items())
    if isinstance(part, tuple):
        return tuple(_told(one, names, without) for one in part)
    return part


def _field(kind: str, name: str, value: object, names: Names) -> object:
    """The name that something read has in the other plan; None when this field names nothing."""
    return names.get(str(value), value) if (kind, name) in _REFERENCES else None
