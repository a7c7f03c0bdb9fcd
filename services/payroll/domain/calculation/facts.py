"""What happened, as payroll sees it: a fact of a kind, and for each kind its fields with Chinese and English names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from services.payroll.domain.errors import FactInvalid
from services.payroll.domain.vocabulary import CAUSES, DEPARTMENTS, METHODS, ORDER_KINDS, Choices

FactValue = str | int | Decimal | date | bool | None


class FieldType(Enum):
    MONEY = "money"
    HOURS = "hours"
    NUMBER = "number"
    TEXT = "text"
    EMPLOYEE = "employee"
    TEAM = "team"
    DATE = "date"
    BOOLEAN = "boolean"


NUMBERS = frozenset({FieldType.MONEY, FieldType.HOURS, FieldType.NUMBER})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. A value may be None where `optional`; a missing key is None."""

    name: str
    chinese: tuple[str, ...]
    type: FieldType
    choices: Choices | None = None
    optional: bool = False
    default: FactValue = None


@dataclass(frozen=True, slots=True)
class FactKind:
    name: str
    chinese: tuple[str, ...]
    fields: tuple[Field, ...]

    def position(self, written: str) -> int | None:
        """The place of a field, by its Chinese or English name, in a row of this kind."""
        for place, field in enumerate(self.fields):
            if written == field.name or written in field.chinese:
                return place
        return None


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact with its source's id and version. Keys of `fields` are the English field names of the kind.

    Money and hours are Decimal or int, never float; values of a fixed list may be the code or the Chinese spelling.
    """

    id: str
    version: int
    kind: str
    fields: Mapping[str, FactValue]


Reference = tuple[str, int]
"""A fact's id and its version."""


@dataclass(frozen=True, slots=True)
class FactColumns:
    """The facts of one kind, a column for each thing known of them: the i-th entries of all are of one fact.

    `fields` are by English names, as those of a fact; without a column a field is None for each of them.
    """

    ids: Sequence[str]
    versions: Sequence[int]
    fields: Mapping[str, Sequence[FactValue]]


_QUANTITY = Field("quantity", ("数量",), FieldType.NUMBER, default=1)
"""How many like things one fact stands for; only counting reads it."""

_ORDER = (
    Field("order_number", ("工单号", "派工单号"), FieldType.TEXT, optional=True),
    Field("order_kind", ("维修类别",), FieldType.TEXT, ORDER_KINDS),
    Field("advisor", ("接待人",), FieldType.EMPLOYEE, optional=True),
    Field("opened_on", ("进厂日期",), FieldType.DATE, optional=True),
    Field("settled_on", ("结算日期",), FieldType.DATE, optional=True),
    Field("left_on", ("出厂日期",), FieldType.DATE, optional=True),
    Field("cancelled", ("已取消",), FieldType.BOOLEAN, default=False),
)


def _kind(name: str, chinese: str, *fields: Field) -> FactKind:
    return FactKind(name, (chinese,), (*fields, _QUANTITY))


