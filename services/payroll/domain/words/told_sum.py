"""What one person or team adds to a sum, in words."""

from dataclasses import dataclass
from fractions import Fraction

from .replay import Node, Read, told_value
from .saying import Saying
from .step_names import step_title
from .sums import is_weights, weight_of
from .told_step import Known


@dataclass(frozen=True)
class SummedPart:
    """What one person or team adds to a sum: the value of its step, or its weight in a pool."""

    node: str
    scope: str
    subject: str
    value: str
    figure: str
    title: str


def part_of(saying: Saying, known: Known, summed: Read, node: Node) -> SummedPart:
    value = _value(summed, node)
    name, subject = known.names.get(node["subject"]), node["subject"]
    who = subject if name is None or node["scope"] != "person" else saying.aside(name, subject)
    what = saying.pick("权重", "weight") if is_weights(summed) else step_title(saying, known.plans, node["step"])
    title = saying.pick(f"{who}的{what}", f"{what} of {who}")
    money = not is_weights(summed) and any(each.money.step(node["step"]) for each in known.plans)
    return SummedPart(node["id"], node["scope"], subject, str(value), saying.value(value, money=money), title)


def _value(summed: Read, node: Node) -> Fraction:
    """A truth counts as one."""
    told = told_value(weight_of(node) if is_weights(summed) else node["value"])
    return told if isinstance(told, Fraction) else Fraction(told is True)
