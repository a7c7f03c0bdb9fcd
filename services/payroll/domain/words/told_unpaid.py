"""What a plan pays and did not pay somebody, in words: its condition does not hold, or there is nothing to pay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.payroll.domain.calculation.outcome import Value

from .replay import Node, told_value
from .saying import Saying
from .step_names import step_named


@dataclass(frozen=True)
class ToldUnpaid:
    """`withheld` is what would have been paid if the condition held, and None of what is nothing."""

    node: str
    name: str
    step: str
    clause: str
    withheld: Decimal | None
    text: str


def conditions_of(node: Node) -> Sequence[str]:
    """The nodes of conditions that keep a node from being paid."""
    reads = node["inputs"]
    return [read["reference"] for read in reads if read["source"] == "condition" and read["value"] is False]


def told_unpaid(saying: Saying, node: Node, conditions: Mapping[str, Node]) -> ToldUnpaid:
    name, value = step_named(saying, node["name"], node["step"]), told_value(node["value"])
    condition = next((conditions[each] for each in conditions_of(node)), None)
    if condition is None:
        return ToldUnpaid(node["id"], node["name"], node["step"], node["clause"], None, _nothing(saying, name, value))
    amount = next(Decimal(round(Fraction(read["value"]) * 100)).scaleb(-2)
                  for read in condition["inputs"] if read["source"] == "amount")  # fmt: skip
    rule, clause = condition["formula"], condition["clause"]
    text = saying.pick(
        f"{name} {saying.money(amount)} 没有发放：发放条件“{rule}”不成立（条款 {clause}）",
        f"{name} {saying.money(amount)} is not paid: its condition “{rule}” does not hold (clause {clause})",
    )
    return ToldUnpaid(node["id"], node["name"], node["step"], clause, amount, text)


def _nothing(saying: Saying, name: str, value: Value) -> str:
    figure = saying.value(value, money=True)
    return saying.pick(f"{name} 为 {figure}，没有可发放的", f"{name} is {figure}: there is nothing to pay")
