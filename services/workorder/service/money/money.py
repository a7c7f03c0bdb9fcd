"""Money by hand: payments within what is open, reimbursements, approvals, accessory sales, materials, lost hours."""

from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.errors import Conflict, Invalid, NotFound, PreconditionFailed, field_error
from chassis.representation import check_version
from services.workorder.domain.money.accessory import require_lowest_price, require_paid_how, require_returnable
from services.workorder.domain.money.cash import require_day_begun
from services.workorder.domain.money.claim import require_no_open_claim
from services.workorder.domain.money.settlement import (
    Balance,
    PaymentMethod,
    expected_of_customer,
    owed_by_customer,
    require_depositable,
    require_payable,
)
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.events import published
from services.workorder.models import (
    AccessorySale,
    Consumable,
    HoursDeduction,
    InsurerApproval,
    Payment,
    Reimbursement,
)
from services.workorder.models.record import Imported
from services.workorder.repository.history import keep_former
from services.workorder.repository.money import money
from services.workorder.repository.money.claims import states_of_order
from services.workorder.repository.money.refunds import refunded_for
from services.workorder.repository.orders import orders
from services.workorder.repository.orders.numbers import next_number
from services.workorder.schemas.money.money import (
    AccessoryReturn,
    AccessorySaleCreate,
    ConsumableCreate,
    HoursDeductionCreate,
    InsurerApprovalCreate,
    PaymentCreate,
    ReimbursementCreate,
)
from services.workorder.service.desk import Desk, given
from services.workorder.service.money import cash
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import note

Entry = TypeVar("Entry", bound=Imported)


async def balance_of(desk: Desk, order_id: UUID) -> Balance:
    charges = await money.charges_of(desk.session, desk.store_id, order_id)
    share = await money.owner_share_of(desk.session, desk.store_id, order_id)
    return await _balance(desk, order_id, owed_by_customer(charges, share))


async def seen_balance_of(desk: Desk, order_id: UUID) -> tuple[int, Balance]:
    """With its version, which is read first: what comes in between makes it an old one, never a new one unseen."""
    return await money.balance_version(desk.session, desk.store_id, order_id), await balance_of(desk, order_id)


async def expected_of(desk: Desk, order_id: UUID) -> Balance:
    """The balance if the customer also approved what is proposed to him."""
    charges = await money.charges_of(desk.session, desk.store_id, order_id)
    share = await money.owner_share_of(desk.session, desk.store_id, order_id)
    return await _balance(desk, order_id, expected_of_customer(charges, share))


async def _balance(desk: Desk, order_id: UUID, owed: Decimal) -> Balance:
    paid = await money.paid_for(desk.session, desk.store_id, order_id)
    return Balance(owed, paid, await refunded_for(desk.session, desk.store_id, order_id))


async def require_balance_seen(desk: Desk, order_id: UUID, expected: int) -> None:
    """The order is locked: of two who move its money at once, or settle or reverse it, the second is told how it stands
    now."""
    current = await money.balance_version(desk.session, desk.store_id, order_id)
    if current != expected:
        balance = await balance_of(desk, order_id)
        raise PreconditionFailed(
            f"Version {expected} of the balance was read, version {current} is there: {balance.open} is open",
            current=current, paid=f"{balance.paid:.2f}", refunded=f"{balance.refunded:.2f}",
            open=f"{balance.open:.2f}",
        )  # fmt: skip


async def record_payment(desk: Desk, order_id: UUID, expected: int, body: PaymentCreate) -> Payment:
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    await require_balance_seen(desk, order.id, expected)
    paid_on = body.paid_on or desk.today
    await cash.require_open(desk, paid_on)
    if body.deposit:
        require_depositable(progress_of(order), body.amount, (await expected_of(desk, order_id)).open)
    else:
        require_payable(progress_of(order), body.amount, (await balance_of(desk, order_id)).open)
    payment = Payment(
        store_id=desk.store_id, source=OWN_SOURCE, order_id=order.id, paid_on=paid_on,
        taken_by=desk.person, **given(body, "paid_on"),
    )  # fmt: skip
    payment.ordinal = await money.next_ordinal(desk.session, payment)
    await note(desk, order.id, "payment.received", **given(body, "paid_on"))
    return await _saved(desk, payment, published.PAYMENTS)


