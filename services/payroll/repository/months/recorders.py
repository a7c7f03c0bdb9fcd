"""What somebody recorded by hand that a month pays, or corrects of a closed one, and that no closing has seen yet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.month import Month
from services.payroll.domain.months.recorded import Recorded


@dataclass(frozen=True)
class Locked:
    """A month with the run that it is locked on, and when it was locked."""

    month: Month
    run: UUID
    at: datetime


async def recorded_by(session: AsyncSession, names: Collection[str], locked: Locked) -> Sequence[Recorded]:
    """What one of these names has recorded until the lock; every state counts, also one that was replaced since.

    A closing has seen what was there when its run began, of slips what was there when it was locked.
    """
    asked = {"names": list(names), "month": str(locked.month), "last": locked.month.last_day, "run": locked.run,
             "until": locked.at}  # fmt: skip
    rows = await session.execute(_RECORDED, asked)
    return [Recorded(row.kind, row.subject, row.which) for row in rows]


_SEEN = """
    seen AS (
        SELECT s.month, (to_date(s.month, 'YYYY-MM') + interval '1 month - 1 day')::date AS last,
               r.started_at AS calculated_at, l.at AS locked_at
        FROM pay_month_step s JOIN run r ON r.store_id = s.store_id AND r.id = s.run_id
        CROSS JOIN LATERAL (
            SELECT max(b.at) AS at FROM pay_month_step b
            WHERE b.store_id = s.store_id AND b.month = s.month AND b.what = 'locked' AND b.at < s.at) l
        WHERE s.what = 'closed'
    ), corrected AS (
        SELECT of_month AS month FROM pay_line WHERE run_id = :run AND of_month IS NOT NULL
        UNION
        SELECT i ->> 'of_month' FROM slip k CROSS JOIN LATERAL jsonb_array_elements(k.body -> 'items') i
        WHERE k.run_id = :run AND i ->> 'of_month' IS NOT NULL
    )
"""
_TERMS = """
    terms AS (
        SELECT employee, valid_from, recorded_by, updated_at AS at FROM employee_terms
        UNION
        SELECT h.number, t.valid_from, t.recorded_by, t.updated_at FROM employee_history h
        CROSS JOIN LATERAL jsonb_to_recordset(h.state -> 'terms')
            AS t(valid_from date, recorded_by text, updated_at timestamptz)
    )
"""
_EMPLOYMENT = """
    employment AS (
        SELECT number, version, hired_on, left_on, recorded_by, updated_at AS at FROM employee
        UNION ALL
        SELECT h.number, h.version, e.hired_on, e.left_on, e.recorded_by, e.updated_at FROM employee_history h
        CROSS JOIN LATERAL jsonb_to_record(h.state)
            AS e(hired_on date, left_on date, recorded_by text, updated_at timestamptz)
    ), changed AS (
        SELECT *, lag(version) OVER past AS before, lag(hired_on) OVER past AS was_hired,
               lag(left_on) OVER past AS was_left
        FROM employment WINDOW past AS (PARTITION BY number ORDER BY version)
    ), employed AS (
        SELECT *, least(
            CASE WHEN hired_on IS DISTINCT FROM was_hired
                THEN least(coalesce(hired_on, '-infinity'), coalesce(was_hired, '-infinity')) END,
            CASE WHEN left_on IS DISTINCT FROM was_left THEN 1 + least(left_on, was_left) END) AS since
        FROM changed WHERE before IS NOT NULL
    )
