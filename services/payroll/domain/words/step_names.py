"""What a step, or the condition of one that is paid, is called."""

from collections.abc import Sequence

from services.payroll.domain.calculation.plan import CONDITION

from .replay import Written
from .saying import Saying


def step_title(saying: Saying, plans: Sequence[Written], name: str) -> str:
    chinese = next((step.chinese for each in plans for step in each.told if step.name == name), name)
    return step_named(saying, chinese, name)


def step_named(saying: Saying, chinese: str, name: str) -> str:
    paid = name.removesuffix(CONDITION)
    return saying.named(chinese, name if paid == name else f"condition of {paid}")
