"""Writing what the feeds bring: one statement per kind of row and batch, the higher version wins in any order."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Rows = Sequence[Mapping[str, Any]]


async def store_facts(session: AsyncSession, store: UUID, rows: Rows) -> None:
    """Insert or replace facts by (kind, subject); every version that is not the newest goes to the history."""
    await _write(session, _FACTS, store, rows)


async def store_orders(session: AsyncSession, store: UUID, rows: Rows) -> None:
    await _write(session, _ORDERS, store, rows)


async def store_customers(session: AsyncSession, store: UUID, rows: Rows) -> None:
    await _write(session, _CUSTOMERS, store, rows)
    if rows:
        await session.execute(_FOLLOW_MERGES)


async def store_upsells(session: AsyncSession, store: UUID, rows: Rows) -> None:
    await _write(session, _UPSELLS, store, rows)


async def store_responses(session: AsyncSession, store: UUID, rows: Rows) -> None:
    await _write(session, _RESPONSES, store, rows)


async def _write(session: AsyncSession, statement: str, store: UUID, rows: Rows) -> None:
    if rows:
        await session.execute(text(statement), {"store": store, "rows": orjson.dumps(list(rows), default=str).decode()})


_FACTS = """
WITH incoming AS MATERIALIZED (
    SELECT DISTINCT ON (kind, subject, version) *, max(version) OVER (PARTITION BY kind, subject) AS highest
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(kind text, subject text, version int, source text,
        event_id uuid, order_number text, person text, team text, occurred_on date, amount numeric, hours numeric,
        attributes jsonb)
    ORDER BY kind, subject, version
), newest AS (
    SELECT * FROM incoming WHERE version = highest
), stored AS MATERIALIZED (
    SELECT f.*, n.version AS incoming FROM fact f JOIN newest n USING (kind, subject) WHERE f.store_id = :store
), outdated AS (
    SELECT i.kind, i.subject, i.version, i.source, i.event_id, i.order_number, i.person, i.team, i.occurred_on,
        i.amount, i.hours, i.attributes FROM incoming i
    LEFT JOIN stored s ON (s.kind, s.subject) = (i.kind, i.subject)
    WHERE i.version < i.highest OR i.version < s.version
    UNION ALL
    SELECT s.kind, s.subject, s.version, s.source, s.event_id, s.order_number, s.person, s.team, s.occurred_on,
        s.amount, s.hours, s.attributes FROM stored s
    WHERE s.incoming > s.version
), kept AS (
    INSERT INTO fact_history (store_id, kind, subject, version, state)
    SELECT :store, kind, subject, version, to_jsonb(o) FROM outdated o ON CONFLICT DO NOTHING
)
INSERT INTO fact (store_id, id, kind, subject, version, source, event_id, order_number, person, team, occurred_on,
    amount, hours, attributes)
SELECT :store, encode(substr(sha256(convert_to(kind || ':' || subject, 'UTF8')), 1, 16), 'hex')::uuid,
    kind, subject, version, source, event_id, order_number, person, team, occurred_on, amount, hours, attributes
FROM newest
ON CONFLICT (store_id, kind, subject) DO UPDATE SET
    (version, source, event_id, order_number, person, team, occurred_on, amount, hours, attributes, received_at) =
    ROW (excluded.version, excluded.source, excluded.event_id, excluded.order_number, excluded.person, excluded.team,
        excluded.occurred_on, excluded.amount, excluded.hours, excluded.attributes, excluded.received_at)
WHERE excluded.version > fact.version
"""


def _copy_statement(table: str, key: str, columns: Mapping[str, str]) -> str:
    """Insert or replace rows of a copy by its key; `columns` names the type of each column but `store_id`."""
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    names = ", ".join(columns)
    values = ", ".join(f"excluded.{name}" for name in columns if name != key)
    return f"""
        INSERT INTO {table} (store_id, {names})
        SELECT DISTINCT ON ({key}) CAST(:store AS uuid), {names}
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({typed}) ORDER BY {key}, version DESC
        ON CONFLICT (store_id, {key}) DO UPDATE
        SET ({", ".join(name for name in columns if name != key)}) = ROW ({values})
        WHERE excluded.version > {table}.version
    """  # noqa: S608 - names of our own tables and columns


_ORDERS = _copy_statement(
    "order_copy",
    "number",
    {
        "number": "text", "source": "text", "source_id": "text", "kind": "text", "state": "text",
        "cancelled": "boolean", "advisor": "text", "opened_on": "date", "settled_on": "date", "left_on": "date",
        "customer": "text", "vin": "text", "version": "int",
    },
)  # fmt: skip
_CUSTOMERS = _copy_statement(
    "customer_copy",
    "number",
    {"number": "text", "source_id": "text", "merged_into": "text", "survivor": "text", "version": "int"},
)
_FOLLOW_MERGES = text("""
    WITH RECURSIVE family (number, survivor) AS (
        SELECT number, number FROM customer_copy WHERE merged_into IS NULL
            AND number IN (SELECT merged_into FROM customer_copy WHERE merged_into IS NOT NULL)
        UNION ALL SELECT c.number, f.survivor FROM family f JOIN customer_copy c ON c.merged_into = f.number
    )
    UPDATE customer_copy c SET survivor = f.survivor FROM family f
    WHERE c.number = f.number AND c.survivor <> f.survivor
""")
_UPSELLS = _copy_statement(
    "upsell_copy",
    "subject",
    {
        "subject": "text", "number": "text", "order_number": "text", "upsell_source": "text", "stage": "text",
        "finder": "text", "advisor": "text", "decision": "text", "decided_by_method": "text", "amount": "numeric",
        "operation_name": "text", "line_numbers": "jsonb", "version": "int",
    },
)  # fmt: skip
_RESPONSES = _copy_statement(
    "response_copy",
    "subject",
    {
        "subject": "text", "order_number": "text", "advisor": "text", "questionnaire": "text", "submitted_on": "date",
        "csi": "numeric", "answers": "jsonb", "version": "int",
    },
)  # fmt: skip
