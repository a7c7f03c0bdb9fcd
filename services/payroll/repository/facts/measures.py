"""Measures entered by hand: single ones, and rows of an import, one statement each."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.models import Measure

Rows = Sequence[Mapping[str, Any]]


async def measure_of(session: AsyncSession, measure: UUID) -> Measure | None:
    return await session.scalar(select(Measure).where(Measure.id == measure))


async def measure_for_update(session: AsyncSession, measure: UUID) -> Measure | None:
    query = select(Measure).where(Measure.id == measure).with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))


async def keep_measures(session: AsyncSession, store: UUID, ids: Sequence[UUID]) -> None:
    """Put the present state into the history, under its version."""
    await session.execute(_KEEP, {"store": store, "ids": list(ids)})


_KEEP = text("""
    INSERT INTO measure_history (store_id, measure_id, version, state)
    SELECT store_id, id, version, to_jsonb(m) - 'store_id' - 'import_id' FROM measure m
    WHERE store_id = :store AND id = ANY (:ids)
""")


async def take_back(session: AsyncSession, measure: UUID, rejected: Mapping[str, Any]) -> None:
    """A proposed correction goes into the history as rejected, and the measure is what counted, in a later version."""
    told = {"measure": measure, "rejected": orjson.dumps(rejected).decode()}
    await session.execute(_REJECTED, told)
    await session.execute(_TAKE_BACK, {"measure": measure})


_REJECTED = text("""
    INSERT INTO measure_history (store_id, measure_id, version, state)
    SELECT store_id, id, version + 1, to_jsonb(m) - 'store_id' - 'import_id' || CAST(:rejected AS jsonb)
    FROM measure m WHERE id = :measure
""")
_TAKE_BACK = text("""
    UPDATE measure m SET
        (occurred_on, employee, team, document, number, amount, hours, reason, entered_by, decided_by, decided_at,
            note, alone_because) =
        ROW (f.occurred_on, f.employee, f.team, f.document, f.number, f.amount, f.hours, f.reason, f.entered_by,
            f.decided_by, f.decided_at, f.note, f.alone_because),
        status = 'approved', version = m.version + 2, counted_version = m.version + 2, updated_at = now()
    FROM measure_history h CROSS JOIN LATERAL jsonb_populate_record(NULL::measure, h.state) f
    WHERE m.id = :measure AND h.measure_id = m.id AND h.version = m.counted_version
""")


async def counted_without_fact(session: AsyncSession) -> Sequence[RowMapping]:
    """Of every measure that counts and is no fact, the state that counts: a correction that waits is not it."""
    return (await session.execute(_WITHOUT_FACT)).mappings().all()


_WITHOUT_FACT = text("""
    SELECT f.* FROM measure m
    LEFT JOIN measure_history h ON h.measure_id = m.id AND h.version = m.counted_version
    CROSS JOIN LATERAL jsonb_populate_record(m, coalesce(h.state, '{}')) f
    WHERE m.counted_version IS NOT NULL AND NOT EXISTS (
        SELECT FROM fact WHERE fact.store_id = m.store_id AND fact.kind = 'measure' AND fact.subject = m.id::text)
""")


async def measures_before(session: AsyncSession, days: Sequence[date]) -> Sequence[RowMapping]:
    """What is there of these days and was not withdrawn."""
    query = text("""
        SELECT id, measure, occurred_on, employee, team, document, number, amount, hours, reason, version, import_id
        FROM measure WHERE occurred_on = ANY (:days) AND status <> 'withdrawn'
    """)
    return (await session.execute(query, {"days": list(days)})).mappings().all()


async def put_measures(session: AsyncSession, store: UUID, by: Mapping[str, Any], rows: Rows) -> Sequence[Measure]:
    """New ones, and corrections of those that are there: each is proposed, and waits for its approval."""
    query = select(Measure).from_statement(_PUT)
    found = await session.scalars(
        query, {"store": store, **by, "rows": orjson.dumps(list(rows), default=str).decode()},
        execution_options={"populate_existing": True},
    )  # fmt: skip
    return found.all()


_PUT = text("""
    INSERT INTO measure (store_id, measure, occurred_on, employee, team, document, number, amount, hours, reason,
        entered_by, source, import_id)
    SELECT :store, measure, occurred_on, employee, team, document, number, amount, hours, reason,
        :by, :source, :import_id
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(measure text, occurred_on date, employee text, team text,
        document text, number numeric, amount numeric, hours numeric, reason text)
    ON CONFLICT (store_id, measure, occurred_on, employee, team, document) WHERE status <> 'withdrawn' DO UPDATE SET
        number = excluded.number, amount = excluded.amount, hours = excluded.hours, reason = excluded.reason,
        entered_by = excluded.entered_by, source = excluded.source, import_id = excluded.import_id,
        status = 'proposed', decided_by = NULL, decided_at = NULL, note = NULL, alone_because = NULL,
        version = measure.version + 1, updated_at = now()
    RETURNING *
""")
