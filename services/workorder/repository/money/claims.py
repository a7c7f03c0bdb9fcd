"""Claims with their lines and answers, and what the maker pays of an order's lines that no claim has yet."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from chassis.errors import NotFound
from services.workorder.domain.money.claim import ClaimState
from services.workorder.domain.orders.line import Authorisation, Payer, is_work
from services.workorder.domain.orders.share import share_of, shares_read
from services.workorder.models import Claim, ClaimLine, RepairOrderLine


def claims(
    store_id: UUID, state: ClaimState | None = None, sent_before: date | None = None, order: UUID | None = None
) -> Select[Any]:
    query = (
        select(Claim)
        .where(Claim.store_id == store_id)
        .options(joinedload(Claim.order), selectinload(Claim.lines), selectinload(Claim.answers))
        .execution_options(populate_existing=True)
    )
    if state is not None:
        query = query.where(Claim.state == state)
    if sent_before is not None:
        query = query.where(Claim.sent_on < sent_before)
    return query if order is None else query.where(Claim.order_id == order)


async def claim_by_id(session: AsyncSession, store_id: UUID, claim_id: UUID) -> Claim:
    found: Claim | None = (await session.scalars(claims(store_id).where(Claim.id == claim_id))).one_or_none()
    if found is None:
        raise NotFound("There is no such claim")
    return found


async def states_of_order(session: AsyncSession, store_id: UUID, order_id: UUID) -> list[ClaimState]:
    query = select(Claim.state).where(Claim.store_id == store_id, Claim.order_id == order_id)
    return [ClaimState(state) for state in await session.scalars(query)]


async def claimable(
    session: AsyncSession, lines: Sequence[RepairOrderLine], but: UUID | None = None
) -> dict[int, tuple[UUID, str, Decimal]]:
    """By line number: id, name and the maker's part of each line that is work and that no claim has, or only `but`."""
    taken = select(ClaimLine.line_id).join(
        Claim, (Claim.store_id == ClaimLine.store_id) & (Claim.id == ClaimLine.claim_id)
    )
    taken = taken.where(ClaimLine.line_id.in_([line.id for line in lines]), Claim.state != ClaimState.WITHDRAWN)
    if but is not None:
        taken = taken.where(Claim.id != but)
    elsewhere = set(await session.scalars(taken))
    found = {line.line_number: (line.id, line.name, _makers_part(line)) for line in lines if line.id not in elsewhere}
    return {number: each for number, each in found.items() if each[2] > 0}


def _makers_part(line: RepairOrderLine) -> Decimal:
    if not is_work(Authorisation(line.authorisation) if line.authorisation else None):
        return Decimal(0)
    return share_of(Payer.MAKER, Payer(line.payer), line.amount, shares_read(line.shares))
