"""The demo month as bulk rows, read in the plainest way; the gateway's own translation is tested elsewhere."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXPORT = Path(__file__).parents[2] / "demo" / "dms-export-2026-09"
KINDS = {"保养": "maintenance", "一般维修": "repair", "事故": "accident", "索赔": "warranty", "PDI": "pdi",
         "免费活动": "campaign"}  # fmt: skip
STATUSES = {"已结算": "settled", "在修": "in_work", "已取消": "cancelled"}
LINE_KINDS = {"工时": "labour", "配件": "part"}
PAYERS = {"客户": "customer", "厂家": "maker", "保险": "insurer", "内部": "internal"}
SOURCES = {"针对性": "targeted", "随机性": "incidental", "": None}
STAGES = {"接车检查": "reception", "保养": "maintenance", "维修": "repair", "试车": "road_test", "质检": "final_check",
          "": None}  # fmt: skip
DECISIONS = {"同意": "approved", "拒绝": "declined", "暂缓": "deferred", "": None}
METHODS = {"微信": "wechat", "支付宝": "alipay", "刷卡": "card", "现金": "cash", "转账": "transfer"}
DEPARTMENTS = {"业务组": "front_desk", "精品组": "accessory", "销售部": "sales", "其他": "other"}


def _records(name: str) -> Iterator[tuple[int, dict[str, str]]]:
    with (EXPORT / name).open(encoding="gb18030", newline="") as file:
        for number, record in enumerate(csv.DictReader(file), start=2):
            yield number, {key: unicodedata.normalize("NFKC", value).strip() for key, value in record.items()}


def _day(value: str) -> str | None:
    parts = re.findall(r"\d+", value.split(" ", maxsplit=1)[0])
    return "-".join([parts[0], *(part.zfill(2) for part in parts[1:3])]) if parts else None


def _instant(value: str) -> str | None:
    day = _day(value)
    return f"{day}T{value.split(' ')[1][:5]}:00+08:00" if day else None


def _money(value: str) -> str:
    return f"{float(re.sub(r'[¥￥,]', '', value)):.2f}"


def _orders() -> Iterator[dict[str, Any]]:
    for row, r in _records("工单.csv"):
        yield {
            "row": row, "number": r["派工单号"], "vin": r["底盘号"], "customer_number": r["客户编号"],
            "kind": KINDS[r["维修类别"]], "advisor": r["业务接待工号"], "opened_at": _instant(r["进厂时间"]),
            "odometer_km": int(r["进厂里程"]), "complaint": r["故障描述"] or None,
            "promised_at": _instant(r["承诺交车时间"]), "left_at": _instant(r["出厂时间"]),
            "settled_on": _day(r["结算日期"]), "status": STATUSES[r["状态"]],
        }  # fmt: skip


def _lines() -> Iterator[dict[str, Any]]:
    for row, r in _records("工单明细.csv"):
        yield {
            "row": row, "order_number": r["派工单号"], "line_number": int(r["行号"]), "kind": LINE_KINDS[r["类别"]],
            "code": r["代码"], "name": r["名称"], "standard_hours": r["标准工时"] or None, "quantity": r["数量"],
            "list_price": _money(r["标价"]), "amount": _money(r["实收金额"]), "payer": PAYERS[r["付款方"]],
            "is_upsell": r["是否加项"] == "是", "upsell_source": SOURCES[r["加项来源"]],
            "stage": STAGES[r["发现环节"]], "finder": r["发现人工号"] or None, "decision": DECISIONS[r["客户决定"]],
            "team": r["班组"] or None,
        }  # fmt: skip


def _payments() -> Iterator[dict[str, Any]]:
    for row, r in _records("收款.csv"):
        yield {"row": row, "order_number": r["派工单号"], "paid_on": _day(r["收款日期"]), "amount": _money(r["金额"]),
               "method": METHODS[r["方式"]]}  # fmt: skip


def _reimbursements() -> Iterator[dict[str, Any]]:
    for row, r in _records("索赔回款.csv"):
        yield {"row": row, "order_number": r["派工单号"], "paid_on": _day(r["回款日期"]), "amount": _money(r["金额"])}


def _approvals() -> Iterator[dict[str, Any]]:
    for row, r in _records("事故定审.csv"):
        yield {"row": row, "order_number": r["派工单号"], "approved_on": _day(r["定审日期"]),
               "approved_amount": _money(r["定审金额"]), "owner_share": _money(r["车主自付"])}  # fmt: skip


def _sales() -> Iterator[dict[str, Any]]:
    for row, r in _records("精品销售.csv"):
        yield {
            "row": row, "number": r["单号"], "sold_on": _day(r["日期"]), "item": r["精品名称"],
            "list_price": _money(r["销售价"]), "amount": _money(r["实收金额"]),
            "department": DEPARTMENTS[r["销售部门"]], "seller": r["销售人工号"] or None,
            "given_away": r["是否赠送"] == "是", "installed": r["是否安装"] == "是",
        }  # fmt: skip


def _consumables() -> Iterator[dict[str, Any]]:
    for row, r in _records("辅料领用.csv"):
        yield {"row": row, "team": r["班组"], "used_on": _day(r["日期"]), "item": r["品名"],
               "amount": _money(r["金额"])}  # fmt: skip


def _numbered(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """With the place of each among its equals; what they come to may differ."""
    seen: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        key = tuple(value for name, value in row.items() if name not in {"row", "amount"})
        seen[key] += 1
        yield {**row, "ordinal": seen[key]}


def month() -> dict[str, list[dict[str, Any]]]:
    """Rows by resource, in an order that knows each order before its lines and money."""
    return {
        "repair-orders": list(_orders()),
        "repair-order-lines": list(_lines()),
        "payments": list(_numbered(_payments())),
        "reimbursements": list(_numbered(_reimbursements())),
        "insurer-approvals": list(_approvals()),
        "accessory-sales": list(_sales()),
        "consumables": list(_numbered(_consumables())),
    }
