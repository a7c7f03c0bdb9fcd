"""What of a run's trace is an employee's: the steps that his own pay rests on, or would if he were paid.

Every query takes the run and the employee, and names nodes.
"""

from uuid import UUID

from sqlalchemy import Select, TextualSelect, column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.models import TraceNode

LEADS_ON = """
    CROSS JOIN LATERAL jsonb_array_elements(n.body -> 'inputs') read
    CROSS JOIN LATERAL (
        SELECT CASE WHEN read ->> 'source' IN ('step', 'condition') THEN read ->> 'reference'
            WHEN read ->> 'source' = 'total'
                AND (read -> 'among' @> to_jsonb(CAST(:employee AS text))) IS NOT FALSE THEN (
                SELECT part.node FROM trace_node part
                WHERE part.run_id = :run AND part.node = (read ->> 'reference') || '/' || CAST(:employee AS text)
                  AND part.body ->> 'scope' = 'person')
            END AS node) next"""
"""From a node `n` to the next: to what it read, and of a total to the employee's own part of it, which is a person's
node: a team may be called as an employee is numbered."""

_PAYABLE = """
    plans AS (
        SELECT CAST(kept ->> 'plan_id' AS uuid) AS id, kept ->> 'prefix' AS prefix
        FROM run CROSS JOIN jsonb_array_elements(plans) kept WHERE id = :run AND kept ->> 'of_month' IS NULL
        UNION ALL
        SELECT plan_id, '' FROM run WHERE id = :run AND plans IS NULL
    ), payable AS (
        SELECT n.node, n.ordinal FROM plans JOIN plan p ON p.id = plans.id
        CROSS JOIN LATERAL jsonb_array_elements(p.canonical -> 'payments') pay
        JOIN trace_node n ON n.run_id = :run
            AND n.node = plans.prefix || (pay ->> 'step') || '/' || CAST(:employee AS text)
    )"""
"""His nodes of the steps that the run's plans pay, whether they gave him a line or not."""

_REACHED = f"""
    WITH RECURSIVE {_PAYABLE}, reached (node) AS (
        SELECT node FROM (
            SELECT node FROM pay_line WHERE run_id = :run AND employee = :employee
            UNION SELECT node FROM payable) own
        UNION
        SELECT next.node FROM reached r JOIN trace_node n ON n.run_id = :run AND n.node = r.node {LEADS_ON}
        WHERE next.node IS NOT NULL
    )
    SELECT node FROM reached
"""  # noqa: S608 - composed of constants
_UNPAID = f"""
    WITH {_PAYABLE}
    SELECT node FROM payable
    WHERE NOT EXISTS (SELECT FROM pay_line l WHERE l.run_id = :run AND l.employee = :employee AND l.node = payable.node)
"""  # noqa: S608 - composed of constants


def reached(run: UUID, employee: str) -> TextualSelect:
    """The nodes that his lines rest on, or what he might have been paid."""
    return _nodes(_REACHED, run, employee)


async def rests_on(session: AsyncSession, run: UUID, employee: str, node: str) -> bool:
    found = reached(run, employee).subquery()
    return bool(await session.scalar(select(found.c.node).where(found.c.node == node).limit(1)))


def unpaid(run: UUID, employee: str) -> Select[TraceNode]:
    """His nodes of what the run's plans pay and did not pay him, in their order."""
    found = _nodes(_UNPAID, run, employee).subquery()
    return select(TraceNode).where(TraceNode.run_id == run, TraceNode.node.in_(select(found.c.node)))


def _nodes(query: str, run: UUID, employee: str) -> TextualSelect:
    return text(query).bindparams(run=run, employee=employee).columns(column("node"))
