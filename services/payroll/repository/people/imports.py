"""What bulk rows are compared with and how they are written: one statement each, however many rows."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

Rows = Sequence[Mapping[str, Any]]


async def take_turn(session: AsyncSession, store: UUID, resource: str) -> None:
    """From here to the end of the transaction alone with a resource of the store: two imports, or changes by hand,
    would both find a row missing and insert it, or one take back what the other has changed since it read."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": f"{resource}:{store}"}
    )


def _dumped(rows: Rows) -> str:
    return orjson.dumps(list(rows), default=str).decode()


async def employees_before(session: AsyncSession, rows: Rows) -> Sequence[RowMapping]:
    """For rows (number, as_of): the employee and the terms in force then, or else his first."""
    result = await session.execute(_EMPLOYEES_BEFORE, {"rows": _dumped(rows)})
    return result.mappings().all()


_EMPLOYEES_BEFORE = text("""
    SELECT e.number, e.version, e.import_id, e.name, e.hired_on, e.left_on,
           t.valid_from, t.post, t.team, t.coefficient, t.probation_until, t.base_pay
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(number text, as_of date)
    JOIN employee e ON e.number = r.number
    LEFT JOIN LATERAL (
        SELECT * FROM employee_terms t WHERE t.store_id = e.store_id AND t.employee = e.number
        ORDER BY (t.valid_from <= r.as_of) DESC,
                 CASE WHEN t.valid_from <= r.as_of THEN r.as_of - t.valid_from ELSE t.valid_from - r.as_of END
        LIMIT 1
    ) t ON true
""")


async def put_employees(session: AsyncSession, store: UUID, origin: Mapping[str, Any], rows: Rows) -> None:
    await session.execute(_PUT_EMPLOYEES, {"store": store, **origin, "rows": _dumped(rows)})


_PUT_EMPLOYEES = text("""
    INSERT INTO employee (store_id, number, name, hired_on, source, import_id, recorded_by)
    SELECT :store, number, name, hired_on, :source, :import_id, :by
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(number text, name text, hired_on date)
    ON CONFLICT (store_id, number) DO UPDATE SET
        name = excluded.name, hired_on = excluded.hired_on, source = excluded.source, import_id = excluded.import_id,
        recorded_by = excluded.recorded_by, version = employee.version + 1, updated_at = now()
""")


async def targets_before(session: AsyncSession, months: Sequence[str]) -> Sequence[RowMapping]:
    query = text("""
        SELECT id, month, scope, subject, metric, value, weight, signed_on, signed_by, version, import_id
        FROM target WHERE month = ANY (:months)
    """)
    return (await session.execute(query, {"months": list(months)})).mappings().all()


async def put_targets(session: AsyncSession, store: UUID, source: str, import_id: UUID | None, rows: Rows) -> None:
    await session.execute(
        _PUT_TARGETS, {"store": store, "source": source, "import_id": import_id, "rows": _dumped(rows)}
    )


_PUT_TARGETS = text("""
    INSERT INTO target (store_id, month, scope, subject, metric, value, weight, signed_on, signed_by, source, import_id)
    SELECT :store, month, scope, subject, metric, value, weight, signed_on, signed_by, :source, :import_id
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(month text, scope text, subject text, metric text,
        value numeric, weight numeric, signed_on date, signed_by text)
    ON CONFLICT (store_id, month, scope, subject, metric) DO UPDATE SET
        value = excluded.value, weight = excluded.weight, signed_on = excluded.signed_on,
        signed_by = excluded.signed_by, source = excluded.source, import_id = excluded.import_id,
        version = target.version + 1, updated_at = now()
""")


async def review_scores_before(session: AsyncSession, months: Sequence[str]) -> Sequence[RowMapping]:
    query = text("SELECT id, month, employee, score, version, import_id FROM review_score WHERE month = ANY (:months)")
    return (await session.execute(query, {"months": list(months)})).mappings().all()


async def put_review_scores(session: AsyncSession, store: UUID, origin: Mapping[str, Any], rows: Rows) -> None:
    await session.execute(_PUT_SCORES, {"store": store, **origin, "rows": _dumped(rows)})


_PUT_SCORES = text("""
    INSERT INTO review_score (store_id, month, employee, score, source, import_id, recorded_by)
    SELECT :store, month, employee, score, :source, :import_id, :by
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(month text, employee text, score numeric)
    ON CONFLICT (store_id, month, employee) DO UPDATE SET
        score = excluded.score, source = excluded.source, import_id = excluded.import_id,
        recorded_by = excluded.recorded_by, version = review_score.version + 1, updated_at = now()
""")
