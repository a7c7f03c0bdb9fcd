"""What an explanation rests on: the nodes below a step in one walk, and the plans that they were made with."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.models import FACT_USE, TraceNode
from services.payroll.repository.runs.reach import LEADS_ON


@dataclass(frozen=True)
class Below:
    """From which nodes, whose own part of totals, how deep and how many in all."""

    starts: Sequence[str]
    employee: str
    depth: int
    most: int


async def nodes_below(session: AsyncSession, run: UUID, asked: Below) -> Mapping[str, Mapping[str, Any]]:
    """Some nodes and what they rest on, the nearest first; of a total the employee's own part alone."""
    rows = await session.execute(_NODES_BELOW, {"run": run, **asdict(asked)})
    return {row.node: row.body for row in rows}


_NODES_BELOW = text(f"""
    WITH RECURSIVE reached (node, depth) AS (
        SELECT unnest(CAST(:starts AS text[])), 0
        UNION
        SELECT next.node, r.depth + 1
        FROM reached r JOIN trace_node n ON n.run_id = :run AND n.node = r.node {LEADS_ON}
        WHERE r.depth < :depth AND next.node IS NOT NULL
    ), nearest AS (
        SELECT node, min(depth) AS depth FROM reached GROUP BY node ORDER BY min(depth), node LIMIT :most
    )
    SELECT n.node, n.body
    FROM nearest r JOIN trace_node n ON n.run_id = :run AND n.node = r.node
    ORDER BY r.depth, n.ordinal
""")  # noqa: S608 - composed of constants


async def nodes_named(session: AsyncSession, run: UUID, names: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    query = select(TraceNode.node, TraceNode.body).where(TraceNode.run_id == run, TraceNode.node.in_(names))
    return {row.node: row.body for row in await session.execute(query)}


async def plans_behind(session: AsyncSession, run: UUID) -> Sequence[RowMapping]:
    """The plans of a run, and those of the closed months that it corrects, with the values set beside each."""
    return (await session.execute(_PLANS_BEHIND, {"run": run})).mappings().all()


_PLANS_BEHIND = text("""
    WITH plans AS (
        SELECT plan_id AS id, 0 AS place FROM run WHERE id = :run
        UNION
        SELECT CAST(kept ->> 'plan_id' AS uuid), CASE WHEN kept ->> 'of_month' IS NULL THEN 0 ELSE 1 END
        FROM run CROSS JOIN jsonb_array_elements(plans) kept WHERE id = :run
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


def uses_of(run: UUID, node: str, selection: int | None) -> Select[Any]:
    """Which facts a node counted, of one of its selections or of all, each in which version of it and of its order."""
    use = FACT_USE.c
    query = select(use.node, use.selection, use.fact_id, use.version, use.order_version)
    query = query.where(use.run_id == run, use.node == node)
    return query if selection is None else query.where(use.selection == selection)


async def first_uses(session: AsyncSession, run: UUID, nodes: Sequence[str], most: int) -> Sequence[Row[Any]]:
    """Of each node the first facts that it counted, by their orders."""
    return (await session.execute(_FIRST_USES, {"run": run, "nodes": list(nodes), "most": most})).all()


_FIRST_USES = text("""
    SELECT node, selection, fact_id, version, order_version FROM (
        SELECT u.node, u.selection, u.fact_id, u.version, u.order_version,
               row_number() OVER (PARTITION BY u.node ORDER BY u.selection, f.order_number, f.kind, f.subject) AS place
        FROM fact_use u JOIN fact f ON f.store_id = u.store_id AND f.id = u.fact_id
        WHERE u.run_id = :run AND u.node = ANY(:nodes)
    ) counted WHERE place <= :most ORDER BY node, place
""")


async def facts_of(session: AsyncSession, uses: Sequence[Row[Any]]) -> Sequence[RowMapping]:
    """Facts that nodes counted, in the order of `uses`: as they were counted, and (`now_…`) as they are."""
    asked = {
        "nodes": [use.node for use in uses],
        "selections": [use.selection for use in uses],
        "facts": [use.fact_id for use in uses],
        "versions": [use.version for use in uses],
        "order_versions": [use.order_version for use in uses],
    }
    return (await session.execute(_FACTS_OF, asked)).mappings().all()


_FACTS_OF = text("""
    SELECT u.node, u.selection, u.fact_id, f.kind, f.kind || ':' || f.subject AS name, f.subject, f.source,
           u.version, u.order_version, f.version AS now_version, o.version AS now_order_version,
           CASE WHEN h.version IS NULL THEN f.order_number ELSE h.state ->> 'order_number' END AS order_number,
           CASE WHEN h.version IS NULL THEN f.person ELSE h.state ->> 'person' END AS person,
           CASE WHEN h.version IS NULL THEN f.team ELSE h.state ->> 'team' END AS team,
           CASE WHEN h.version IS NULL THEN f.occurred_on ELSE (h.state ->> 'occurred_on')::date END AS occurred_on,
           CASE WHEN h.version IS NULL THEN f.amount ELSE (h.state ->> 'amount')::numeric END AS amount,
           CASE WHEN h.version IS NULL THEN f.hours ELSE (h.state ->> 'hours')::numeric END AS hours,
           CASE WHEN h.version IS NULL THEN f.attributes ELSE h.state -> 'attributes' END::text AS attributes,
           coalesce(wh.state -> 'attributes', w.attributes) AS of_order,
           f.order_number AS now_order_number, f.person AS now_person, f.team AS now_team,
           f.occurred_on AS now_occurred_on, f.amount AS now_amount, f.hours AS now_hours,
           f.attributes::text AS now_attributes, o.attributes AS now_of_order
    FROM unnest(CAST(:nodes AS text[]), CAST(:selections AS int[]), CAST(:facts AS uuid[]), CAST(:versions AS int[]),
        CAST(:order_versions AS int[])) WITH ORDINALITY
        AS u (node, selection, fact_id, version, order_version, place)
    JOIN fact f ON f.id = u.fact_id
    LEFT JOIN fact_history h ON h.store_id = f.store_id AND h.kind = f.kind AND h.subject = f.subject
        AND h.version = u.version
    LEFT JOIN fact o ON o.store_id = f.store_id AND o.kind = 'order' AND o.subject = f.order_number
    LEFT JOIN fact w ON w.store_id = f.store_id AND w.kind = 'order'
        AND w.subject = coalesce(h.state ->> 'order_number', f.order_number)
    LEFT JOIN fact_history wh ON wh.store_id = f.store_id AND wh.kind = 'order' AND wh.subject = w.subject
        AND wh.version = u.order_version
    ORDER BY u.place
""")
