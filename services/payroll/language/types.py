"""Types of formulas: numbers carry powers of money and hours, texts the list they come from."""

from dataclasses import dataclass
from enum import Enum

from services.payroll.domain.calculation.facts import Field, FieldType
from services.payroll.domain.vocabulary import Choices

from .problems import Misread


class Kind(Enum):
    NUMBER = "数 number"
    TEXT = "文字 text"
    TRUTH = "是否 truth"
    DAY = "日期 day"
    MONTH = "月份 month"


@dataclass(frozen=True, slots=True)
class Type:
    """`bare`: a number without a unit adapts to the other side. `label` and `choices` tell kinds of text apart."""

    kind: Kind
    money: int = 0
    hours: int = 0
    bare: bool = False
    label: str = ""
    choices: Choices | None = None
    allowed: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.kind is not Kind.NUMBER:
            return f"{self.kind.value} {self.label}".strip()
        powers = [("元", self.money), ("工时", self.hours)]
        above = "·".join(unit + ("" if power == 1 else f"^{power}") for unit, power in powers if power > 0)
        below = "·".join(unit + ("" if power == -1 else f"^{-power}") for unit, power in powers if power < 0)
        if not above and not below:
            return Kind.NUMBER.value
        return (above or "1") + (f"/{below}" if below else "")


PURE = Type(Kind.NUMBER)
BARE = Type(Kind.NUMBER, bare=True)
MONEY = Type(Kind.NUMBER, money=1)
HOURS = Type(Kind.NUMBER, hours=1)
TRUTH = Type(Kind.TRUTH)
DAY = Type(Kind.DAY)
MONTH = Type(Kind.MONTH)
EMPLOYEE = Type(Kind.TEXT, label="employee")
TEAM = Type(Kind.TEXT, label="team")
TEXT = Type(Kind.TEXT)

_FIELD_TYPES = {
    FieldType.MONEY: MONEY,
    FieldType.HOURS: HOURS,
    FieldType.NUMBER: PURE,
    FieldType.TEXT: TEXT,
    FieldType.EMPLOYEE: EMPLOYEE,
    FieldType.TEAM: TEAM,
    FieldType.DATE: DAY,
    FieldType.BOOLEAN: TRUTH,
}


def type_of_field(field: Field) -> Type:
    if field.choices is None:
        return _FIELD_TYPES[field.type]
    return Type(Kind.TEXT, label=field.choices.name, choices=field.choices)


def product(left: Type, right: Type) -> Type:
    return Type(Kind.NUMBER, left.money + right.money, left.hours + right.hours, left.bare and right.bare)


def quotient(left: Type, right: Type) -> Type:
    return Type(Kind.NUMBER, left.money - right.money, left.hours - right.hours, left.bare and right.bare)


def common(at: int, left: Type, right: Type) -> Type:
    """The type of both sides of a sum, a comparison or a choice; different units or kinds are refused."""
    if left.kind is not right.kind:
        raise Misread(at, "type-mismatch", f"两边类型不同: {left} 与 {right}", f"{left} and {right} do not go together")
    if left.kind is Kind.NUMBER:
        return _common_unit(at, left, right)
    if left.label and right.label and left.label != right.label:
        raise Misread(at, "type-mismatch", f"两边不是同一类: {left} 与 {right}", f"{left} and {right} are never equal")
    return left if left.label or left.allowed else right


def _common_unit(at: int, left: Type, right: Type) -> Type:
    if left.bare:
        return right
    if right.bare or (left.money, left.hours) == (right.money, right.hours):
        return left
    chinese, english = f"单位不同: {left} 与 {right}", f"the units differ: {left} and {right}"
    raise Misread(at, "units-differ", chinese, english, "例 e.g. 工时 × 120元/工时 = 元")


def expect(at: int, found: Type, wanted: Type) -> None:
    """Refuse another kind than wanted; of numbers another unit too, unless bare."""
    if found.kind is not wanted.kind:
        raise Misread(at, "type-mismatch", f"这里要 {wanted},得到 {found}", f"{wanted} is needed here, not {found}")
    if found.kind is Kind.NUMBER:
        _common_unit(at, found, wanted)


def expect_number(at: int, found: Type) -> None:
    if found.kind is not Kind.NUMBER:
        raise Misread(at, "type-mismatch", f"这里要数,得到 {found}", f"a number is needed here, not {found}")
