"""Warranty claims: draft, send, take in the maker's answer, send again, write off. The order is locked throughout."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chassis.representation import check_version
from services.workorder.domain.money.cash import require_day_begun
from services.workorder.domain.money.claim import (
    Answer,
    ClaimMove,
    ClaimState,
    after,
    left_of,
    pay,
    require_claimable,
    require_work_done,
)
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.events import published
from services.workorder.models import Claim, ClaimAnswer, ClaimLine, Reimbursement, RepairOrder
from services.workorder.repository.history import keep_former
from services.workorder.repository.money import claims, money
from services.workorder.repository.orders import orders
from services.workorder.repository.orders.numbers import next_number
from services.workorder.schemas.money.claims import ClaimCreate, ClaimPaid, ClaimSent
from services.workorder.service.desk import Desk
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import note


async def draft_claim(desk: Desk, order_id: UUID, body: ClaimCreate) -> Claim:
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    wanted = [(line.line_number, line.amount) for line in body.lines]
    found = await _claimable(desk, order, wanted)
    number = await next_number(desk.session, Claim, desk.store_id, "WC", desk.today)
    claim = Claim(
        store_id=desk.store_id, source=OWN_SOURCE, order_id=order.id, number=number, state=ClaimState.DRAFT, round=0,
        note=body.note, created_at=desk.now, updated_at=desk.now,
    )  # fmt: skip
    desk.session.add(claim)
    await desk.session.flush()
    for line, amount in wanted:
        line_id, name, _ = found[line]
        desk.session.add(
            ClaimLine(
                store_id=desk.store_id, claim_id=claim.id, line_id=line_id, line_number=line, name=name, claimed=amount
            )
        )
    await desk.session.flush()
    return await _told(desk, claim)


async def _claimable(desk: Desk, order: RepairOrder, wanted: list[Any], but: UUID | None = None) -> Mapping[int, Any]:
    lines = await orders.lines_of(desk.session, desk.store_id, order.id)
    found = await claims.claimable(desk.session, lines, but)
    require_claimable(progress_of(order), wanted, {line: share for line, (_, _, share) in found.items()})
    return found


async def send_claim(desk: Desk, claim_id: UUID, expected: int, body: ClaimSent) -> Claim:
    """What is claimed is held against the lines as they are now."""
    claim, order = await _held(desk, claim_id, expected)
    after(ClaimState(claim.state), ClaimMove.SEND)
    require_work_done(progress_of(order))
    await _claimable(desk, order, [(line.line_number, line.claimed) for line in claim.lines], claim.id)
    return await _moved(
        desk, claim, after(ClaimState(claim.state), ClaimMove.SEND), round=1, maker_number=body.maker_number,
        sent_on=body.sent_on or desk.today,
    )  # fmt: skip


async def resubmit_claim(desk: Desk, claim_id: UUID, expected: int, body: ClaimSent) -> Claim:
    claim, _ = await _held(desk, claim_id, expected)
    state = after(ClaimState(claim.state), ClaimMove.RESUBMIT)
    return await _moved(
        desk, claim, state, round=claim.round + 1, maker_number=body.maker_number, sent_on=body.sent_on or desk.today,
        answered_on=None,
    )  # fmt: skip


async def end_claim(desk: Desk, claim_id: UUID, expected: int, move: ClaimMove, reason: str) -> Claim:
    """Withdrawn, refused or written off, and why."""
    claim, _ = await _held(desk, claim_id, expected)
    facts: dict[str, Any] = {"answered_on": desk.today} if move is ClaimMove.REFUSE else {}
    return await _moved(desk, claim, after(ClaimState(claim.state), move), note=reason, **facts)


async def pay_claim(desk: Desk, claim_id: UUID, expected: int, body: ClaimPaid) -> Claim:
    """The maker's money is one reimbursement, and one event of it, for all lines of this round."""
    require_day_begun(body.paid_on, desk.today)
    claim, order = await _held(desk, claim_id, expected)
    answers = [Answer(line.line_number, line.paid, line.reason) for line in body.lines]
    left = left_of(
        {line.line_number: line.claimed for line in claim.lines},
        [(each.line_number, each.paid) for each in claim.answers],
    )
    state = pay(ClaimState(claim.state), left, answers)
    ids = {line.line_number: line.line_id for line in claim.lines}
    desk.session.add_all(
        ClaimAnswer(
            store_id=desk.store_id, claim_id=claim.id, round=claim.round, line_id=ids[each.line],
            line_number=each.line, paid=each.paid, reason=each.reason,
        )
        for each in answers
    )  # fmt: skip
    total = sum(each.paid for each in answers)
    money_in = Reimbursement(
        store_id=desk.store_id, source=OWN_SOURCE, order_id=order.id, paid_on=body.paid_on, amount=total,
        claim_id=claim.id,
    )  # fmt: skip
    money_in.ordinal = await money.next_ordinal(desk.session, money_in)
    desk.session.add(money_in)
    await desk.session.flush()
    await note(desk, order.id, "claim.paid", amount=total, claim=claim.number)
    await published.publish_states(desk.session, published.REIMBURSEMENTS, [money_in.id])
    return await _moved(desk, claim, state, answered_on=body.paid_on)


async def _held(desk: Desk, claim_id: UUID, expected: int) -> tuple[Claim, RepairOrder]:
    found = await claims.claim_by_id(desk.session, desk.store_id, claim_id)
    order = await orders.lock_order(desk.session, desk.store_id, found.order_id)
    claim = await claims.claim_by_id(desk.session, desk.store_id, claim_id)
    check_version(claim.version, expected)
    return claim, order


async def _moved(desk: Desk, claim: Claim, state: ClaimState, **facts: Any) -> Claim:  # noqa: ANN401 - columns
    await keep_former(desk.session, "claims", [claim.id])
    for name, value in {"state": state, **facts}.items():
        setattr(claim, name, value)
    claim.version += 1
    claim.updated_at = desk.now
    await desk.session.flush()
    return await _told(desk, claim)


async def _told(desk: Desk, claim: Claim) -> Claim:
    await note(desk, claim.order_id, "claim.changed", claim=claim.number, state=claim.state, reason=claim.note)
    await published.publish_states(desk.session, published.CLAIMS, [claim.id])
    return await claims.claim_by_id(desk.session, desk.store_id, claim.id)
