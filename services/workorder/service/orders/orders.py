"""Repair orders by hand: open, move through the shop, settle, deliver, and plan the work."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.errors import Conflict
from chassis.representation import check_version
from services.workorder.domain.inspections.check_rule import HELD_BY_CHECKS
from services.workorder.domain.orders.job import HELD_BY_JOBS
from services.workorder.domain.orders.line import require_plannable
from services.workorder.domain.orders.order import (
    EarlyDeliveryReason,
    Hold,
    Move,
    Progress,
    State,
    advance,
    deliver,
    put_on_hold,
    require_left,
    require_move,
)
from services.workorder.domain.orders.share import require_sound_shares, shares_told
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.domain.upsells.approval import require_call_time
from services.workorder.events import published
from services.workorder.models import OrderApproval, RepairOrder, RepairOrderLine
from services.workorder.repository.history import keep_former
from services.workorder.repository.orders import orders
from services.workorder.repository.orders.numbers import next_number
from services.workorder.schemas.orders.approval import ToldAtDesk
from services.workorder.schemas.orders.orders import DeliverBody, LineCreate, RepairOrderCreate
from services.workorder.service.catalogue.pricing import published_amounts
from services.workorder.service.desk import Desk, given
from services.workorder.service.files.files import require_signature
from services.workorder.service.inspections import checks
from services.workorder.service.money import credit
from services.workorder.service.money.discounts import allow_discounts
from services.workorder.service.orders import consequences, details, line_changes
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import note


async def open_order(desk: Desk, body: RepairOrderCreate) -> RepairOrder:
    opened_at = body.opened_at or desk.now
    day = desk.zone.day(opened_at)
    number = body.number or await next_number(desk.session, RepairOrder, desk.store_id, "RO", day)
    values = given(body, "number", "opened_at", "booked", "jobs", "lines")
    state = State.BOOKED if body.booked else State.CHECKED_IN
    order = RepairOrder(
        store_id=desk.store_id, source=OWN_SOURCE, number=number, opened_at=opened_at, opened_on=day, state=state,
        settled=False, **values,
    )  # fmt: skip
    desk.session.add(order)
    try:
        await desk.session.flush()
    except IntegrityError as error:
        raise Conflict(f"There is an order {number} already", slug="number-taken") from error
    lines = await _with_details(desk, order, body)
    await checks.put_checks(desk.session, desk.store_id, [order.id])
    await published.publish_together(
        desk.session, (published.LINES, [line.id for line in lines]), (published.ORDERS, [order.id])
    )
    return await orders.order_by_id(desk.session, desk.store_id, order.id)


async def _with_details(desk: Desk, order: RepairOrder, body: RepairOrderCreate) -> Sequence[RepairOrderLine]:
    """Jobs before the lines that name them; the first promise begins the history of promises."""
    await note(desk, order.id, "order.opened", state=order.state, promised_at=body.promised_at)
    if body.promised_at is not None:
        await details.keep_promise(desk, order, body.promised_at, None)
    await details.store_jobs(desk, order, body.jobs)
    return await store_lines(desk, order, body.lines, 0, is_upsell=False) if body.lines else []


async def change_order(
    desk: Desk,
    order_id: UUID,
    expected: int,
    what: str,
    moved: Callable[[Progress], Progress],
    *,
    detail: Mapping[str, object] | None = None,
    **facts: object,
) -> RepairOrder:
    """Lock, check the version, ask the domain, keep what was, save, say so; `what` and `detail`: for the timeline."""
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    check_version(order.version, expected)
    after = moved(progress_of(order))
    await keep_former(desk.session, "repair_orders", [order.id])
    order.state, order.hold, order.settled = after.state, after.hold, after.settled
    for name, value in facts.items():
        setattr(order, name, value)
    order.version += 1
    order.updated_at = desk.now
    await desk.session.flush()
    await note(desk, order.id, what, state=order.state, hold=order.hold, **facts, **(detail or {}))
    await published.publish_states(desk.session, published.ORDERS, [order.id])
    await consequences.of_changed_labour(desk.session, orders=[order.id])
    return order


async def move_order(desk: Desk, order_id: UUID, expected: int, move: Move) -> RepairOrder:
    order = await change_order(desk, order_id, expected, "order.moved", lambda progress: advance(progress, move))
    if move in HELD_BY_JOBS:
        await details.require_jobs_finished(desk, order.id)
    if move is Move.CHECK_IN:
        await checks.put_checks(desk.session, desk.store_id, [order.id], desk.today)
    if move in HELD_BY_CHECKS:
        await checks.require_checks_settled(desk.session, desk.store_id, order.id)
    return order


async def approve_order(desk: Desk, order_id: UUID, expected: int, body: ToldAtDesk) -> RepairOrder:
    """How the customer agreed is kept before the order tells of it; what its lines bring in now is agreed with it."""
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    check_version(order.version, expected)
    require_move(progress_of(order), Move.APPROVE)
    if body.called_at is not None:
        require_call_time(body.called_at, order.opened_at, desk.now)
    await require_signature(desk, order.id, body.signature_id)
    told = given(body)
    desk.session.add(
        OrderApproval(store_id=desk.store_id, order_id=order.id, decided_at=desk.now, taken_by=desk.person, **told)
    )
    await desk.session.flush()
    approved = await change_order(
        desk, order.id, expected, "order.approved", lambda progress: advance(progress, Move.APPROVE), detail=told
    )
    await line_changes.agree_on_lines(desk, order.id)
    return approved


async def hold_order(desk: Desk, order_id: UUID, expected: int, hold: Hold) -> RepairOrder:
    return await change_order(desk, order_id, expected, "order.held", lambda progress: put_on_hold(progress, hold))


async def cancel_order(desk: Desk, order_id: UUID, expected: int, reason: str) -> RepairOrder:
    return await change_order(
        desk, order_id, expected, "order.cancelled", lambda progress: advance(progress, Move.CANCEL),
        cancellation_reason=reason,
    )  # fmt: skip


async def deliver_order(desk: Desk, order_id: UUID, expected: int, body: DeliverBody) -> RepairOrder:
    left_at = body.left_at or desk.now
    require_left(left_at, desk.now)
    reason: EarlyDeliveryReason | None = body.reason
    order = await change_order(
        desk,
        order_id,
        expected,
        "order.delivered",
        lambda progress: deliver(progress, reason),
        left_at=left_at,
        left_on=desk.zone.day(left_at),
        early_delivery_reason=reason,
    )
    if reason is EarlyDeliveryReason.CREDIT and not order.settled:
        await credit.leave_on_credit(desk, order, body.credit_override)
    return order


async def add_lines(desk: Desk, order_id: UUID, lines: Sequence[LineCreate]) -> Sequence[RepairOrderLine]:
    """Plan the order's own work; all its lines come back."""
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    require_plannable(progress_of(order))
    added = await store_lines(desk, order, lines, is_upsell=False)
    await note(desk, order.id, "lines.added", lines=[line.line_number for line in added])
    await published.publish_states(desk.session, published.LINES, [line.id for line in added])
    return await orders.lines_of(desk.session, desk.store_id, order.id)


