"""A value of a parameter set beside the plan's text: read and refused as the text itself would be."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from services.payroll.domain.calculation.amendment import Amendment
from services.payroll.domain.calculation.plan import Parameter, Place
from services.payroll.domain.errors import PayrollRefusal

from .declarations import parameter_symbol
from .normalise import normalise
from .plan_reader import parse_plan
from .problems import Misread, PlanInvalid, PlanProblem
from .reader import read_statement
from .source import Source
from .statements import statements
from .syntax import DatedNode, ParameterNode, StatementNode

_NOWHERE: Callable[[int], Place] = lambda _: Place(1, 1)  # noqa: E731 - a value beside the text has no place in it


class ParameterValueInvalid(PayrollRefusal):
    slug = "parameter-value-invalid"
    title = "This cannot be the value of the parameter"

    def __init__(self, *problems: PlanProblem) -> None:
        """Places are those of a statement that nobody wrote: what is told is what is wrong."""
        told = [f"{p.chinese} / {p.english}" + (f" → {p.suggestion}" if p.suggestion else "") for p in problems]
        self.errors = [
            {"pointer": "/value", "code": problem.code, "detail": text}
            for problem, text in zip(problems, told, strict=True)
        ]
        super().__init__("\n".join(told))


def amending_statement(text: str, parameter: Parameter, written: str, since: date) -> str:
    """The statement that sets the value, once the plan's whole text has been read with it.

    A value is written as in a plan, `0.6%` or `档位(<1: 0%; >=1: 5%)`, a choice without quotes too. Units, kinds of
    tables and choices have to fit wherever the plan uses the parameter.
    """
    said = f'"{written.strip()}"' if written.strip() in parameter.choices else written.strip()
    statement = f"{_head(parameter)}{said} 自 {since}"
    try:
        read_amendment(statement, "")
    except Misread as found:
        problem = PlanProblem(1, 1, found.code, found.chinese, found.english, found.suggestion)
        raise ParameterValueInvalid(problem) from None
    days = {dated.since for dated in parameter.values}
    free = next(day for day in (since + timedelta(days=n) for n in range(len(days) + 1)) if day not in days)
    try:
        parse_plan(_with_value(text, parameter.name, f"; {said} 自 {free}"))
    except PlanInvalid as refused:
        raise ParameterValueInvalid(*refused.problems) from None
    return statement


def read_amendment(statement: str, version: str) -> Amendment:
    """What such a statement sets; Misread when it is none."""
    node = read_statement(normalise(statement).text)
    if not isinstance(node, ParameterNode) or len(node.values) != 1:
        raise Misread(0, "syntax", "只写一个值", "write one value")
    parameter = parameter_symbol(node, _NOWHERE).parameter
    (dated,) = parameter.values
    return Amendment(parameter.name, replace(dated, version=version))


def amended_source(source: Source, beside: Iterable[str]) -> Source:
    """A plan's statements as if such values stood in them: `beside` is the statements that set them."""
    found = dict[str, list[DatedNode]]()
    for statement in beside:
        node = read_statement(normalise(statement).text)
        assert isinstance(node, ParameterNode), "a value was set by it"
        found.setdefault(node.english.text, []).extend(node.values)
    return Source(tuple(replace(one, node=_amended(one.node, found)) for one in source.written))


def _amended(node: StatementNode | None, found: Mapping[str, Sequence[DatedNode]]) -> StatementNode | None:
    if not isinstance(node, ParameterNode):
        return node
    values = {dated.since.value: dated for dated in (*node.values, *found.get(node.english.text, ()))}
    return replace(node, values=tuple(values.values()))


def _head(parameter: Parameter) -> str:
    choices = "; ".join(f'"{choice}"' for choice in parameter.choices)
    return f"参数 {parameter.chinese} {parameter.name} {f'选项({choices}) ' if choices else ''}= "


def _with_value(text: str, name: str, addition: str) -> str:
    """The text with one more value at the end of the parameter's statement."""
    normal = normalise(text)
    for statement in statements(normal):
        node = read_statement(statement.text)
        if isinstance(node, ParameterNode) and node.english.text == name:
            end = normal.origins[statement.start + len(statement.text.rstrip()) - 1] + 1
            return text[:end] + addition + text[end:]
    raise KeyError(name)
