"""What a run is given, read in one snapshot: people as of the month's last day, targets, scores and facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.repository.people.targets import members_of

Columns = Mapping[str, Sequence[Any]]
"""By the names of the columns, in the order of the names of the facts."""
ByOrder = Mapping[str, Mapping[str | None, Any]]
"""What is known of orders: by the name of the column, then by the number of the order."""
OF_ORDER = ("version", "order_kind", "advisor", "opened_on", "settled_on", "left_on", "cancelled")


@dataclass(frozen=True)
class Given:
    """Plain rows, amendments with the plan that they are of; but facts and orders, of which there are many, in columns.

    `waiting` are the facts of the days that name an order which has not arrived; they are not among the facts.
    """

    days: tuple[date, date]
    people: Sequence[RowMapping]
    targets: Sequence[RowMapping]
    members: Sequence[RowMapping]
    scores: Sequence[RowMapping]
    facts: Mapping[str, Columns]
    orders: ByOrder
    amendments: Sequence[RowMapping]
    waiting: int
    cursors: dict[str, str]


async def begin_snapshot(session: AsyncSession) -> datetime:
    """Every later statement of the transaction sees the same state, of the time that is given; must come first."""
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    at: datetime = await session.scalar(text("SELECT clock_timestamp()"))
    return at


async def given_for(
    session: AsyncSession, store: UUID, month: str, days: tuple[date, date], plans: Sequence[UUID]
) -> Given:
    """The month's targets and scores, people as of the last day, and values set beside the texts of the plans.

    Facts are those with a day of their own, or of their order, from the first to the last day: the plan chooses.
    """
    first, last = days
    month_days = (last.replace(day=1), last)
    people = await session.execute(_PEOPLE, {"day": last})
    targets = (await session.execute(_TARGETS, {"month": month})).mappings().all()
    signers = {row["signed_by"] for row in targets if row["signed_by"] is not None}
    scores = await session.execute(_SCORES, {"month": month})
    amendments = await session.execute(_AMENDMENTS, {"plans": list(plans)})
    cursors = await session.execute(text("SELECT source, cursor FROM feed_cursor ORDER BY source"))
    facts, orders, waiting = await _facts_and_orders(session, store, first, last)
    return Given(
        days,
        people.mappings().all(),
        targets,
        await members_of(session, signers, month_days),
        scores.mappings().all(),
        facts,
        orders,
        amendments.mappings().all(),
        waiting,
        {row.source: row.cursor for row in cursors},
    )


async def _facts_and_orders(
    session: AsyncSession, store: UUID, first: date, last: date
) -> tuple[Mapping[str, Columns], ByOrder, int]:
    """From the driver itself, for a month of a large store is tens of thousands of rows; and how many facts wait."""
    connection: Any = (await (await session.connection()).get_raw_connection()).driver_connection
    orders = await connection.fetch(_ORDERS_OF_DAYS, store, first, last)
    numbers = {row["order_number"] for row in orders}
    rows = await connection.fetch(_FACTS, store, first, last, list(numbers))
    if others := {row["order_number"] for row in rows} - numbers - {None}:
        orders += await connection.fetch(_ORDERS_NAMED, store, list(others))
        numbers = {row["order_number"] for row in orders}
    facts = [row for row in rows if row["order_number"] is None or row["order_number"] in numbers]
    by_kind = groupby(sorted(facts, key=itemgetter("name")), itemgetter("kind"))
    return {kind: _columns(list(alike)) for kind, alike in by_kind}, _by_order(orders), len(rows) - len(facts)


def _columns(rows: Sequence[asyncpg.Record]) -> Columns:
    return dict(zip(rows[0].keys(), zip(*rows, strict=True), strict=True))


def _by_order(orders: Sequence[asyncpg.Record]) -> ByOrder:
    numbers = [row["order_number"] for row in orders]
    return {name: dict(zip(numbers, map(itemgetter(name), orders), strict=True)) for name in OF_ORDER}


_PEOPLE = text("""
    SELECT e.number, e.name, t.post, t.team, t.coefficient, coalesce(t.probation_until >= :day, false) AS on_probation
    FROM employee e
    JOIN LATERAL (
        SELECT * FROM employee_terms t
        WHERE t.store_id = e.store_id AND t.employee = e.number AND t.valid_from <= :day
        ORDER BY t.valid_from DESC LIMIT 1
    ) t ON true
    WHERE :day BETWEEN coalesce(e.hired_on, :day) AND coalesce(e.left_on, :day)
    ORDER BY e.number
""")
_TARGETS = text("""
    SELECT scope, subject, metric, value, weight, signed_on, signed_by, version FROM target WHERE month = :month
    UNION ALL
    SELECT t.scope, t.subject, t.metric, CAST(h.state ->> 'value' AS numeric),
           coalesce(CAST(h.state ->> 'weight' AS numeric), 1), CAST(h.state ->> 'signed_on' AS date),
           h.state ->> 'signed_by', h.version
    FROM target t JOIN target_history h ON h.store_id = t.store_id AND h.target_id = t.id
    WHERE t.month = :month AND h.state ->> 'signed_by' IS NOT NULL
    ORDER BY scope, subject, metric, version DESC
""")
"""Each target in its present version, followed by those of before that were signed."""
_SCORES = text("SELECT employee, score FROM review_score WHERE month = :month ORDER BY employee")
_AMENDMENTS = text("""
    SELECT plan_id, statement, number, hash FROM plan_parameter
    WHERE plan_id = ANY (:plans) AND status = 'approved'
    ORDER BY name, number
""")
_FACTS = """
    SELECT id, kind, kind || ':' || subject AS name, version, person, team, occurred_on, amount, hours,
           CASE WHEN kind <> 'order' THEN attributes::text END AS attributes, order_number
    FROM fact WHERE store_id = $1 AND (occurred_on BETWEEN $2 AND $3 OR order_number = ANY ($4::text[]))
"""
_ORDERS = """
    SELECT number AS order_number, version, kind AS order_kind, advisor, opened_on, settled_on, left_on, cancelled
    FROM order_copy WHERE store_id = $1
"""
_ORDERS_OF_DAYS = f"""{_ORDERS} AND (
    settled_on BETWEEN $2 AND $3 OR left_on BETWEEN $2 AND $3 OR opened_on BETWEEN $2 AND $3)"""
_ORDERS_NAMED = f"{_ORDERS} AND number = ANY ($2::text[])"
