"""Lines of a bill as rules see them, and orders that are ready to be settled."""

from decimal import Decimal
from typing import Any

from services.workorder.domain.money.bill import Bill, BillLine
from services.workorder.domain.money.discount import NOTHING_GRANTED
from services.workorder.domain.orders.line import LineKind, Payer
from tests.calls import Caller
from tests.workorder.caller import asked_by, line_body, order_body


def bill_line(number: int = 1, **overrides: Any) -> BillLine:
    """At its list price, as agreed."""
    line: dict[str, Any] = {
        "line_number": number, "kind": LineKind.LABOUR, "code": "ME04", "name": "更换蓄电池", "origin": None,
        "standard_hours": Decimal("0.5"), "quantity": Decimal(1), "list_price": Decimal("100.00"),
        "published": None,
        "amount": Decimal("100.00"), "estimate": Decimal("100.00"), "reason": None, "payer": Payer.CUSTOMER,
        "shares": None, "is_upsell": False, "granted": NOTHING_GRANTED, **overrides,
    }  # fmt: skip
    return BillLine(**line)


def bill_of(*lines: BillLine, undecided: tuple[int, ...] = ()) -> Bill:
    return Bill(lines, undecided, Decimal(0))


async def ready_order(caller: Caller, *lines: dict[str, Any], **overrides: Any) -> dict[str, Any]:
    """An order with these lines of its own, agreed on and finished."""
    order = await caller.make("/v1/repair-orders", order_body(lines=list(lines or [line_body()]), **overrides))
    for verb in ("diagnose", "quote", "approve", "start", "inspect", "make-ready"):
        order = await caller.make(at(order, verb), asked_by(verb), If_Match=version_of(order))
    return order


def version_of(order: dict[str, Any]) -> str:
    return f'"{order["version"]}"'


def at(order: dict[str, Any], *parts: object) -> str:
    return "/".join(["/v1/repair-orders", order["id"], *map(str, parts)])


async def settle(caller: Caller, order: dict[str, Any], **body: Any) -> dict[str, Any]:
    return await caller.make(at(order, "settle"), body, If_Match=version_of(order))


async def seen(caller: Caller, order_id: str) -> str:
    """The version of the order's balance as it is now, which whoever moves its money names."""
    return f'"{(await caller.read(f"/v1/repair-orders/{order_id}/balance"))["version"]}"'


async def pay(caller: Caller, order_id: str, **body: Any) -> dict[str, Any]:
    return await caller.make(
        f"/v1/repair-orders/{order_id}/payments", body, If_Match=await seen(caller, order_id)
    )  # fmt: skip


async def give_back(caller: Caller, payment: dict[str, Any], **body: Any) -> dict[str, Any]:
    address = f"/v1/payments/{payment['id']}/refund"
    return await caller.make(address, body, If_Match=await seen(caller, payment["order_id"]))


async def change_price(caller: Caller, order: dict[str, Any], number: int, amount: str, reason: str) -> dict[str, Any]:
    lines = (await caller.read(at(order, "lines")))["items"]
    [line] = [each for each in lines if each["line_number"] == number]
    changed = await caller.patch(at(order, "lines", number), {"amount": amount, "reason": reason},
                                 If_Match=version_of(line))  # fmt: skip
    assert changed.status_code == 200, changed.text
    told: dict[str, Any] = changed.json()
    return told