_KINDS = (
    _kind("order", "工单", *_ORDER),
    _kind(
        "receipt",
        "收款",
        Field("amount", ("金额", "收款金额"), FieldType.MONEY),
        Field("paid_on", ("收款日期",), FieldType.DATE),
        Field("method", ("收款方式",), FieldType.TEXT, METHODS, optional=True),
        *_ORDER,
    ),
    _kind(
        "reimbursement",
        "索赔回款",
        Field("amount", ("金额", "回款金额"), FieldType.MONEY),
        Field("paid_on", ("回款日期",), FieldType.DATE),
        *_ORDER,
    ),
    _kind(
        "insurer_approval",
        "事故定审",
        Field("approved_amount", ("定审金额",), FieldType.MONEY),
        Field("owner_share", ("车主自付",), FieldType.MONEY, default=0),
        Field("approved_on", ("定审日期",), FieldType.DATE, optional=True),
        *_ORDER,
    ),
    _kind(
        "labour",
        "完工工时",
        Field("standard_hours", ("标准工时",), FieldType.HOURS),
        Field("team", ("班组",), FieldType.TEAM, optional=True),
        Field("technician", ("技师",), FieldType.EMPLOYEE, optional=True),
        Field("code", ("工时代码",), FieldType.TEXT, optional=True),
        Field("completed_on", ("完工日期",), FieldType.DATE, optional=True),
        Field("accessory_installation", ("精品加装",), FieldType.BOOLEAN, default=False),
        Field("order_number", ("工单号", "派工单号"), FieldType.TEXT, optional=True),
        Field("order_kind", ("维修类别",), FieldType.TEXT, ORDER_KINDS),
        Field("cancelled", ("已取消",), FieldType.BOOLEAN, default=False),
    ),
    _kind(
        "hours_deduction",
        "扣工时",
        Field("employee", ("责任人",), FieldType.EMPLOYEE),
        Field("hours", ("扣除工时",), FieldType.HOURS),
        Field("occurred_on", ("发生日期",), FieldType.DATE),
        Field("reason", ("事由",), FieldType.TEXT, optional=True),
    ),
    _kind(
        "accessory_sale",
        "精品销售",
        Field("seller", ("销售人",), FieldType.EMPLOYEE, optional=True),
        Field("department", ("销售部门",), FieldType.TEXT, DEPARTMENTS),
        Field("list_price", ("标价", "销售价"), FieldType.MONEY),
        Field("amount", ("实收金额", "金额"), FieldType.MONEY),
        Field("given_away", ("赠送",), FieldType.BOOLEAN, default=False),
        Field("installed", ("安装",), FieldType.BOOLEAN, default=False),
        Field("generic", ("通用",), FieldType.BOOLEAN, default=False),
        Field("sold_on", ("销售日期",), FieldType.DATE),
    ),
    _kind(
        "consumable",
        "辅料",
        Field("team", ("班组",), FieldType.TEAM),
        Field("amount", ("金额",), FieldType.MONEY),
        Field("used_on", ("领用日期",), FieldType.DATE),
    ),
    _kind(
        "complaint",
        "投诉",
        Field("employee", ("责任人",), FieldType.EMPLOYEE, optional=True),
        Field("cause", ("原因",), FieldType.TEXT, CAUSES),
        Field("verified", ("属实",), FieldType.BOOLEAN, default=False),
        Field("occurred_on", ("发生日期",), FieldType.DATE),
        Field("order_number", ("工单号", "派工单号"), FieldType.TEXT, optional=True),
    ),
    _kind(
        "measure",
        "手工指标",
        Field("measure", ("指标",), FieldType.TEXT),
        Field("number", ("数值",), FieldType.NUMBER, default=0),
        Field("amount", ("金额",), FieldType.MONEY, default=0),
        Field("hours", ("工时",), FieldType.HOURS, default=0),
        Field("employee", ("员工",), FieldType.EMPLOYEE, optional=True),
        Field("team", ("班组",), FieldType.TEAM, optional=True),
        Field("occurred_on", ("发生日期",), FieldType.DATE),
    ),
)
FACT_KINDS: Mapping[str, FactKind] = {kind.name: kind for kind in _KINDS}


def fact_kind(written: str) -> FactKind | None:
    """A kind by its English or Chinese name."""
    if written in FACT_KINDS:
        return FACT_KINDS[written]
    return next((kind for kind in _KINDS if written in kind.chinese), None)


def in_columns(facts: Iterable[Fact]) -> Mapping[str, FactColumns]:
    """By kind, in the order that they come in."""
    by_kind: dict[str, list[Fact]] = {}
    for fact in facts:
        kind = fact_kind(fact.kind)
        if kind is None:
            raise FactInvalid(f"未知的事实种类 / unknown kind of fact: {fact.kind!r} ({fact.id})")
        by_kind.setdefault(kind.name, []).append(fact)
    return {kind: _columns_of(FACT_KINDS[kind], alike) for kind, alike in by_kind.items()}


def _columns_of(kind: FactKind, facts: Sequence[Fact]) -> FactColumns:
    return FactColumns(
        ids=[fact.id for fact in facts],
        versions=[fact.version for fact in facts],
        fields={field.name: [fact.fields.get(field.name) for fact in facts] for field in kind.fields},
    )
