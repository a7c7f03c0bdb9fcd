"""Refused work: what is still open of it, due first; how one upsell became another; and what became of it all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, Select, and_, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, contains_eager, joinedload

from chassis.errors import NotFound
from services.workorder.domain.orders.order import State
from services.workorder.domain.upsells.follow_up import REFUSED
from services.workorder.models import Finding, Quote, QuoteDecision, QuoteItem, RepairOrder, Upsell
from services.workorder.repository.orders.orders import of_customer
from services.workorder.repository.upsells.upsells import upsells_by_ids

DUE_ON = literal_column("coalesce(upsells.follow_up_on, DATE '9999-12-31')", Date()).label("due_on")
"""The expression that the index of refused work is sorted by."""
_again = aliased(Upsell)


@dataclass(frozen=True)
class OpenWorkFilter:
    """What the worklist is narrowed to. `due_by`: follow-ups up to that day; `not_of`: of other orders than this."""

    due_by: date | None = None
    decision: str | None = None
    priority: str | None = None
    advisor: str | None = None
    customer: str | None = None
    vin: str | None = None
    not_of: UUID | None = None


def open_work(store_id: UUID, wanted: OpenWorkFilter) -> Select[Any]:
    """Refused work that was neither offered again nor closed, with the quote on which it was refused."""
    query = _open_work(store_id)
    for column, value in (
        (Upsell.decision, wanted.decision), (Upsell.priority, wanted.priority),
        (RepairOrder.advisor, wanted.advisor), (RepairOrder.vin, wanted.vin),
    ):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    if wanted.due_by is not None:
        query = query.where(wanted.due_by >= DUE_ON)
    if wanted.customer is not None:
        query = query.where(of_customer(store_id, wanted.customer))
    return query if wanted.not_of is None else query.where(Upsell.order_id != wanted.not_of)


def _open_work(store_id: UUID) -> Select[Any]:
    undecided = and_(Upsell.decision.is_(None), RepairOrder.state == State.CANCELLED)
    again = select(_again.id).where(_again.store_id == Upsell.store_id, _again.revived_from == Upsell.id)
    known = (joinedload(RepairOrder.customer), joinedload(RepairOrder.vehicle))
    return (
        _with_quotes()
        .where(
            Upsell.store_id == store_id,
            Upsell.closed_reason.is_(None),
            Upsell.decision.is_distinct_from("approved"),
            or_(Upsell.decision.in_(REFUSED), undecided),
            ~again.exists(),
        )
        .options(contains_eager(Upsell.order).options(*known))
        .execution_options(populate_existing=True)
    )


def _with_quotes() -> Select[Any]:
    """Upsells beside the decision that holds, when it was made on a quote, what that quote said of them, and the photos
    of what was found."""
    decision, item = QuoteDecision, QuoteItem
    columns: list[Any] = [Upsell, Upsell.id, DUE_ON, Quote.number.label("quote_number")]
    columns += [decision.quote_id, decision.taken_by, item.why, item.if_not_done, Finding.photos]
    return (
        select(*columns)
        .join(Upsell.order)
        .outerjoin(Finding, and_(Finding.store_id == Upsell.store_id, Finding.id == Upsell.finding_id))
        .outerjoin(
            decision,
            and_(
                decision.store_id == Upsell.store_id,
                decision.upsell_id == Upsell.id,
                decision.decision == Upsell.decision,
            ),
        )
        .outerjoin(
            item,
            and_(
                item.store_id == decision.store_id,
                item.quote_id == decision.quote_id,
                item.upsell_id == decision.upsell_id,
            ),
        )
        .outerjoin(Quote, and_(Quote.store_id == decision.store_id, Quote.id == decision.quote_id))
    )


async def open_work_by_id(session: AsyncSession, store_id: UUID, upsell_id: UUID) -> Row[Any]:
    query = _open_work(store_id).where(Upsell.id == upsell_id)
    found: Row[Any] | None = (await session.execute(query)).one_or_none()
    if found is None:
        raise NotFound("There is no such work open")
    return found


async def lineage_of(session: AsyncSession, store_id: UUID, upsell_id: UUID) -> Sequence[Upsell]:
    """The upsells that one became and came from, the first offer first; each is on a later order."""
    ids = list(await session.scalars(_LINEAGE, {"store": store_id, "id": upsell_id}))
    if not ids:
        raise NotFound("There is no such upsell")
    found = {each.id: each for each in await upsells_by_ids(session, store_id, ids)}
    return [found[each] for each in ids]


_LINEAGE = text("""
    WITH RECURSIVE earlier AS (
        SELECT id, revived_from, 0 AS place FROM upsells WHERE store_id = :store AND id = :id
        UNION ALL
        SELECT u.id, u.revived_from, e.place - 1
        FROM earlier e JOIN upsells u ON u.store_id = :store AND u.id = e.revived_from
    ), later AS (
        SELECT id, 0 AS place FROM upsells WHERE store_id = :store AND id = :id
        UNION ALL
        SELECT u.id, l.place + 1 FROM later l JOIN upsells u ON u.store_id = :store AND u.revived_from = l.id
    )
    SELECT id FROM (SELECT id, place FROM earlier UNION SELECT id, place FROM later) chain ORDER BY place
