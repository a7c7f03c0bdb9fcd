"""What one can ask about in a statement: all of it, or one amount of its document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.payroll.domain.errors import PayrollRefusal

BASE_PAY = "base_pay"


class StatementLineUnknown(PayrollRefusal):
    slug = "statement-line-unknown"
    title = "The statement has no such line"

    def __init__(self, key: str) -> None:
        detail = f"工资条没有这一行 / the statement has no line {key}"
        super().__init__(detail)
        self.errors = [{"pointer": "/line", "code": self.slug, "detail": detail}]


@dataclass(frozen=True, slots=True)
class StatementPart:
    """`key` names it in its document (None: all of it), `component` in every closing; `of_month` is what it pays."""

    key: str | None
    component: str | None
    name: str
    english: str
    of_month: str
    amount: Decimal


def parts_of(document: Mapping[str, Any]) -> Iterator[StatementPart]:
    """Base pay, items and lines in the order in which they are read."""
    month = document["month"]
    if base := document.get(BASE_PAY):
        yield StatementPart(BASE_PAY, BASE_PAY, "基本工资", "base pay", month, Decimal(base["amount"]))
    for item in document.get("items", ()):
        of_month = item.get("of_month") or month
        yield StatementPart(item["id"], item["id"], item["name_zh"], item["name_en"], of_month, Decimal(item["amount"]))
    for line in document["lines"]:
        english = line["line"].replace("_", " ")
        of_month = line["of_month"] or month
        yield StatementPart(line["id"], line["line"], line["name"], english, of_month, Decimal(line["amount"]))


def part_of(document: Mapping[str, Any], key: str | None) -> StatementPart:
    if key is None:
        return StatementPart(None, None, "工资条", "statement", document["month"], Decimal(document["total"]))
    found = next((part for part in parts_of(document) if part.key == key), None)
    if found is None:
        raise StatementLineUnknown(key)
    return found
