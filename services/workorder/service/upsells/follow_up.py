"""Refused work by hand: another date, closing it, and offering it again on a later order of the same car."""

from uuid import UUID

from chassis.representation import check_version
from services.workorder.domain.orders.order import State
from services.workorder.domain.orders.share import shares_read
from services.workorder.domain.upsells.finding import Origin, origin_of
from services.workorder.domain.upsells.follow_up import (
    ClosingReason,
    OfferedAgain,
    RefusedWork,
    require_follow_up,
    require_open,
    require_revivable,
)
from services.workorder.domain.upsells.upsell import Stage, UpsellSource, require_open_to_work
from services.workorder.events import published
from services.workorder.models import RepairOrder, RepairOrderLine, Upsell
from services.workorder.repository.history import keep_former
from services.workorder.repository.orders import orders
from services.workorder.repository.upsells import upsells
from services.workorder.schemas.orders.orders import LineCreate
from services.workorder.schemas.upsells.follow_up import CloseBody, FollowUpUpdate, ReviveBody
from services.workorder.service.desk import Desk
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import changes_told, note
from services.workorder.service.upsells.findings import finding_behind, origin_told_by
from services.workorder.service.upsells.quotes import decision_of
from services.workorder.service.upsells.upsells import Proposed, add_upsell

_SAME = ("kind", "code", "name", "standard_hours", "quantity", "list_price", "amount", "payer", "origin")


def refused_work(upsell: Upsell) -> RefusedWork:
    later = upsell.again
    return RefusedWork(
        decision_of(upsell), State(upsell.order.state), upsell.order.vin, upsell.operation_code,
        closed=ClosingReason(upsell.closed_reason) if upsell.closed_reason else None,
        again=OfferedAgain(later.id, later.number, decision_of(later)) if later else None,
    )  # fmt: skip


async def change_follow_up(desk: Desk, upsell_id: UUID, expected: int, body: FollowUpUpdate) -> Upsell:
    upsell = await _lock_open(desk, upsell_id, expected)
    require_follow_up(None, body.priority, body.follow_up_on, desk.today)
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    await note(desk, upsell.order_id, "upsell.followed_up", number=upsell.number, **changes_told(changes))
    return await _changed(desk, upsell, changes)


async def close_work(desk: Desk, upsell_id: UUID, expected: int, body: CloseBody) -> Upsell:
    upsell = await _lock_open(desk, upsell_id, expected)
    told = {"closed_reason": body.reason, "closed_note": body.note}
    await note(desk, upsell.order_id, "upsell.closed", number=upsell.number, reason=body.reason)
    return await _changed(desk, upsell, {**told, "closed_by": desk.person, "closed_at": desk.now})


async def _lock_open(desk: Desk, upsell_id: UUID, expected: int) -> Upsell:
    """Its order is locked before it, as everywhere; what it became meanwhile is read after that."""
    found = await upsells.upsell_by_id(desk.session, desk.store_id, upsell_id)
    await orders.lock_order(desk.session, desk.store_id, found.order_id)
    upsell = await upsells.upsell_by_id(desk.session, desk.store_id, upsell_id, lock=True)
    check_version(upsell.version, expected)
    require_open(refused_work(upsell))
    return upsell


async def _changed(desk: Desk, upsell: Upsell, changes: dict[str, object]) -> Upsell:
    await keep_former(desk.session, "upsells", [upsell.id])
    for name, value in changes.items():
        setattr(upsell, name, value)
    upsell.version += 1
    upsell.updated_at = desk.now
    await desk.session.flush()
    await published.publish_states(desk.session, published.UPSELLS, [upsell.id])
    return upsell


async def revive(desk: Desk, upsell_id: UUID, body: ReviveBody) -> Upsell:
    """Of two who offer it again at once the second is told of the first: both hold the former order, in turn.

    Orders are locked in the order of their ids, and before their upsells.
    """
    found = await upsells.upsell_by_id(desk.session, desk.store_id, upsell_id)
    both = sorted({body.order_id, found.order_id})
    held = {each: await orders.lock_order(desk.session, desk.store_id, each) for each in both}
    order = held[body.order_id]
    require_open_to_work(progress_of(order))
    former = await upsells.upsell_by_id(desk.session, desk.store_id, upsell_id, lock=True)
    require_revivable(refused_work(former), order.vin, body.lines[0].code if body.lines else None)
    proposed = await _proposed(desk, order, former, body)
    again = await add_upsell(desk, order, proposed, revived_from=former.id)
    await note(desk, former.order_id, "upsell.revived", number=former.number, revived_as=again.number)
    return again


async def _proposed(desk: Desk, order: RepairOrder, former: Upsell, body: ReviveBody) -> Proposed:
    finding = await finding_behind(desk, order, body.finding_id)
    if finding is None:
        source = UpsellSource(former.upsell_source) if former.upsell_source else UpsellSource.INCIDENTAL
        origin = Origin(source, body.stage or Stage.RECEPTION, body.finder or former.finder or desk.person)
    else:
        origin = origin_of(Origin(None, body.stage, body.finder), origin_told_by(finding))
    lines = body.lines or [
        _as_before(line) for line in await orders.lines_of(desk.session, desk.store_id, former.order_id, former.id)
    ]
    return Proposed(origin, lines, finding)


def _as_before(line: RepairOrderLine) -> LineCreate:
    """As it was taken in once, so not checked anew; whose work it becomes is open."""
    shares = shares_read(line.shares)
    told = {name: getattr(line, name) for name in _SAME}
    return LineCreate.model_construct(**told, shares=dict(shares) if shares else None)
