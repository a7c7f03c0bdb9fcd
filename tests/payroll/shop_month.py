"""A month of a shop's export as payroll input, read straight from its CSV files: only for tests."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from services.payroll.domain.calculation.facts import Fact, FactValue, in_columns
from services.payroll.domain.calculation.given import Person, RunInput, Target
from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.month import Month

ROOT = Path(__file__).parents[2]
SEPTEMBER = ROOT / "demo" / "dms-export-2026-09"
OCTOBER = ROOT / "tests" / "e2e" / "october"
Row = dict[str, str]
Order = dict[str, FactValue]


@cache
def september() -> RunInput:
    return ShopExport(SEPTEMBER).month(Month(2026, 9))


@cache
def october() -> RunInput:
    return ShopExport(OCTOBER).month(Month(2026, 10))


def _decoded(content: bytes) -> str:
    """UTF-8, with a byte order mark or without, else GB18030: what such systems write."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("¥", "").replace("￥", ""))


def _day(text: str) -> date | None:
    found = re.match(r"(\d{4})\D(\d{1,2})\D(\d{1,2})", text)
    return None if found is None else date(int(found[1]), int(found[2]), int(found[3]))


@dataclass(frozen=True)
class ShopExport:
    folder: Path

    def month(self, month: Month) -> RunInput:
        return RunInput(
            month=month,
            people=tuple(self._people(month.last_day)),
            targets=tuple(self._targets()),
            review_scores={row["工号"]: _amount(row["成绩"]) for row in self._rows("考核成绩")},
            facts=in_columns(self.facts()),
        )

    def _rows(self, name: str) -> Iterator[Row]:
        text = _decoded((self.folder / f"{name}.csv").read_bytes())
        for row in csv.DictReader(io.StringIO(text, newline="")):
            yield {key: unicodedata.normalize("NFKC", value).strip() for key, value in row.items()}

    def _people(self, last_day: date) -> Iterator[Person]:
        for row in self._rows("员工"):
            until = _day(row["试用期至"])
            yield Person(
                number=row["工号"],
                name=row["姓名"],
                post=row["岗位"],
                team=row["班组"] or None,
                coefficient=Fraction(row["提成系数"]) if row["提成系数"] else None,
                on_probation=until is not None and until >= last_day,
            )

    def _targets(self) -> Iterator[Target]:
        numbers = {row["工号"] for row in self._rows("员工")}
        for row in self._rows("目标"):
            scope = Scope.PERSON if row["对象"] in numbers else Scope.TEAM
            yield Target(scope, row["对象"], row["指标"], _amount(row["目标值"]), _day(row["确认日期"]), row["签字人"])

    def _orders(self) -> dict[str, Order]:
        orders: dict[str, Order] = {}
        for row in self._rows("工单"):
            orders.setdefault(
                row["派工单号"],
                {
                    "order_number": row["派工单号"],
                    "order_kind": row["维修类别"],
                    "advisor": row["业务接待工号"],
                    "opened_on": _day(row["进厂时间"]),
                    "settled_on": _day(row["结算日期"]),
                    "left_on": _day(row["出厂时间"]),
                    "cancelled": row["状态"] == "已取消",
                },
            )
        return orders

    def facts(self) -> Iterator[Fact]:
        orders = self._orders()
        for number, order in orders.items():
            yield Fact(number, 1, "order", order)
        yield from self._money_on_orders(orders)
        yield from self._labour(orders)
        for index, row in enumerate(self._rows("精品销售")):
            yield Fact(
                f"sale-{index:04}",
                1,
                "accessory_sale",
                {
                    "seller": row["销售人工号"] or None,
                    "department": row["销售部门"],
                    "list_price": _amount(row["销售价"]),
                    "amount": _amount(row["实收金额"]),
                    "given_away": row["是否赠送"] == "是",
                    "installed": row["是否安装"] == "是",
                    "generic": False,
                    "sold_on": _day(row["日期"]),
                },
            )
        for index, row in enumerate(self._rows("辅料领用")):
            used: dict[str, FactValue] = {
                "team": row["班组"],
                "amount": _amount(row["金额"]),
                "used_on": _day(row["日期"]),
            }
            yield Fact(f"used-{index:04}", 1, "consumable", used)
        for row in self._rows("投诉"):
            complaint: dict[str, FactValue] = {
                "employee": row["责任人工号"],
                "cause": row["原因"],
                "verified": row["是否属实"] == "是",
                "occurred_on": _day(row["日期"]),
            }
            yield Fact(row["投诉单号"], 1, "complaint", complaint)

    def _money_on_orders(self, orders: dict[str, Order]) -> Iterator[Fact]:
        for index, row in enumerate(self._rows("收款")):
            paid: dict[str, FactValue] = {"amount": _amount(row["金额"]), "paid_on": _day(row["收款日期"])}
            yield Fact(f"paid-{index:04}", 1, "receipt", {**orders[row["派工单号"]], **paid, "method": row["方式"]})
        for index, row in enumerate(self._rows("索赔回款")):
            paid = {"amount": _amount(row["金额"]), "paid_on": _day(row["回款日期"])}
            yield Fact(f"claim-{index:04}", 1, "reimbursement", {**orders[row["派工单号"]], **paid})
        for index, row in enumerate(self._rows("事故定审")):
            approved: dict[str, FactValue] = {
                "approved_amount": _amount(row["定审金额"]),
                "owner_share": _amount(row["车主自付"]),
                "approved_on": _day(row["定审日期"]),
            }
            yield Fact(f"approved-{index:04}", 1, "insurer_approval", {**orders[row["派工单号"]], **approved})

    def _labour(self, orders: dict[str, Order]) -> Iterator[Fact]:
        """Labour that is work done: lines of known orders, without proposed work that the customer did not approve."""
        for index, row in enumerate(self._rows("工单明细")):
            order = orders.get(row["派工单号"])
            if order is None or row["类别"] != "工时" or (row["是否加项"] == "是" and row["客户决定"] != "同意"):
                continue
            yield Fact(
                f"labour-{index:05}",
                1,
                "labour",
                {
                    "standard_hours": _amount(row["标准工时"]),
                    "team": row["班组"],
                    "code": row["代码"],
                    "completed_on": order["left_on"],
                    "order_number": row["派工单号"],
                    "order_kind": order["order_kind"],
                    "cancelled": order["cancelled"],
                },
            )
