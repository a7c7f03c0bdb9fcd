"""The steps by which a price is explained: what each adds, of which numbers, from which version, in two languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.workorder.domain.catalogue.price_version import Dated


class Rule(StrEnum):
    HOURS_OF_MODEL = "hours_of_model"
    HOURS_OF_OPERATION = "hours_of_operation"
    LABOUR_RATE = "labour_rate"
    LABOUR = "labour"
    LIST_PRICE = "list_price"
    LIST_PRICE_FOR_LABOUR = "list_price_for_labour"
    UNITS = "units"
    ROUNDING = "rounding"
    MENU_SHARE = "menu_share"
    ENTERED = "entered"
    CHANGED = "changed"


class Entry(StrEnum):
    """The kinds of entries a number comes from."""

    OPERATION = "operation"
    OPERATION_HOURS = "operation_hours"
    LABOUR_RATE = "labour_rate"
    OPERATION_PRICE = "operation_price"
    MENU = "menu"
    LINE = "line"


@dataclass(frozen=True)
class Source:
    """Where a number stands. An operation's own hours have no day: an import may replace them."""

    entry: Entry
    id: UUID
    made_by: str
    valid_from: date | None = None

    @classmethod
    def of(cls, entry: Entry, version: Dated) -> "Source":
        return cls(entry, version.id, version.made_by, version.valid_from)


@dataclass(frozen=True)
class Step:
    """`amount` is what the step adds to the price, exactly: the amounts of all steps are the price."""

    rule: Rule
    inputs: Mapping[str, str]
    amount: Decimal = Decimal(0)
    source: Source | None = None

    def told(self) -> dict[str, Any]:
        """As it is stored with a line."""
        told: dict[str, Any] = {"rule": str(self.rule), "inputs": dict(self.inputs), "amount": format(self.amount, "f")}
        if self.source is not None:
            day = self.source.valid_from
            told["source"] = {
                "entry": str(self.source.entry), "id": str(self.source.id), "made_by": self.source.made_by,
                "valid_from": day.isoformat() if day else None,
            }  # fmt: skip
        return told

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Step":
        source = told.get("source")
        return cls(
            Rule(told["rule"]),
            told["inputs"],
            Decimal(told["amount"]),
            source
            and Source(
                Entry(source["entry"]),
                UUID(source["id"]),
                source["made_by"],
                date.fromisoformat(source["valid_from"]) if source["valid_from"] else None,
            ),
        )

    def text(self, language: str) -> str:
        chinese, english = _TEXTS[self.rule]
        if language != "zh":
            return english.format_map(self.inputs)
        return chinese.format_map({**self.inputs, "basis": _NAMES.get(self.inputs.get("basis", ""), "")})


_NAMES = {"retail": "零售", "claims": "索赔"}
_TEXTS: Mapping[Rule, tuple[str, str]] = {
    Rule.HOURS_OF_MODEL: (
        "{operation} 用于 {car} 的标准工时为 {hours} 小时",
        "The standard hours of {operation} for {car} are {hours}",
    ),
    Rule.HOURS_OF_OPERATION: (
        "{operation} 没有该车型专用的工时,用其通用标准工时 {hours} 小时",
        "{operation} has no hours for this model in particular; its general standard hours are {hours}",
    ),
    Rule.LABOUR_RATE: (
        "{day} 的{basis}工时单价为每小时 {rate}",
        "The {basis} labour rate on {day} is {rate} an hour",
    ),
    Rule.LABOUR: (
        "工时费:{hours} 小时 × {quantity} × {rate} = {product}",
        "Labour: {hours} hours × {quantity} × {rate} = {product}",
    ),
    Rule.LIST_PRICE: (
        "{operation} 在 {day} 的标价为每单位 {list_price}",
        "The list price of {operation} on {day} is {list_price} a unit",
    ),
    Rule.LIST_PRICE_FOR_LABOUR: (
        "门店在 {day} 没有零售工时单价,按 {operation} 自身的标价每单位 {list_price}",
        "The store has no retail labour rate on {day}, so {operation} costs its own list price, {list_price} a unit",
    ),
    Rule.UNITS: ("{list_price} × {quantity} = {product}", "{list_price} × {quantity} = {product}"),
    Rule.ROUNDING: (
        "最后一次性四舍五入到分:{exact} 计为 {rounded}",
        "Rounded once, at the end, half up to the cent: {exact} becomes {rounded}",
    ),
    Rule.MENU_SHARE: (
        "套餐 {menu} 共 {menu_price},按各项自身价格(合计 {own_total})以最大余数法分摊:本项 {own} 分得 {share}",
        "Menu {menu} costs {menu_price}, split by largest remainder over own prices of {own_total}: {own} gets {share}",
    ),
    Rule.ENTERED: (
        "价格不出自目录,系录入:标价 {list_price} × {quantity},实收 {entered}",
        "Not priced by the catalogue, but entered: {list_price} a unit × {quantity}, charged {entered}",
    ),
    Rule.CHANGED: (
        "{person} 将金额由 {former} 改为 {changed},原因:{reason}",
        "{person} changed the amount from {former} to {changed}, because: {reason}",
    ),
}
"""Chinese and English, by rule."""
