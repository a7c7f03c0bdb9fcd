"""What an explanation rests on: the nodes below a step in one walk, and the plans that they were made with."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession


async def nodes_below(
    session: AsyncSession, run: UUID, starts: Sequence[str], bounds: tuple[int, int]
) -> Mapping[str, Mapping[str, Any]]:
    """Some nodes and what they rest on, the nearest first, to a depth and in all at most so many."""
    depth, most = bounds
    asked = {"run": run, "starts": list(starts), "depth": depth, "most": most}
    return {row.node: row.body for row in await session.execute(_NODES_BELOW, asked)}


_NODES_BELOW = text("""
    WITH RECURSIVE reached (node, depth) AS (
        SELECT unnest(CAST(:starts AS text[])), 0
        UNION
        SELECT read ->> 'reference', r.depth + 1
        FROM reached r
        JOIN trace_node n ON n.run_id = :run AND n.node = r.node
        CROSS JOIN LATERAL jsonb_array_elements(n.body -> 'inputs') read
        WHERE r.depth < :depth AND read ->> 'source' = 'step'
    ), nearest AS (
        SELECT node, min(depth) AS depth FROM reached GROUP BY node ORDER BY min(depth), node LIMIT :most
    )
    SELECT n.node, n.body
    FROM nearest r JOIN trace_node n ON n.run_id = :run AND n.node = r.node
    ORDER BY r.depth, n.ordinal
""")


async def plans_behind(session: AsyncSession, run: UUID) -> Sequence[RowMapping]:
    """The plan of a run, and those of the closed months that it corrects, with the values set beside each."""
    return (await session.execute(_PLANS_BEHIND, {"run": run})).mappings().all()


_PLANS_BEHIND = text("""
    WITH plans AS (
        SELECT plan_id AS id, 0 AS place FROM run WHERE id = :run
        UNION
        SELECT r.plan_id, 1 FROM pay_month m JOIN run r ON r.store_id = m.store_id AND r.id = m.run_id
        WHERE m.month IN (SELECT of_month FROM pay_line WHERE run_id = :run AND of_month IS NOT NULL)
    )
    SELECT p.id, p.text, (
        SELECT coalesce(json_agg(json_build_object('statement', a.statement, 'number', a.number, 'hash', a.hash)
                                 ORDER BY a.name, a.number), '[]')
        FROM plan_parameter a
        WHERE a.store_id = p.store_id AND a.plan_id = p.id AND a.status = 'approved') AS amendments
    FROM (SELECT id, min(place) AS place FROM plans GROUP BY id) plans JOIN plan p ON p.id = plans.id
    ORDER BY plans.place, p.id
""")
