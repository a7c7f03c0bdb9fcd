"""How numbers and names are said in Chinese or English: exact where decimals can be, cut with … where they go on."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from services.payroll.domain.calculation.facts import FACT_KINDS, Field, FieldType
from services.payroll.domain.calculation.outcome import Value
from services.payroll.domain.calculation.plan import DatedValue
from services.payroll.domain.calculation.tables import PostTable, TierTable
from services.payroll.domain.month import Month
from services.payroll.domain.vocabulary import METRICS, POSTS

Language = Literal["zh", "en"]
DIGITS = 6
"""Decimals that people read; all of a number's digits stand beside it as `p/q`."""
_ONE = {"labour": "labour line", "consumable": "issue of consumables", "measure": "figure entered by hand"}
_SEVERAL = {
    "order": "orders", "receipt": "receipts", "reimbursement": "reimbursements", "labour": "labour lines",
    "insurer_approval": "insurer approvals", "hours_deduction": "hours deductions", "complaint": "complaints",
    "accessory_sale": "accessory sales", "consumable": "issues of consumables", "measure": "figures entered by hand",
}  # fmt: skip
_UNITS = {"元": "yuan", "工时": "hours", "小时": "hours", "台": "cars", "次": "times", "分": "points",
          "元/工时": "yuan/hour", "元/小时": "yuan/hour"}  # fmt: skip
_WITH_UNIT = re.compile(rf"(-?[\d.]+[%‰]?)({'|'.join(_UNITS)})?", re.ASCII)


def figure(number: Fraction, least: int = 0) -> str:
    """With at least so many decimals."""
    scale = 10**DIGITS
    cut = (abs(number) * scale).__floor__()
    goes_on = "" if cut == abs(number) * scale else "…"
    scaled = Decimal(cut).scaleb(-DIGITS) if goes_on else Decimal(cut).scaleb(-DIGITS).normalize()
    whole, _, decimals = f"{scaled:,f}".partition(".")
    told = f"{whole}.{decimals.ljust(least, '0')}" if decimals or least else whole
    return f"{'−' if number < 0 else ''}{told}{goes_on}"


def money(amount: Decimal) -> str:
    return f"{'−' if amount < 0 else ''}{abs(amount):,.2f}"


def closed_up(words: str) -> str:
    """Behind a full-width bracket no space is written."""
    return words.replace("） ", "）")


class Saying:
    """The words of one language."""

    def __init__(self, language: Language, currency: str = "CNY") -> None:
        self.language = language
        self._currency = "元" if language == "zh" and currency == "CNY" else currency

    def pick(self, chinese: str, english: str) -> str:
        return chinese if self.language == "zh" else english

    def money(self, amount: Decimal) -> str:
        return f"{money(amount)} {self._currency}"

    def named(self, chinese: str, english: str) -> str:
        """A name of the plan: the English one is its identifier."""
        return self.pick(chinese, english.replace("_", " "))

    def post(self, code: str) -> str:
        return self.named(POSTS.chinese(code), code)

    def metric(self, code: str) -> str:
        return self.named(METRICS.chinese(code), code)

    def target(self, metric: str, whose: str = "", *, weight: bool = False) -> str:
        """What is to be reached, or what it counts beside other targets, of a metric as it is said."""
        zh, en = ("目标权重", "target weight") if weight else ("目标", "target")
        if not whose:
            return self.pick(f"{metric}{zh}", f"{en} of {metric}")
        return self.pick(f"{whose}的{metric}{zh}", f"{en} {metric} of {whose}")

    def field(self, field: Field) -> str:
        return self.named(field.chinese[0], field.name)

    def kind(self, name: str) -> str:
        return self.named(FACT_KINDS[name].chinese[0], name) if name in FACT_KINDS else name

    def several(self, count: int, kind: str) -> str:
        """`318 条收款`, `318 receipts`."""
        if self.language == "zh":
            return f"{count:,} 条{self.kind(kind)}"
        return f"{count:,} {_ONE.get(kind, self.kind(kind)) if count == 1 else _SEVERAL.get(kind, kind)}"

    def value(self, value: Value, field: Field | None = None, *, money: bool = False) -> str:
        if value is None:
            return self.pick("没有", "not there")
        if isinstance(value, bool):
            return self.pick("是" if value else "否", "yes" if value else "no")
        if isinstance(value, Fraction):
            in_cents = money or (field is not None and field.type is FieldType.MONEY)
            return figure(value, 2 if in_cents else 0)
        if isinstance(value, date | Month):
            return str(value)
        if field is not None and field.choices is not None:
            return self.named(field.choices.chinese(value), value)
        return value

    def written(self, dated: DatedValue) -> str:
        """A parameter's value as it stands in the plan, with its unit in the language."""
        if not isinstance(dated.value, Fraction):
            return dated.written if isinstance(dated.value, TierTable | PostTable) else self.value(dated.value)
        found = _WITH_UNIT.fullmatch(dated.written)
        if self.language == "zh" or found is None:
            return dated.written if self.language == "zh" else figure(dated.value)
        return f"{found[1]} {_UNITS[found[2]]}" if found[2] else found[1]

    def aside(self, words: str, told: str) -> str:
        return self.pick(f"{words}（{told}）", f"{words} ({told})")

    def listed(self, parts: Sequence[str]) -> str:
        return self.pick("、", ", ").join(parts)
