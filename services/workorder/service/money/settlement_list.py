"""The settlement list (机动车维修费用结算清单) of a settlement, from what was kept of it and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from services.workorder.domain.money.bill import OldParts
from services.workorder.domain.money.capital_numerals import in_capitals
from services.workorder.domain.orders.line import LineKind, Origin, Payer
from services.workorder.domain.orders.order import OrderKind
from services.workorder.models import Settlement

TEMPLATE = "settlement_list.typ"
_TITLE = "机动车维修费用结算清单"
_KINDS = {
    OrderKind.MAINTENANCE: "保养", OrderKind.REPAIR: "一般维修", OrderKind.ACCIDENT: "事故", OrderKind.WARRANTY: "索赔",
    OrderKind.PDI: "PDI", OrderKind.CAMPAIGN: "免费活动",
}  # fmt: skip
_PAYERS = {
    Payer.CUSTOMER: "客户", Payer.MAKER: "厂家", Payer.INSURER: "保险公司", Payer.INTERNAL: "内部",
    Payer.GOODWILL: "店方承担",
}  # fmt: skip
_ORIGINS = {
    Origin.GENUINE: "原厂配件", Origin.EQUIVALENT: "同质配件", Origin.REFURBISHED: "再制造(翻新)件", None: ""
}  # fmt: skip
_GOODS = (LineKind.PART, LineKind.ACCESSORY)
_OLD_PARTS = {
    OldParts.TAKEN: "■ 客户带走  □ 委托承修方处理", OldParts.DISPOSED: "□ 客户带走  ■ 委托承修方处理",
    None: "□ 客户带走  □ 委托承修方处理",
}  # fmt: skip
Line = Mapping[str, Any]


def list_of(settlement: Settlement) -> dict[str, Any]:
    """What the template prints: text only."""
    content = settlement.content
    lines = content["lines"]
    zone = ZoneInfo(content["time_zone"])
    payable = _payable(content)
    return {
        "title": _TITLE, "number": str(content["number"]), "order_number": content["order"]["number"],
        "settled_on": content["settled_on"], "settled_by": content["settled_by"], "check": settlement.content_hash[:16],
        "advisor": content["order"]["advisor"] or "", "reversed": _reversed(settlement, zone),
        "shop": _shop(content["shop"]), "facts": _facts(content, zone),
        "labour": _section(lines, (LineKind.LABOUR,), _labour),
        "materials": _section(lines, _GOODS, _material),
        "other": _section(lines, (LineKind.OUTSIDE_WORK, LineKind.FEE), _other),
        "totals": _totals(content), "payable": {"amount": f"{payable:.2f}", "capitals": in_capitals(payable)},
        "difference": content["difference"], "differences": _differences(lines),
        "guarantee": content["guarantee"]["text"], "old_parts": _OLD_PARTS[content["old_parts"]],
    }  # fmt: skip


def _payable(content: Mapping[str, Any]) -> Decimal:
    """What the customer owes, paid or not: his lines and his own share of a repair, without what packages cover."""
    return Decimal(content["paid"]) + Decimal(content["open"])


def _reversed(settlement: Settlement, zone: ZoneInfo) -> dict[str, str] | None:
    reversal = settlement.reversal
    if reversal is None:
        return None
    return {"on": f"{reversal.reversed_at.astimezone(zone):%Y-%m-%d %H:%M}", "reason": reversal.reason}


def _shop(shop: Mapping[str, str | None]) -> dict[str, str]:
    names = {"address": "地址", "phone": "电话", "licence_number": "备案编号", "tax_number": "税号"}
    return {
        "name": shop["name"] or "",
        "details": "  ".join(f"{word}:{shop[name]}" for name, word in names.items() if shop[name]),
    }


def _facts(content: Mapping[str, Any], zone: ZoneInfo) -> list[str]:
    order, customer, vehicle, times = (content[name] for name in ("order", "customer", "vehicle", "times"))
    kilometres = "" if order["odometer_km"] is None else f"{order['odometer_km']} km"
    told = {
        "客户": customer["name"] or customer["number"], "发票抬头": customer["invoice_title"],
        "送修人": customer["drop_off_person"], "车牌号": vehicle["plate"], "VIN": vehicle["vin"],
        "车型": vehicle["model"], "里程": kilometres, "维修类别": _KINDS[OrderKind(order["kind"])],
        "进厂时间": _at(order["opened_at"], zone), "约定交车": _at(times["promised_at"], zone),
        "竣工时间": _at(times["ready_at"], zone), "出厂时间": _at(times["left_at"], zone),
    }  # fmt: skip
    return _pairs(told)


def _totals(content: Mapping[str, Any]) -> list[str]:
    payers = content["payers"]
    others = {_PAYERS[payer]: payers[payer] for payer in Payer if payer is not Payer.CUSTOMER and _due(payers[payer])}
    share = {"车主自付": content["owner_share"]} if _due(content["owner_share"]) else {}
    covered = Decimal(payers["customer"]) + Decimal(content["owner_share"]) - _payable(content)
    package = {"套餐抵扣": f"{covered:.2f}"} if covered else {}
    told = {
        "结算总额": content["amount"], "优惠合计": content["discount"], "预估总额": content["estimate"],
        "客户": payers["customer"], **others, **share, **package,
        "客户已付": content["paid"], "客户未付": content["open"],
    }  # fmt: skip
    return _pairs(told)


def _pairs(told: Mapping[str, str | None]) -> list[str]:
    """Three words with their values in a row; the last row is filled up."""
    cells = [cell or "" for pair in told.items() for cell in pair]
    return cells + [""] * (-len(cells) % 6)


def _due(amount: str) -> bool:
    return Decimal(amount) != 0


def _section(lines: Sequence[Line], kinds: Iterable[LineKind], row: Any) -> dict[str, Any]:  # noqa: ANN401
    members = [line for line in lines if line["kind"] in set(kinds)]
    total = sum((Decimal(line["amount"]) for line in members), Decimal(0))
    return {"total": f"{total:.2f}", "rows": [row(str(at), line) for at, line in enumerate(members, start=1)]}


def _labour(place: str, line: Line) -> list[str]:
    """Hours are those of the whole line."""
    hours = Decimal(line["standard_hours"] or 0)
    rate = _rate(Decimal(line["list_amount"]), hours) if hours else ""
    told = f"{hours.normalize():f}" if hours else ""
    return [place, line["name"], rate, told, line["list_amount"], _discount(line), line["amount"], _payers(line)]


def _rate(listed: Decimal, hours: Decimal) -> str:
    """As many decimals as it takes for price × hours to be the amount."""
    rates = (round(listed / hours, places) for places in (2, 3, 4))
    return f"{next((rate for rate in rates if round(rate * hours, 2) == listed), round(listed / hours, 4))}"


def _material(place: str, line: Line) -> list[str]:
    origin = _ORIGINS[line["origin"] and Origin(line["origin"])]
    return [place, line["name"], line["code"], origin, *_priced(line)]


def _other(place: str, line: Line) -> list[str]:
    return [place, line["name"], *_priced(line)]


def _priced(line: Line) -> list[str]:
    return [line["quantity"], line["list_price"], _discount(line), line["amount"], _payers(line)]


def _discount(line: Line) -> str:
    return line["discount"] if _due(line["discount"]) else ""


def _payers(line: Line) -> str:
    """Who pays; with their parts where several do."""
    if line["shares"] is None:
        return _PAYERS[Payer(line["payer"])]
    return "\n".join(f"{_PAYERS[Payer(payer)]} {amount}" for payer, amount in line["shares"].items())


def _differences(lines: Sequence[Line]) -> list[list[str]]:
    told = [line for line in lines if _due(line["difference"])]
    return [
        [str(place), line["name"], line["estimate"], line["amount"], line["difference"], line["reason"] or ""]
        for place, line in enumerate(told, start=1)
    ]


def _at(told: str | None, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(told).astimezone(zone):%Y-%m-%d %H:%M}" if told else ""
