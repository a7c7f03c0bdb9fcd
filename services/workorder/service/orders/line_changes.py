"""Changes of an order's lines by hand: who pays how much, with the reason; where it belongs; what it costs the shop."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from uuid import UUID

from chassis.errors import Invalid, field_error
from chassis.representation import check_version
from services.workorder.domain.orders.job import require_not_done
from services.workorder.domain.orders.line import Authorisation, Payer
from services.workorder.domain.orders.line_change import LineMoney, LineOfAnotherSystem, require_price_change
from services.workorder.domain.orders.share import require_sound_shares, shares_read, shares_told
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.events import published
from services.workorder.models import LinePriceChange, RepairOrder, RepairOrderLine
from services.workorder.repository.history import keep_former
from services.workorder.repository.orders import lines as repository
from services.workorder.repository.orders import orders
from services.workorder.schemas.orders.order_details import LineCost, LineUpdate
from services.workorder.service.desk import Desk
from services.workorder.service.money.bills import bill_line
from services.workorder.service.money.discounts import allow_discounts
from services.workorder.service.orders import consequences, details
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import note


async def change_line(desk: Desk, order_id: UUID, number: int, expected: int, body: LineUpdate) -> RepairOrderLine:
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    line = await repository.lock_line(desk.session, desk.store_id, order.id, number)
    check_version(line.version, expected)
    require_not_done(progress_of(order))
    jobs = await details.jobs_named(desk, order, [body.job_number], "/job_number")
    await keep_former(desk.session, "repair_order_lines", [line.id])
    before, after = money_of(line), _wished(line, body)
    given = bill_line(line).priced.discount
    if before != after:
        await _change_money(desk, line, before, after, body.reason)
    for name in ("origin", "team", "technician"):
        if (value := getattr(body, name)) is not None:
            setattr(line, name, value)
    line.job_id = jobs.get(body.job_number, line.job_id)
    line.version += 1
    line.updated_at = desk.now
    await desk.session.flush()
    if bill_line(line).priced.discount > given:
        await allow_discounts(desk, order.id, [("/amount", line)])
    await _tell(desk, order, line, before, after)
    return line


async def agree_on_lines(desk: Desk, order_id: UUID) -> None:
    """What the order's own lines bring in now is what the customer agrees to with the order."""
    ids = await repository.lines_to_agree_on(desk.session, desk.store_id, order_id)
    if ids:
        await keep_former(desk.session, "repair_order_lines", ids)
        await repository.agree_on_lines(desk.session, desk.store_id, ids, desk.now)
        await published.publish_states(desk.session, published.LINES, ids)


def money_of(line: RepairOrderLine) -> LineMoney:
    return LineMoney(line.amount, Payer(line.payer), shares_read(line.shares))


def _wished(line: RepairOrderLine, body: LineUpdate) -> LineMoney:
    """Shares hold for the amount and the payer that they were told with."""
    now = money_of(line)
    amount = now.amount if body.amount is None else body.amount
    payer = body.payer or now.payer
    kept = now.shares if (amount, payer) == (now.amount, now.payer) else None
    return LineMoney(amount, payer, body.shares or kept)


async def _change_money(
    desk: Desk, line: RepairOrderLine, before: LineMoney, after: LineMoney, reason: str | None
) -> None:
    if line.source != OWN_SOURCE:
        raise LineOfAnotherSystem(f"It came from {line.source}, whose next export would undo it")
    said = Authorisation(line.authorisation) if line.authorisation else None
    require_sound_shares([("", after.payer, after.amount, after.shares)])
    require_price_change(before, after, said, agreed=line.agreed_amount is not None, reason=reason)
    line.amount, line.payer, line.shares = after.amount, after.payer, shares_told(after.shares)
    desk.session.add(
        LinePriceChange(
            store_id=desk.store_id, line_id=line.id, former_amount=before.amount, amount=after.amount,
            former_shares=shares_told(before.parts), shares=shares_told(after.parts), reason=reason,
            changed_by=desk.person, changed_at=desk.now,
        )
    )  # fmt: skip


async def _tell(desk: Desk, order: RepairOrder, line: RepairOrderLine, before: LineMoney, after: LineMoney) -> None:
    """Events of the line, and of the upsell that it belongs to, whose amount is that of its lines."""
    if before == after:
        await note(desk, order.id, "line.changed", line=line.line_number)
    else:
        told = {"former_amount": before.amount, "amount": after.amount, "customer": after.customer}
        await note(desk, order.id, "line.price_changed", line=line.line_number, **told)
    await published.publish_states(desk.session, published.LINES, [line.id])
    await consequences.of_changed_labour(desk.session, lines=[line.id])
    if line.upsell_id is not None and before.amount != after.amount:
        await keep_former(desk.session, "upsells", [line.upsell_id])
        await repository.sum_upsell(desk.session, desk.store_id, line.upsell_id, desk.now)
        await published.publish_states(desk.session, published.UPSELLS, [line.upsell_id])


async def enter_costs(desk: Desk, order_id: UUID, costs: Sequence[LineCost]) -> None:
    """What lines cost the shop; known late, so also after settlement."""
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    lines = {line.line_number: line for line in await orders.lines_of(desk.session, desk.store_id, order.id)}
    _require_lines(costs, lines)
    wanted: dict[UUID, Decimal] = {lines[told.line_number].id: told.cost for told in costs}
    await keep_former(desk.session, "repair_order_lines", list(wanted))
    await repository.store_costs(desk.session, desk.store_id, wanted, desk.now)
    await note(desk, order.id, "costs.entered", lines=sorted({told.line_number for told in costs}))
    await published.publish_states(desk.session, published.LINES, list(wanted))


def _require_lines(costs: Sequence[LineCost], lines: Collection[int]) -> None:
    """Every cost is of a line of the order, and of another one."""
    numbers = [told.line_number for told in costs]
    errors = [
        field_error(f"/items/{place}/line_number", "line-unknown", f"the order has no line {number}")
        if number not in lines
        else field_error(f"/items/{place}/line_number", "line-twice", f"line {number} is named before")
        for place, number in enumerate(numbers)
        if number not in lines or number in numbers[:place]
    ]
    if errors:
        raise Invalid("Some costs are of lines that the order does not have, or that are named twice", errors=errors)