async def record_reimbursement(desk: Desk, order_id: UUID, body: ReimbursementCreate) -> Reimbursement:
    require_day_begun(body.paid_on, desk.today)
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    require_no_open_claim(await states_of_order(desk.session, desk.store_id, order.id))
    entry = Reimbursement(store_id=desk.store_id, source=OWN_SOURCE, order_id=order.id, **given(body))
    entry.ordinal = await money.next_ordinal(desk.session, entry)
    await note(desk, order.id, "claim.paid", amount=body.amount)
    return await _saved(desk, entry, published.REIMBURSEMENTS)


async def approve_by_insurer(desk: Desk, order_id: UUID, body: InsurerApprovalCreate) -> InsurerApproval:
    require_day_begun(body.approved_on, desk.today)
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    entry = InsurerApproval(store_id=desk.store_id, source=OWN_SOURCE, order_id=order.id, **given(body))
    await note(desk, order.id, "insurer.approved", approved=body.approved_amount, owner_share=body.owner_share)
    return await _saved(desk, entry, published.INSURER_APPROVALS)


async def sell_accessory(desk: Desk, body: AccessorySaleCreate) -> AccessorySale:
    require_lowest_price(body.list_price, body.amount, given_away=body.given_away, reason=body.price_reason)
    require_paid_how(body.amount, body.method, given_away=body.given_away)
    await _open_day(desk, body.sold_on, body.method)
    number = body.number or await next_number(desk.session, AccessorySale, desk.store_id, "AS", body.sold_on)
    values = given(body, "number")
    taken_by = None if body.method is None else desk.person
    sale = AccessorySale(store_id=desk.store_id, source=OWN_SOURCE, number=number, taken_by=taken_by, **values)
    return await _saved(desk, sale, published.ACCESSORY_SALES)


async def return_accessory(desk: Desk, sale_id: UUID, expected: int, body: AccessoryReturn) -> AccessorySale:
    """The sale stays, as one that no longer counts; nobody is paid for goods that came back."""
    sale = await money.lock_sale(desk.session, desk.store_id, sale_id)
    check_version(sale.version, expected)
    returned_on = body.returned_on or desk.today
    require_returnable(sale.sold_on, returned_on, sale.returned_on)
    method = body.method or sale.method
    if method is not None:
        require_paid_how(sale.amount, PaymentMethod(method), given_away=sale.given_away)
    await _open_day(desk, returned_on, method)
    await keep_former(desk.session, "accessory_sales", [sale.id])
    sale.returned_on, sale.return_reason, sale.returned_by = returned_on, body.reason, desk.person
    sale.return_method = method
    sale.version += 1
    sale.updated_at = desk.now
    await desk.session.flush()
    await published.publish_states(desk.session, published.ACCESSORY_SALES, [sale.id])
    return sale


async def _open_day(desk: Desk, day: date, method: str | None) -> None:
    """What brings no money does not pass the till, whose day may be closed."""
    if method is None:
        require_day_begun(day, desk.today)
    else:
        await cash.require_open(desk, day)


async def use_consumable(desk: Desk, body: ConsumableCreate) -> Consumable:
    entry = Consumable(store_id=desk.store_id, source=OWN_SOURCE, **given(body))
    entry.ordinal = await money.next_ordinal(desk.session, entry)
    return await _saved(desk, entry, published.CONSUMABLES)


async def deduct_hours(desk: Desk, body: HoursDeductionCreate) -> HoursDeduction:
    number = body.number or await next_number(desk.session, HoursDeduction, desk.store_id, "HD", body.occurred_on)
    values = given(body, "number", "order_number")
    order_id = await _order_named(desk, body.order_number)
    entry = HoursDeduction(store_id=desk.store_id, source=OWN_SOURCE, number=number, order_id=order_id, **values)
    return await _saved(desk, entry, published.HOURS_DEDUCTIONS)


async def _order_named(desk: Desk, number: str | None) -> UUID | None:
    if number is None:
        return None
    try:
        return (await orders.order_by_number(desk.session, desk.store_id, number)).id
    except NotFound as error:
        unknown = field_error("/order_number", "order-unknown", f"There is no order {number}")
        raise Invalid(f"There is no order {number}", errors=[unknown]) from error


async def _saved(desk: Desk, entry: Entry, event: str) -> Entry:
    desk.session.add(entry)
    try:
        await desk.session.flush()
    except IntegrityError as error:
        raise Conflict("There is one already", slug="exists-already") from error
    await published.publish_states(desk.session, event, [entry.id])
    return await money.entry_by_id(desk.session, type(entry), entry.id)