"""
_OTHERS = """
    score AS (
        SELECT employee, month, recorded_by, updated_at AS at FROM review_score
        UNION
        SELECT s.employee, s.month, s.recorded_by, s.updated_at FROM review_score_history h
        CROSS JOIN LATERAL jsonb_to_record(h.state)
            AS s(employee text, month text, recorded_by text, updated_at timestamptz)
    ), decided AS (
        SELECT id, version, measure, occurred_on, status, decided_by, decided_at AS at, counted_version FROM measure
        UNION ALL
        SELECT h.measure_id, h.version, m.measure, m.occurred_on, m.status, m.decided_by, m.decided_at,
               m.counted_version
        FROM measure_history h CROSS JOIN LATERAL jsonb_populate_record(NULL::measure, h.state) m
    ), approval AS (
        SELECT *, to_char(occurred_on, 'YYYY-MM') AS month, lag(counted_version) OVER past AS counted_before
        FROM decided WINDOW past AS (PARTITION BY id ORDER BY version)
    ), item AS (
        SELECT *, least(from_month, lag(from_month) OVER past) AS first,
               greatest(coalesce(until_month, '9999-12'), lag(coalesce(until_month, '9999-12')) OVER past) AS last
        FROM pay_item WINDOW past AS (PARTITION BY id ORDER BY version)
    ), counted AS MATERIALIZED (
        SELECT f.subject, u.version FROM fact_use u JOIN fact f ON f.store_id = u.store_id AND f.id = u.fact_id
        WHERE u.run_id = :run AND f.kind = 'measure'
    )
"""
_RECORDED = text(f"""
    WITH {_SEEN}, {_TERMS}, {_EMPLOYMENT}, {_OTHERS}
    SELECT 'terms' AS kind, t.employee AS subject,
           CASE WHEN t.valid_from > '0001-01-01' THEN t.valid_from::text ELSE '' END AS which
    FROM terms t
    WHERE t.recorded_by = ANY (:names) AND t.valid_from <= :last AND t.at <= :until
      AND (EXISTS (SELECT FROM slip k WHERE k.run_id = :run AND k.employee = t.employee)
        OR EXISTS (SELECT FROM corrected))
      AND NOT EXISTS (SELECT FROM seen s WHERE s.calculated_at > t.at AND s.last >= t.valid_from)
    UNION
    SELECT 'employment', e.number, concat_ws('–', e.hired_on, e.left_on) FROM employed e
    WHERE e.recorded_by = ANY (:names) AND e.since <= :last AND e.at <= :until
      AND NOT EXISTS (SELECT FROM seen s WHERE s.calculated_at > e.at AND s.last >= e.since)
    UNION
    SELECT 'attendance', a.employee, a.month FROM attendance a
    JOIN pay_month m ON m.store_id = a.store_id AND m.month = a.month
    JOIN slip k ON k.store_id = a.store_id AND k.run_id = m.run_id AND k.employee = a.employee
    WHERE a.recorded_by = ANY (:names) AND a.recorded_at <= :until
      AND (a.month = :month OR a.month IN (SELECT month FROM corrected))
      AND k.body @> '{{"items": [{{"basis": "attendance_days"}}]}}'
      AND NOT EXISTS (SELECT FROM seen s WHERE s.locked_at > a.recorded_at AND s.month >= a.month)
    UNION
    SELECT 'review-score', c.employee, c.month FROM score c
    WHERE c.recorded_by = ANY (:names) AND c.at <= :until
      AND (c.month = :month OR c.month IN (SELECT month FROM corrected))
      AND EXISTS (
        SELECT FROM trace_node n WHERE n.run_id = :run AND n.body ->> 'subject' = c.employee
          AND n.body @> '{{"inputs": [{{"name": "review_score", "source": "person"}}]}}')
      AND NOT EXISTS (SELECT FROM seen s WHERE s.calculated_at > c.at AND s.month >= c.month)
    UNION
    SELECT 'measure', d.measure, d.occurred_on::text FROM approval d
    WHERE d.decided_by = ANY (:names) AND d.at <= :until
      AND NOT EXISTS (SELECT FROM seen s WHERE s.calculated_at > d.at AND s.month >= d.month)
      AND (d.status = 'withdrawn' AND d.counted_before IS NOT NULL
            AND (d.month = :month OR d.month IN (SELECT month FROM corrected))
        OR d.status = 'approved' AND (d.id::text, d.version) IN (SELECT subject, version FROM counted))
    UNION
    SELECT 'pay-item', coalesce(i.employee, i.post), i.name_zh || ' ' || i.name_en FROM item i
    WHERE i.recorded_by = ANY (:names) AND i.first <= :month AND i.last >= :month AND i.recorded_at <= :until
      AND NOT EXISTS (
        SELECT FROM seen s WHERE s.locked_at > i.recorded_at AND s.month >= i.first AND s.month <= i.last)
    ORDER BY kind, subject, which
""")  # noqa: S608
