"""What has become known of closed months since the runs that they were closed on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.month import Month
from services.payroll.models import PayMonth, Run


async def closed_before(session: AsyncSession, month: str, since: str) -> Sequence[Run]:
    """The runs that the closed months before a month were closed on, the oldest first."""
    query = select(Run).join(PayMonth, (Run.store_id == PayMonth.store_id) & (Run.id == PayMonth.run_id))
    query = query.where(PayMonth.state == "closed", PayMonth.month < month, PayMonth.month >= since)
    return (await session.scalars(query.order_by(PayMonth.month))).all()


async def retold(session: AsyncSession, runs: Sequence[Run]) -> Mapping[str, datetime]:
    """By month: when of a fact or an order that had a day in it the last version came, after the first of these runs.

    By now it may be of another month, or of none: then nothing in the month itself tells of it, whichever run, of the
    month or with a correction of it, has counted it there.
    """
    since = min((_seen_until(run) for run in runs), default=None)
    rows = [] if since is None else (await session.execute(_RETOLD, {"since": since})).all()
    return {row.month: row.at for row in rows}


_RETOLD = text("""
    SELECT left(day, 7) AS month, max(f.received_at) AS at
    FROM fact f JOIN fact_history h ON h.store_id = f.store_id AND h.kind = f.kind AND h.subject = f.subject
    CROSS JOIN LATERAL (VALUES (h.state ->> 'occurred_on'), (h.state -> 'attributes' ->> 'settled_on'),
        (h.state -> 'attributes' ->> 'left_on')) told (day)
    WHERE f.received_at > :since AND day IS NOT NULL
    GROUP BY 1
""")


async def changed_since(
    session: AsyncSession, run: Run, days: tuple[date, date], retold: Mapping[str, datetime]
) -> bool:
    """Whether anything that a run rests on, or would now, is not what it was: facts, orders, people, targets, scores.

    Of people who were changed: whether they were, or are, there on the last day after one of the changes and not after
    another.
    """
    since = _seen_until(run)
    if any(str(Month.of(day)) in retold and retold[str(Month.of(day))] > since for day in days):
        return True
    asked = {"month": run.month, "since": since, "first": days[0], "last": days[1]}
    return bool(await session.scalar(_CHANGED, asked))


def _seen_until(run: Run) -> datetime:
    """A little before it began: what was under way then has an earlier time and was not seen."""
    return (run.started_at or run.created_at) - _UNDER_WAY


_UNDER_WAY = timedelta(minutes=1)
_CHANGED = text("""
    SELECT EXISTS (
        SELECT FROM fact f WHERE f.occurred_on BETWEEN :first AND :last AND f.received_at > :since
    ) OR EXISTS (
        SELECT FROM order_copy c JOIN fact f ON f.store_id = c.store_id AND f.order_number = c.number
        WHERE (c.settled_on BETWEEN :first AND :last OR c.left_on BETWEEN :first AND :last
                OR c.opened_on BETWEEN :first AND :last) AND f.received_at > :since
    ) OR EXISTS (
        SELECT FROM fact f
        JOIN fact o ON o.store_id = f.store_id AND o.kind = 'order' AND o.subject = f.order_number
        WHERE f.occurred_on BETWEEN :first AND :last AND o.received_at > :since
    ) OR EXISTS (
        SELECT FROM employee_terms t WHERE t.updated_at > :since AND t.valid_from <= :last
    ) OR EXISTS (
        SELECT FROM employee e WHERE e.updated_at > :since AND 1 < (
            SELECT count(DISTINCT :last BETWEEN coalesce(hired_on, :last) AND coalesce(left_on, :last)) FROM (
                SELECT e.hired_on, e.left_on
                UNION ALL
                SELECT CAST(h.state ->> 'hired_on' AS date), CAST(h.state ->> 'left_on' AS date)
                FROM employee_history h
                WHERE h.store_id = e.store_id AND h.number = e.number AND h.replaced_at > :since) known)
    ) OR EXISTS (
        SELECT FROM target t WHERE t.month = :month AND t.updated_at > :since
    ) OR EXISTS (
        SELECT FROM review_score s WHERE s.month = :month AND s.updated_at > :since
    )
""")