async def store_lines(
    desk: Desk,
    order: RepairOrder,
    lines: Sequence[LineCreate],
    after: int | None = None,
    bases: Sequence[Mapping[str, object] | None] = (),
    /,
    **shared: object,
) -> list[RepairOrderLine]:
    """Lines numbered on from `after`, or from the order's last; it is locked, so nobody else takes them. `bases`: how
    the catalogue priced each."""
    require_sound_shares([(f"/lines/{at}", line.payer, line.amount, line.shares) for at, line in enumerate(lines)])
    jobs = await details.jobs_named(desk, order, [line.job_number for line in lines])
    if after is None:
        after = await orders.last_line_number(desk.session, desk.store_id, order.id)
    priced = bases or [None] * len(lines)
    by_hand = [line for line, basis in zip(lines, priced, strict=True) if basis is None]
    asked = iter(await published_amounts(desk, order, by_hand))
    rows = [
        {
            "store_id": desk.store_id, "source": OWN_SOURCE, "order_id": order.id, "line_number": number,
            "shares": shares_told(line.shares), "job_id": jobs.get(line.job_number), "price_basis": basis,
            "published_amount": None if basis else next(asked), **given(line, "shares", "job_number"), **shared,
        }
        for number, (line, basis) in enumerate(zip(lines, priced, strict=True), start=after + 1)
    ]  # fmt: skip
    added = await orders.add_lines(desk.session, rows)
    await allow_discounts(desk, order.id, [(f"/lines/{at}/amount", line) for at, line in enumerate(added)])
    return added
