"""Upsells by hand: propose work found on a car, and enter what the customer says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from chassis.representation import check_version
from services.workorder.domain.orders.line import Authorisation
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.domain.upsells.approval import Choice, require_told_in_person
from services.workorder.domain.upsells.finding import Origin, origin_of
from services.workorder.domain.upsells.follow_up import require_follow_up
from services.workorder.domain.upsells.upsell import decide, require_open_to_work, upsell_number
from services.workorder.events import published
from services.workorder.models import Finding, RepairOrder, Upsell
from services.workorder.repository.orders import orders
from services.workorder.repository.upsells import upsells
from services.workorder.schemas.orders.orders import LineCreate
from services.workorder.schemas.upsells.upsells import DecisionBody, UpsellCreate
from services.workorder.service.catalogue.priced_lines import priced_by_catalogue
from services.workorder.service.desk import Desk
from services.workorder.service.files.files import require_signature
from services.workorder.service.orders.orders import store_lines
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import note
from services.workorder.service.risk.risk_reviews import plan_review
from services.workorder.service.upsells import approvals
from services.workorder.service.upsells.decisions import Said, enter_decisions
from services.workorder.service.upsells.findings import finding_behind, origin_told_by
from services.workorder.service.upsells.quotes import decision_of
from services.workorder.service.upsells.related_work import call_for_related


@dataclass(frozen=True)
class Proposed:
    """Work that is offered, where it came from, and the finding behind it when there is one. `bases`: how the catalogue
    priced each line, where it did."""

    origin: Origin
    lines: Sequence[LineCreate]
    finding: Finding | None
    bases: Sequence[Mapping[str, object] | None] = ()


async def propose(desk: Desk, order_id: UUID, body: UpsellCreate) -> Upsell:
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    require_open_to_work(progress_of(order))
    finding = await finding_behind(desk, order, body.finding_id)
    origin = origin_of(Origin(body.source, body.stage, body.finder), origin_told_by(finding))
    if body.items is None:
        work = Proposed(origin, body.lines or (), finding)
    else:
        lines = await priced_by_catalogue(desk, order, body.items, body.engine)
        work = Proposed(origin, [line.body for line in lines], finding, [line.basis for line in lines])
    upsell = await add_upsell(desk, order, work)
    await plan_review(desk.session, desk.store, desk.now)
    return upsell


async def add_upsell(desk: Desk, order: RepairOrder, work: Proposed, revived_from: UUID | None = None) -> Upsell:
    """The order is locked and takes work."""
    found = {"stage": work.origin.stage, "finder": work.origin.finder, "upsell_source": work.origin.source}
    proposed = {"is_upsell": True, "authorisation": Authorisation.PROPOSED, **found}
    lines = await store_lines(desk, order, work.lines, None, work.bases, **proposed)
    upsell = Upsell(
        store_id=desk.store_id, source=OWN_SOURCE, order_id=order.id,
        number=upsell_number(order.number, lines[0].line_number), operation_code=lines[0].code,
        operation_name=lines[0].name, line_numbers=[line.line_number for line in lines],
        amount=sum((line.amount for line in lines), Decimal(0)), finding_id=work.finding and work.finding.id,
        revived_from=revived_from, **found,
    )  # fmt: skip
    desk.session.add(upsell)
    await desk.session.flush()
    for line in lines:
        line.upsell_id = upsell.id
    await desk.session.flush()
    await call_for_related(desk, work.finding)
    told = {"number": upsell.number, "name": upsell.operation_name, "amount": upsell.amount}
    await note(desk, order.id, "upsell.proposed", **told, revived_from=revived_from)
    await published.publish_states(desk.session, published.LINES, [line.id for line in lines])
    await published.publish_states(desk.session, published.UPSELLS, [upsell.id])
    return await upsells.upsell_by_id(desk.session, desk.store_id, upsell.id)


async def decide_upsell(
    desk: Desk, upsell_id: UUID, expected: int, decision: Authorisation, body: DecisionBody
) -> Upsell:
    """The order is locked before its upsell, as everywhere; work is approved only while the car is in the shop."""
    found = await upsells.upsell_by_id(desk.session, desk.store_id, upsell_id)
    order = await orders.lock_order(desk.session, desk.store_id, found.order_id)
    upsell = await upsells.upsell_by_id(desk.session, desk.store_id, upsell_id, lock=True)
    check_version(upsell.version, expected)
    require_follow_up(decision, body.priority, body.follow_up_on, desk.today)
    choice = Choice(upsell.id, decision, body.reason, body.priority, body.follow_up_on)
    said = Said(body.method, body.decided_by or desk.person, desk.now)
    quote = await approvals.quote_of_upsell(desk, upsell, body.quote_id)
    if quote is not None:
        require_told_in_person(said.method)
        await require_signature(desk, order.id, body.signature_id, quote.id)
        taken = approvals.Taken(said, taken_by=desk.person, signature_id=body.signature_id)
        await approvals.take(desk.session, order, quote, [choice], taken)
    else:
        if decision is Authorisation.APPROVED:
            require_open_to_work(progress_of(order))
        decide(decision_of(upsell), decision)
        await enter_decisions(desk.session, order, [choice], said)
    return await upsells.upsell_by_id(desk.session, desk.store_id, upsell_id)
