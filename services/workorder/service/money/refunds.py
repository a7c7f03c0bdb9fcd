"""Giving money back: a row of its own that points at the payment, within what is left and within the person's limit."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from services.workorder.domain.money.refund import Refund as Wanted
from services.workorder.domain.money.refund import Taken, limit_of, require_refundable
from services.workorder.domain.money.settlement import PaymentMethod
from services.workorder.events import published
from services.workorder.models import Refund, RefundLimit
from services.workorder.repository.money import refunds
from services.workorder.repository.orders import orders
from services.workorder.schemas.money.refunds import RefundCreate, RefundLimitCreate
from services.workorder.service.desk import Desk, given
from services.workorder.service.money import cash
from services.workorder.service.money.money import require_balance_seen
from services.workorder.service.orders.timeline import note


async def refund_payment(desk: Desk, payment_id: UUID, expected: int, body: RefundCreate) -> Refund:
    """The order is locked before it is asked what is left: of two refunds at once the second sees the first."""
    found = await refunds.payment_by_id(desk.session, desk.store_id, payment_id)
    await orders.lock_order(desk.session, desk.store_id, found.order_id)
    await require_balance_seen(desk, found.order_id, expected)
    payment = await refunds.payment_by_id(desk.session, desk.store_id, payment_id)
    method = PaymentMethod(payment.method)
    taken = Taken(payment.amount, payment.refunded or Decimal(0), method, payment.paid_on)
    wanted = Wanted(body.amount, body.method or method, body.reason, body.refunded_on or desk.today)
    limits = {each.role: each.amount for each in await refunds.limits(desk.session, desk.store_id)}
    require_refundable(taken, wanted, limit_of(desk.principal.roles, limits))
    await cash.require_open(desk, wanted.refunded_on)
    refund = Refund(
        store_id=desk.store_id, order_id=payment.order_id, payment_id=payment.id, note=body.note,
        refunded_by=desk.person, refunded_at=desk.now, **vars(wanted),
    )  # fmt: skip
    desk.session.add(refund)
    await desk.session.flush()
    await note(desk, payment.order_id, "payment.refunded", amount=wanted.amount, reason=wanted.reason)
    await published.publish_states(desk.session, published.REFUNDS, [refund.id])
    return await refunds.refund_by_id(desk.session, desk.store_id, refund.id)


async def set_limit(desk: Desk, body: RefundLimitCreate) -> Sequence[RefundLimit]:
    """From now on; what held before stays on record."""
    desk.session.add(RefundLimit(store_id=desk.store_id, set_by=desk.person, set_at=desk.now, **given(body)))
    await desk.session.flush()
    return await refunds.limits(desk.session, desk.store_id)
