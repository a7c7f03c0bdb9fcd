"""Runs, their lines, traces and the facts that they counted."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, Select, Subquery, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from chassis.database import copy_rows
from services.payroll.models import PayLine, Plan, Run, TraceNode

LINE_COLUMNS = (
    "store_id",
    "run_id",
    "ordinal",
    "employee",
    "component",
    "name",
    "clause",
    "amount",
    "node",
    "fact_nodes",
    "of_month",
)
NODE_COLUMNS = ("store_id", "run_id", "node", "ordinal", "body")
SELECTION_COLUMNS = ("store_id", "run_id", "node", "selection", "facts", "versions", "order_versions")


async def run_of(session: AsyncSession, run: UUID) -> Run | None:
    return await session.scalar(select(Run).where(Run.id == run))


async def run_for_update(session: AsyncSession, run: UUID) -> Run | None:
    return await session.scalar(select(Run).where(Run.id == run).with_for_update())


async def start_run(session: AsyncSession, run: UUID) -> None:
    """Say that work has begun; a run that is taken over keeps its first start."""
    waiting = update(Run).where(Run.id == run, Run.status == "queued")
    await session.execute(waiting.values(status="running", started_at=func.clock_timestamp()))


async def plan_of(session: AsyncSession, plan: UUID) -> Plan | None:
    return await session.scalar(select(Plan).where(Plan.id == plan))


async def plans_of(session: AsyncSession, plans: Iterable[UUID]) -> Mapping[UUID, Plan]:
    rows = await session.scalars(select(Plan).where(Plan.id.in_(plans)))
    return {row.id: row for row in rows}


async def plan_for_update(session: AsyncSession, plan: UUID) -> Plan | None:
    query = select(Plan).where(Plan.id == plan).with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))


PLAN_STAGES: Mapping[str, Sequence[ColumnElement[bool]]] = {
    "draft": (Plan.status == "draft", Plan.reviewed_at.is_(None), Plan.withdrawn_at.is_(None)),
    "reviewed": (Plan.status == "draft", Plan.reviewed_at.is_not(None), Plan.withdrawn_at.is_(None)),
    "active": (Plan.status == "active",),
    "withdrawn": (Plan.withdrawn_at.is_not(None),),
}
"""What `Plan.stage` says, as conditions of a query."""


async def plans_with(session: AsyncSession, content_hash: str) -> Sequence[Plan]:
    """Plans with this text that were not withdrawn, the oldest first."""
    query = select(Plan).where(Plan.content_hash == content_hash, Plan.withdrawn_at.is_(None))
    return (await session.scalars(query.order_by(Plan.id))).all()


async def append_rows(
    session: AsyncSession, table: str, columns: Sequence[str], records: Iterable[Sequence[object]]
) -> None:
    """COPY into a temporary table and from there into one with row security, which takes no COPY itself.

    The temporary one stays with the connection, empty, so that no run changes the catalogue.
    """
    named = ", ".join(columns)
    await session.execute(
        text(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS new_{table} ON COMMIT DELETE ROWS "  # noqa: S608
            f"AS SELECT {named} FROM {table} WITH NO DATA"
        )
    )
    await copy_rows(session, f"new_{table}", columns, records)
    await session.execute(text(f"INSERT INTO {table} ({named}) SELECT {named} FROM new_{table}"))  # noqa: S608


def lines_of(run: UUID, employee: str | None) -> Select[PayLine]:
    """The lines of a run, in the order of the outcome; of one employee when he is named."""
    query = select(PayLine).where(PayLine.run_id == run)
    return query if employee is None else query.where(PayLine.employee == employee)


def paid_in(run: UUID, employee: str | None) -> Subquery:
    """Whom a run pays and how much, each with the place of his first line; one employee when he is named."""
    lines = lines_of(run, employee).subquery()
    sums = select(lines.c.employee, func.sum(lines.c.amount).label("total"), func.min(lines.c.ordinal).label("place"))
    return sums.group_by(lines.c.employee).subquery()


async def lines_by_employee(
    session: AsyncSession, run: UUID, employees: Sequence[str]
) -> Mapping[str, Sequence[PayLine]]:
    found: dict[str, list[PayLine]] = {employee: [] for employee in employees}
    query = lines_of(run, None).where(PayLine.employee.in_(employees)).order_by(PayLine.ordinal)
    for line in await session.scalars(query):
        found[line.employee].append(line)
    return found


async def line_of(session: AsyncSession, run: UUID, line: UUID) -> PayLine | None:
    return await session.scalar(select(PayLine).where(PayLine.run_id == run, PayLine.id == line))


async def node_of(session: AsyncSession, run: UUID, node: str) -> TraceNode | None:
    return await session.scalar(select(TraceNode).where(TraceNode.run_id == run, TraceNode.node == node))


async def facts_counted(session: AsyncSession, run: UUID, node: str, limit: int) -> Sequence[RowMapping]:
    """Facts that a node counted, each in the version that it counted, with the order as it was then."""
    rows = await session.execute(_FACTS_COUNTED, {"run": run, "node": node, "limit": limit})
    return rows.mappings().all()


async def fact_count(session: AsyncSession, run: UUID) -> int:
    """How many different facts a run counted."""
    query = text("SELECT count(DISTINCT fact_id) FROM fact_use WHERE run_id = :run")
    return int(await session.scalar(query, {"run": run}) or 0)


_FACTS_COUNTED = text("""
    SELECT u.selection, f.kind, f.subject, u.version, f.source,
           coalesce(h.state ->> 'order_number', f.order_number) AS order_number,
           coalesce(h.state ->> 'person', f.person) AS person,
           coalesce(h.state ->> 'team', f.team) AS team,
           CASE WHEN h.version IS NULL THEN f.occurred_on ELSE (h.state ->> 'occurred_on')::date END AS occurred_on,
           CASE WHEN h.version IS NULL THEN f.amount ELSE (h.state ->> 'amount')::numeric END AS amount,
           CASE WHEN h.version IS NULL THEN f.hours ELSE (h.state ->> 'hours')::numeric END AS hours,
           coalesce(h.state -> 'attributes', f.attributes) AS attributes,
           u.order_version, coalesce(oh.state -> 'attributes', o.attributes) AS order_state
    FROM fact_use u
    JOIN fact f ON f.store_id = u.store_id AND f.id = u.fact_id
    LEFT JOIN fact_history h ON h.store_id = u.store_id AND h.kind = f.kind AND h.subject = f.subject
        AND h.version = u.version
    LEFT JOIN fact o ON o.store_id = u.store_id AND o.kind = 'order' AND o.subject = f.order_number
    LEFT JOIN fact_history oh ON oh.store_id = u.store_id AND oh.kind = 'order' AND oh.subject = f.order_number
        AND oh.version = u.order_version
    WHERE u.run_id = :run AND u.node = :node
    ORDER BY u.selection, f.order_number, f.kind, f.subject LIMIT :limit
""")
