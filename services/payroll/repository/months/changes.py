"""What has become known of closed months, and when."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.month import Month
from services.payroll.models import PayMonth, Run


@dataclass(frozen=True)
class Looked:
    """A month, since when what was told may not be in what it pays, and the first and last day that its plans read."""

    month: str
    since: datetime
    days: tuple[date, date]


async def closed_before(session: AsyncSession, month: str, since: str) -> Sequence[Run]:
    """The runs that the closed months before a month were closed on, the oldest first."""
    query = select(Run).join(PayMonth, (Run.store_id == PayMonth.store_id) & (Run.id == PayMonth.run_id))
    query = query.where(PayMonth.state == "closed", PayMonth.month < month, PayMonth.month >= since)
    return (await session.scalars(query.order_by(PayMonth.month))).all()


async def closings(session: AsyncSession, since: str) -> tuple[Sequence[RowMapping], datetime | None]:
    """Of every month that is closed: its run's beginning, its closing and the months corrected; and when one that was
    closed was last opened."""
    opened = await session.scalar(_OPENED)
    return (await session.execute(_CLOSINGS, {"since": since})).mappings().all(), opened


_CLOSINGS = text("""
    SELECT m.month, coalesce(r.started_at, r.created_at) AS begun, s.closed, ARRAY(
        SELECT DISTINCT l.of_month FROM pay_line l
        WHERE l.store_id = m.store_id AND l.run_id = m.run_id AND l.of_month IS NOT NULL) AS corrects
    FROM pay_month m JOIN run r ON r.store_id = m.store_id AND r.id = m.run_id
    CROSS JOIN LATERAL (
        SELECT max(at) AS closed FROM pay_month_step
        WHERE store_id = m.store_id AND month = m.month AND what = 'closed') s
    WHERE m.state = 'closed' AND m.month >= :since
""")
_OPENED = text("""
    SELECT max(at) FROM (
        SELECT at, what, lag(what) OVER (PARTITION BY month ORDER BY at, id) AS before FROM pay_month_step) step
    WHERE what = 'reopened' AND before = 'closed'
""")


async def changed(session: AsyncSession, looked: Collection[Looked]) -> frozenset[str]:
    """The months of which anything that they rest on, or would now, is not what it was: facts and orders that have, or
    had, a day in them, people, targets, scores."""
    if not looked:
        return frozenset()
    since = {each.month: each.since for each in looked}
    told = await _told(session, min(since.values()), max(each.days[1] for each in looked))
    of_facts = {
        each.month
        for each in looked
        if any(told.get(str(Month.of(day)), since[each.month]) > since[each.month] for day in each.days)
    }
    asked = {"months": list(since), "since": list(since.values()), "last": [each.days[1] for each in looked]}
    return frozenset(of_facts.union(await session.scalars(_CHANGED_BESIDE_FACTS, asked)))


async def _told(session: AsyncSession, since: datetime, until: date) -> Mapping[str, datetime]:
    """By month: when the last version came of a fact that has, or had, a day in it, of its own or of its order.

    By now a fact may be of another month or order, or of none: then nothing in the month itself tells of it.
    """
    return {row.month: row.at for row in await session.execute(_TOLD, {"since": since, "until": until})}


_TOLD = text("""
    WITH told AS MATERIALIZED (
        SELECT store_id, kind, subject, order_number, occurred_on, received_at FROM fact WHERE received_at > :since
    ), before AS MATERIALIZED (
        SELECT h.store_id, h.state, t.order_number, t.received_at AS at FROM told t
        JOIN fact_history h ON h.store_id = t.store_id AND h.kind = t.kind AND h.subject = t.subject
    ), of_day (day, at) AS (
        SELECT occurred_on, received_at FROM told
        UNION ALL
        SELECT d.day, t.received_at FROM told t
        JOIN order_copy o ON o.store_id = t.store_id AND o.number = t.order_number
            AND least(o.opened_on, o.settled_on, o.left_on) <= :until
        CROSS JOIN LATERAL (VALUES (o.opened_on), (o.settled_on), (o.left_on)) d (day)
        UNION ALL
        SELECT f.occurred_on, t.received_at FROM told t
        JOIN fact f ON f.store_id = t.store_id AND f.order_number = t.subject AND f.occurred_on <= :until
        WHERE t.kind = 'order'
        UNION ALL
        SELECT CAST(d.day AS date), b.at FROM before b
        CROSS JOIN LATERAL (VALUES (b.state ->> 'occurred_on'), (b.state -> 'attributes' ->> 'settled_on'),
            (b.state -> 'attributes' ->> 'left_on')) d (day)
        UNION ALL
        SELECT d.day, b.at FROM before b
        JOIN order_copy o ON o.store_id = b.store_id AND o.number = b.state ->> 'order_number'
        CROSS JOIN LATERAL (VALUES (o.opened_on), (o.settled_on), (o.left_on)) d (day)
        WHERE b.state ->> 'order_number' IS DISTINCT FROM b.order_number
    )
    SELECT to_char(day, 'YYYY-MM') AS month, max(at) AS at
    FROM (SELECT day, max(at) AS at FROM of_day WHERE day <= :until GROUP BY day) days GROUP BY 1
""")
_CHANGED_BESIDE_FACTS = text("""
    SELECT k.month
    FROM unnest(CAST(:months AS text[]), CAST(:since AS timestamptz[]), CAST(:last AS date[])) k (month, since, last)
    WHERE EXISTS (
        SELECT FROM employee_terms t WHERE t.updated_at > k.since AND t.valid_from <= k.last
    ) OR EXISTS (
        SELECT FROM employee e WHERE e.updated_at > k.since AND 1 < (
            SELECT count(DISTINCT k.last BETWEEN coalesce(hired_on, k.last) AND coalesce(left_on, k.last)) FROM (
                SELECT e.hired_on, e.left_on
                UNION ALL
                SELECT CAST(h.state ->> 'hired_on' AS date), CAST(h.state ->> 'left_on' AS date)
                FROM employee_history h
                WHERE h.store_id = e.store_id AND h.number = e.number AND h.replaced_at > k.since) known)
    ) OR EXISTS (
        SELECT FROM target t WHERE t.month = k.month AND t.updated_at > k.since
    ) OR EXISTS (
        SELECT FROM review_score s WHERE s.month = k.month AND s.updated_at > k.since
    )
""")
"""Of people who were changed: whether they were, or are, there on the last day after one of the changes and not after
another."""
