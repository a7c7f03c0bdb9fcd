"""The words of the language, Chinese and English, and what each stands for."""

from collections.abc import Mapping

from services.payroll.domain.calculation.plan import Attribute, Operator

FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "if": ("如果",),
    "and": ("且", "并且"),
    "or": ("或", "或者"),
    "not": ("非",),
    "min": ("较小", "最小"),
    "max": ("较大", "最大"),
    "at_least": ("下限",),
    "at_most": ("上限",),
    "round": ("四舍五入",),
    "round_down": ("舍去",),
    "round_up": ("进位",),
    "month": ("月份",),
    "later": ("较晚",),
    "earlier": ("较早",),
    "is_known": ("有值",),
    "tier": ("档位",),
    "tier_sum": ("累计档位",),
    "by_post": ("按岗位",),
    "coefficient": ("系数",),
    "target": ("目标",),
    "target_weight": ("目标权重",),
    "attainment": ("达成率",),
    "team_of": ("班组",),
    "sum": ("合计",),
    "count": ("计数",),
    "total": ("汇总",),
    "split": ("分摊",),
    "split_equally": ("均分",),
}
"""Functions by their English name, with their Chinese names; `coefficient` alone is also a word."""

ATTRIBUTES: Mapping[str, Attribute] = {
    "me": Attribute.NUMBER,
    "本人": Attribute.NUMBER,
    "my_team": Attribute.TEAM,
    "本班组": Attribute.TEAM,
    "post": Attribute.POST,
    "岗位": Attribute.POST,
    "coefficient": Attribute.COEFFICIENT,
    "系数": Attribute.COEFFICIENT,
    "on_probation": Attribute.PROBATION,
    "试用期": Attribute.PROBATION,
    "review_score": Attribute.REVIEW_SCORE,
    "考核成绩": Attribute.REVIEW_SCORE,
}
MONTHS: Mapping[str, bool] = {"this_month": False, "本月": False, "last_month": True, "上月": True}
"""Names of months; the value is whether it is the month before."""
TRUTHS: Mapping[str, bool] = {"yes": True, "是": True, "no": False, "否": False}
COMPARISONS: Mapping[str, Operator] = {
    "=": Operator.EQUAL,
    "<>": Operator.UNEQUAL,
    "<": Operator.LESS,
    "<=": Operator.AT_MOST,
    ">": Operator.MORE,
    ">=": Operator.AT_LEAST,
}
_BY_SPELLING = {spelling: name for name, chinese in FUNCTIONS.items() for spelling in (name, *chinese)}
RESERVED = frozenset({*_BY_SPELLING, *ATTRIBUTES, *MONTHS, *TRUTHS})
"""Names that a plan cannot give to its parameters and steps."""


def function_named(written: str) -> str | None:
    return _BY_SPELLING.get(written)
