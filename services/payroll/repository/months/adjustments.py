"""Shares of teams' pools in a locked run, and the adjustments that move them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric, RowMapping, Select, Text, column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.models import AdjustedShare, Adjustment


async def pool_shares(
    session: AsyncSession, run: UUID, pool: str | None = None, owners: Collection[str] | None = None
) -> Sequence[RowMapping]:
    query, keys = pool_shares_listed(run, pool, owners)
    shares: Sequence[RowMapping] = (await session.execute(query.order_by(*keys))).mappings().all()
    return shares


def pool_shares_listed(
    run: UUID, pool: str | None = None, owners: Collection[str] | None = None
) -> tuple[Select[Any], list[Any]]:
    """What each person of the pools of teams gets now, approved adjustments included; and the keys of the list.

    Who has no share is there with nothing, if he is in the team on the month's last day and not on probation, in which
    nobody is paid commission (一.4). `owners` are the teams.
    """
    asked = _POOL_SHARES.bindparams(run=run, pool=pool, owners=None if owners is None else list(owners))
    words = (column(name, Text) for name in ("pool", "owner", "employee", "name", "clause"))
    rows = asked.columns(*words, column("share", Numeric), column("now", Numeric)).subquery("shares")
    return select(rows), [rows.c.pool, rows.c.owner, rows.c.employee]


_POOL_SHARES = text("""
    WITH paid AS (
        SELECT n.step AS pool, s.input ->> 'reference' AS owner, l.employee, l.name, l.clause, l.amount
        FROM pay_line l
        JOIN (SELECT *, left(node, -1 - length(body ->> 'subject')) AS step FROM trace_node WHERE run_id = :run) n
            ON n.store_id = l.store_id AND n.node = l.node
        CROSS JOIN LATERAL (
            SELECT input FROM jsonb_array_elements(n.body -> 'inputs') input
            WHERE input ->> 'source' = 'split' AND input ->> 'name' = 'pool') s
        WHERE l.run_id = :run AND l.of_month IS NULL AND s.input ->> 'reference' <> ''
          AND (CAST(:pool AS text) IS NULL OR n.step = :pool)
          AND (CAST(:owners AS text[]) IS NULL OR s.input ->> 'reference' = ANY (:owners))
    ), last AS (
        SELECT (to_date(month, 'YYYY-MM') + interval '1 month - 1 day')::date AS day FROM run WHERE id = :run
    ), member AS (
        SELECT e.number, t.team FROM last
        JOIN employee e ON last.day BETWEEN coalesce(e.hired_on, last.day) AND coalesce(e.left_on, last.day)
        JOIN LATERAL (
            SELECT team, probation_until FROM employee_terms t
            WHERE t.store_id = e.store_id AND t.employee = e.number AND t.valid_from <= last.day
            ORDER BY t.valid_from DESC LIMIT 1
        ) t ON t.team IN (SELECT owner FROM paid) AND (t.probation_until >= last.day) IS NOT TRUE
    ), sharer AS (
        SELECT * FROM paid
        UNION ALL
        SELECT DISTINCT p.pool, p.owner, m.number, p.name, p.clause, 0.00 FROM paid p JOIN member m ON m.team = p.owner
        WHERE NOT EXISTS (SELECT FROM paid q WHERE (q.pool, q.owner, q.employee) = (p.pool, p.owner, m.number))
    )
    SELECT pool, owner, employee, name, clause, amount AS share, amount + coalesce((
            SELECT sum(a.amount) FROM adjustment d
            JOIN adjusted_share a ON a.store_id = d.store_id AND a.adjustment_id = d.id
            WHERE d.run_id = :run AND d.state = 'approved' AND (d.pool, d.owner) = (sharer.pool, sharer.owner)
              AND a.employee = sharer.employee), 0) AS now
    FROM sharer
""")


def adjustments(month: str, owners: Collection[str] | None) -> Select[Any]:
    """Of all pools, or those of some teams."""
    query = select(Adjustment).where(Adjustment.month == month)
    return query if owners is None else query.where(Adjustment.owner.in_(owners))


async def adjustment_of(session: AsyncSession, adjustment: UUID, *, lock: bool = False) -> Adjustment | None:
    query = select(Adjustment).where(Adjustment.id == adjustment)
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    return await session.scalar(query)


async def shares_of(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[AdjustedShare]]:
    query = select(AdjustedShare).where(AdjustedShare.adjustment_id.in_(ids)).order_by(AdjustedShare.employee)
    found: dict[UUID, list[AdjustedShare]] = {each: [] for each in ids}
    for share in await session.scalars(query):
        found[share.adjustment_id].append(share)
    return found


async def adjustments_of_run(session: AsyncSession, run: UUID, *states: str) -> Sequence[Adjustment]:
    query = select(Adjustment).where(Adjustment.run_id == run, Adjustment.state.in_(states))
    return (await session.scalars(query.order_by(Adjustment.id))).all()
