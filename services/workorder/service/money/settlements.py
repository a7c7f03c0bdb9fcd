"""Settling: what is billed is shown beforehand, and kept as it was in the transaction that settles the order; and its
reversal, which leaves what was kept and lets the order be settled anew."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.representation import check_version
from services.workorder.domain.canonical import hash_of, instant_told
from services.workorder.domain.money.bill import Bill, hindrances, require_settleable, with_reasons
from services.workorder.domain.money.cash import require_day_begun
from services.workorder.domain.money.settlement import Balance, require_paid_as_seen
from services.workorder.domain.orders.guarantee import Guarantee, guarantee_for
from services.workorder.domain.orders.order import OrderKind, reverse, settle
from services.workorder.models import RepairOrder, Settlement, SettlementReversal, Shop
from services.workorder.repository.money import settlements as repository
from services.workorder.repository.orders import orders
from services.workorder.schemas.money.settlements import ReverseBody, SettleBody
from services.workorder.service.desk import Desk
from services.workorder.service.money.bills import bill_of
from services.workorder.service.money.discounts import own_limits
from services.workorder.service.money.money import balance_of
from services.workorder.service.orders.orders import change_order
from services.workorder.service.orders.progress import progress_of


@dataclass(frozen=True)
class Preview:
    """What settling now would bill, as the settlement of the next number, and what hinders it."""

    number: int
    bill: Bill
    balance: Balance
    hindrances: list[dict[str, str]]


async def preview(desk: Desk, order_id: UUID) -> tuple[RepairOrder, Preview]:
    order = await orders.order_by_id(desk.session, desk.store_id, order_id)
    bill = await bill_of(desk, order.id)
    found = hindrances(bill, progress_of(order), await own_limits(desk))
    return order, Preview(await _next_number(desk, order), bill, await balance_of(desk, order.id), found)


async def settle_order(desk: Desk, order_id: UUID, expected: int, body: SettleBody) -> RepairOrder:
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    check_version(order.version, expected)
    settle(progress_of(order))
    bill = with_reasons(await bill_of(desk, order.id), body.reasons)
    require_settleable(hindrances(bill, progress_of(order), await own_limits(desk)))
    settled_on = body.settled_on or desk.today
    require_day_begun(settled_on, desk.today)
    settlement = await _kept(desk, order, bill, body, settled_on)
    reasons = {str(number): reason for number, reason in body.reasons.items()}
    return await change_order(
        desk, order_id, expected, "order.settled", settle,
        detail={"settlement": settlement.number, "reasons": reasons}, settled_on=settled_on,
    )  # fmt: skip


async def reverse_order(desk: Desk, order_id: UUID, expected: int, body: ReverseBody) -> RepairOrder:
    """The settlement stays as it was and no longer holds. What is paid is paid: it counts for the next settlement."""
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    check_version(order.version, expected)
    reverse(progress_of(order))
    require_paid_as_seen(body.paid, (await balance_of(desk, order.id)).held)
    settlement = await repository.holding_settlement(desk.session, desk.store_id, order.id)
    reversal = SettlementReversal(
        store_id=desk.store_id, order_id=order.id, settlement_id=settlement and settlement.id,
        number=1 + await repository.reversals_of(desk.session, desk.store_id, order.id),
        order_version=order.version + 1, reason=body.reason, reversed_by=desk.person, reversed_at=desk.now,
    )  # fmt: skip
    desk.session.add(reversal)
    await desk.session.flush()
    told = {"reversal": reversal.number, "reason": body.reason, "settlement": settlement and settlement.number}
    return await change_order(
        desk, order_id, expected, "order.reversed", reverse, detail=told, settled_on=None
    )  # fmt: skip


async def _kept(desk: Desk, order: RepairOrder, bill: Bill, body: SettleBody, settled_on: date) -> Settlement:
    number = await _next_number(desk, order)
    balance = await balance_of(desk, order.id)
    promised = None if body.guarantee is None else Guarantee(body.guarantee.days, body.guarantee.km)
    guarantee = guarantee_for(OrderKind(order.kind), promised)
    content = {
        "number": number, "settled_on": settled_on.isoformat(), "settled_by": desk.person,
        "settled_at": instant_told(desk.now), "currency": desk.store.currency, "time_zone": desk.store.time_zone,
        "paid": f"{balance.held:.2f}", "open": f"{balance.open:.2f}", "old_parts": body.old_parts,
        "guarantee": {"days": guarantee.days, "km": guarantee.km, "text": guarantee.text},
        "shop": _shop(desk, await repository.shop_of(desk.session, desk.store_id)), **_particulars(order),
        "times": _times(order, await repository.ready_since(desk.session, desk.store_id, order.id)), **bill.told(),
    }  # fmt: skip
    settlement = Settlement(
        store_id=desk.store_id, order_id=order.id, number=number, settled_on=settled_on, amount=bill.amount,
        content=content, content_hash=hash_of(content), settled_by=desk.person, created_at=desk.now,
    )  # fmt: skip
    desk.session.add(settlement)
    await desk.session.flush()
    return settlement


async def _next_number(desk: Desk, order: RepairOrder) -> int:
    newest = await repository.newest_settlement(desk.session, desk.store_id, order.id)
    return 1 + (newest.number if newest else 0)


def _shop(desk: Desk, shop: Shop | None) -> dict[str, Any]:
    names = ("name", "address", "phone", "licence_number", "tax_number")
    told = {name: getattr(shop, name, None) for name in names}
    return {"code": desk.store.code, **told, "name": told["name"] or desk.store.code}


def _particulars(order: RepairOrder) -> dict[str, Any]:
    """Whose order it is, as far as it is known when it is settled."""
    vehicle, customer = order.vehicle, order.customer
    return {
        "order": {
            "number": order.number, "kind": order.kind, "advisor": order.advisor, "odometer_km": order.odometer_km,
            "opened_at": instant_told(order.opened_at), "complaint": order.complaint,
        },
        "customer": {
            "number": order.customer_number, "name": customer and customer.name, "payer_number": order.payer_number,
            "invoice_title": order.invoice_title, "drop_off_person": order.drop_off_person,
        },
        "vehicle": {
            "vin": order.vin, "plate": vehicle and vehicle.plate, "model": vehicle and vehicle.model,
        },
    }  # fmt: skip


def _times(order: RepairOrder, ready_at: datetime | None) -> dict[str, Any]:
    """What was promised against what came of it."""
    return {
        "promised_at": instant_told(order.promised_at), "ready_at": instant_told(ready_at),
        "left_at": instant_told(order.left_at),
    }  # fmt: skip