""")


async def outcomes(session: AsyncSession, store_id: UUID, begin: date | None, end: date | None) -> Sequence[Row[Any]]:
    """By decision and reason, the commonest first: work refused on orders opened in the period, and what became of it.

    Converted is what the customer took in the end, after however many offers; `came_again` counts work whose car was
    here once more, whether the work was offered then or not.
    """
    parameters = {"store": store_id, "begin": begin, "end": end, "most": REASONS_AT_MOST}
    return (await session.execute(_OUTCOMES, parameters)).all()


REASONS_AT_MOST = 100
_OUTCOMES = text("""
    WITH RECURSIVE refused AS (
        SELECT u.id, u.decision, u.decision_reason AS reason, u.amount, u.closed_reason, o.vin, o.opened_at, o.id AS oid
        FROM repair_orders o JOIN upsells u ON u.store_id = o.store_id AND u.order_id = o.id
        WHERE o.store_id = :store AND u.decision IN ('declined', 'deferred')
          AND (CAST(:begin AS date) IS NULL OR o.opened_on >= :begin)
          AND (CAST(:end AS date) IS NULL OR o.opened_on <= :end)
    ), offers AS (
        SELECT r.id AS root, u.id, u.decision, u.amount
        FROM refused r JOIN upsells u ON u.store_id = :store AND u.revived_from = r.id
        UNION ALL
        SELECT f.root, u.id, u.decision, u.amount
        FROM offers f JOIN upsells u ON u.store_id = :store AND u.revived_from = f.id
    ), ends AS (
        SELECT root, bool_or(decision = 'approved') AS taken,
            sum(amount) FILTER (WHERE decision = 'approved') AS brought
        FROM offers GROUP BY root
    )
    SELECT r.decision, r.reason, count(*) AS refused, sum(r.amount) AS amount,
        count(*) FILTER (WHERE EXISTS (
            SELECT FROM repair_orders n WHERE n.store_id = :store AND n.vin = r.vin AND n.opened_at > r.opened_at
              AND n.id <> r.oid AND n.state <> 'cancelled')) AS came_again,
        count(e.root) AS offered_again, count(*) FILTER (WHERE e.taken) AS converted,
        coalesce(sum(e.brought), 0) AS converted_amount,
        count(*) FILTER (WHERE e.root IS NULL AND r.closed_reason IS NOT NULL) AS closed,
        count(*) FILTER (WHERE e.root IS NULL AND r.closed_reason IS NULL) AS open
    FROM refused r LEFT JOIN ends e ON e.root = r.id
    GROUP BY r.decision, r.reason ORDER BY count(*) DESC, r.decision, r.reason LIMIT :most
""")
