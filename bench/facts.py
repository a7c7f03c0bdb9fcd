"""A store's people and months of facts of its orders, put straight into a payroll database.

Of 100 orders 88 are paid for by the customer, 8 by the maker's warranty and 4 by an insurer; each has two lines of
labour, and of ten one sells an accessory. Consumables, complaints and taken hours are a few for each team and person.
"""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID

import asyncpg

_DAY = "$3::date + i % 30"
_NUMBER = "'W' || to_char($3::date, 'YYMM') || '-' || "
_OF_MONTH = "store_id = $1 AND $2 > 0 AND opened_on >= $3 AND opened_on < $3 + interval '1 month'"
_POSTS = """(VALUES (0, 'service_advisor', '业务组'), (1, 'mechanic', '机电一组'), (2, 'mechanic', '机电二组'),
    (3, 'body_technician', '钣喷组'), (4, 'accessory_seller', '精品组'), (5, 'accessory_installer', '精品加装组'),
    (6, 'parts_clerk', '配件部'))"""
_WORKSHOP = "(ARRAY['机电一组', '机电二组', '钣喷组'])[1 + i % 3]"
_PEOPLE = (
    """
    INSERT INTO employee (store_id, number, name, source)
    SELECT $1, 'E' || lpad(i::text, 2, '0'), '员工' || i, 'bench' FROM generate_series(0, $2::int - 1) i
    """,
    f"""
    INSERT INTO employee_terms (store_id, employee, valid_from, post, team, coefficient, base_pay, recorded_by)
    SELECT $1, 'E' || lpad(i::text, 2, '0'), '0001-01-01', post, team, 1, 4000, 'bench'
    FROM generate_series(0, $2::int - 1) i JOIN {_POSTS} p (place, post, team) ON p.place = i % 7
    """,
)
_TARGETS = """
    INSERT INTO target (store_id, month, scope, subject, metric, value, signed_on, signed_by, source)
    SELECT $1::uuid, to_char($3::date, 'YYYY-MM'), 'team', '业务组', metric, 100000, $3 - 2, 'E00', 'bench'
    FROM unnest(ARRAY['output', 'car_count']) metric
    UNION ALL
    SELECT $1, to_char($3::date, 'YYYY-MM'), 'person', number, 'accessory_sales', 100000, $3 - 2, number, 'bench'
    FROM generate_series(4, $2::int - 1, 7) i, LATERAL (SELECT 'E' || lpad(i::text, 2, '0') AS number) e
"""
_ORDERS = (
    f"""
    INSERT INTO order_copy (store_id, number, source, kind, state, cancelled, advisor, opened_on, settled_on, left_on,
        version)
    SELECT $1, {_NUMBER}i, 'dms', CASE WHEN i % 25 = 0 THEN 'accident' WHEN i % 25 IN (1, 2) THEN 'warranty'
        ELSE (ARRAY['maintenance', 'repair'])[1 + i % 2] END, 'closed', false, 'E00', {_DAY}, {_DAY}, {_DAY}, 1
    FROM generate_series(1, $2::int) i
    """,
    f"""
    INSERT INTO fact (store_id, id, kind, subject, version, source, event_id, order_number, person, occurred_on,
        attributes)
    SELECT store_id, gen_random_uuid(), 'order', number, 1, 'workorder', gen_random_uuid(), number, advisor, opened_on,
        jsonb_build_object('kind', kind, 'advisor', advisor, 'state', state)
    FROM order_copy WHERE {_OF_MONTH}
    """,
    f"""
    INSERT INTO fact (store_id, id, kind, subject, version, source, event_id, order_number, occurred_on, amount,
        attributes)
    SELECT store_id, gen_random_uuid(),
        CASE kind WHEN 'accident' THEN 'insurer_approval' WHEN 'warranty' THEN 'reimbursement' ELSE 'receipt' END,
        gen_random_uuid(), 1, 'workorder', gen_random_uuid(), number, settled_on,
        234.56 + split_part(number, '-', 2)::int,
        CASE kind WHEN 'accident' THEN '{{"owner_share": "100.00"}}' WHEN 'warranty' THEN '{{"ordinal": 1}}'
            ELSE '{{"method": "wechat", "ordinal": 1}}' END::jsonb
    FROM order_copy WHERE {_OF_MONTH}
    """,
    f"""
    INSERT INTO fact (store_id, id, kind, subject, version, source, event_id, order_number, team, occurred_on, hours,
        attributes)
    SELECT $1, gen_random_uuid(), 'labour', gen_random_uuid(), 1, 'workorder', gen_random_uuid(), {_NUMBER}(1 + i / 2),
        {_WORKSHOP}, {_DAY}, 0.5 + i % 4, '{{"order_kind": "repair", "code": "ME04", "name": "更换蓄电池"}}'
    FROM generate_series(0, 2 * $2::int - 1) i
    """,
    f"""
    INSERT INTO fact (store_id, id, kind, subject, version, source, event_id, person, occurred_on, amount, attributes)
    SELECT $1, gen_random_uuid(), 'accessory_sale', gen_random_uuid(), 1, 'workorder', gen_random_uuid(), 'E04', {_DAY},
        95 + i, jsonb_build_object('list_price', '100.00', 'department',
            (ARRAY['accessory', 'front_desk', 'sales'])[1 + i % 3], 'given_away', false, 'installed', i % 2 = 0,
            'generic', false, 'item', '座套', 'number', 'B' || i)
    FROM generate_series(1, $2::int / 10) i
    """,
    f"""
    INSERT INTO fact (store_id, id, kind, subject, version, source, event_id, team, occurred_on, amount, attributes)
    SELECT $1, gen_random_uuid(), 'consumable', gen_random_uuid(), 1, 'workorder', gen_random_uuid(), {_WORKSHOP},
        {_DAY}, 12.5, '{{"item": "砂纸"}}'
    FROM generate_series(1, 60) i WHERE $2 > 0
    """,
    f"""
    INSERT INTO fact (store_id, id, kind, subject, version, source, event_id, person, occurred_on, attributes)
    SELECT $1, gen_random_uuid(), 'complaint', gen_random_uuid(), 1, 'customer', gen_random_uuid(), 'E00', {_DAY},
        '{{"cause": "work_error", "verified": true, "number": "T1"}}'
    FROM generate_series(1, 2) i WHERE $2 > 0
    """,
)
_PLAN = """
    WITH made AS (
        INSERT INTO plan (store_id, name, status, text, examples, canonical, parameters, content_hash, created_by,
            effective_from, activated_at)
        VALUES ($1, 'bench', 'active', $2, '{}', '{}', '[]', $3, 'bench', '0001-01-01', now())
        RETURNING store_id, effective_from, id
    )
    INSERT INTO plan_post (store_id, post, since, plan_id) SELECT store_id, '', effective_from, id FROM made
"""
_RUN = "INSERT INTO run (store_id, month, status, requested_by) VALUES ($1, $2, 'queued', 'bench') RETURNING id"
BARE_SUMS = """
    SELECT f.kind, f.team, f.person, f.attributes ->> 'department', sum(f.amount), sum(f.hours), count(*)
    FROM fact f LEFT JOIN order_copy o ON o.store_id = f.store_id AND o.number = f.order_number
    WHERE f.store_id = $1 AND o.cancelled IS NOT TRUE
      AND greatest(f.occurred_on, CASE WHEN f.kind = 'receipt' THEN o.settled_on END)
          BETWEEN $2 AND $2 + interval '1 month - 1 day'
    GROUP BY 1, 2, 3, 4
"""
"""What a plan's selections come down to, without rules, shares, steps or a record of what was counted."""
_CLOSED = (
    """
    INSERT INTO pay_month (store_id, month, state, run_id, chain, revision, root, total)
    SELECT store_id, month, 'closed', id, '{}', 1, hash, total FROM run
    WHERE store_id = $1 AND month = to_char($2::date, 'YYYY-MM')
    """,
    """
    INSERT INTO pay_month_step (store_id, month, what, person, run_id, at)
    SELECT store_id, month, 'closed', 'bench', run_id, clock_timestamp() FROM pay_month
    WHERE store_id = $1 AND month = to_char($2::date, 'YYYY-MM')
    """,
    """
    INSERT INTO fact (store_id, id, kind, subject, version, source, event_id, order_number, occurred_on, amount,
        attributes)
    SELECT store_id, gen_random_uuid(), 'receipt', gen_random_uuid(), 1, 'workorder', gen_random_uuid(), number,
        settled_on, 50, '{"method": "cash", "ordinal": 2}'
    FROM order_copy WHERE store_id = $1 AND settled_on BETWEEN $2 AND $2 + interval '1 month - 1 day'
        AND kind = 'repair' ORDER BY number LIMIT 15
    """,
)
"""As if it had been locked, approved and closed on its run, and then fifteen more receipts of it had been told."""


@dataclass(frozen=True)
class StoreSize:
    people: int
    orders: int


Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def add_store(connection: Connection, store: UUID, size: StoreSize, plan: str, plan_hash: str) -> None:
    """People and a plan. The connection's transaction has the store set, here and below."""
    for statement in _PEOPLE:
        await connection.execute(statement, store, size.people)
    await connection.execute(_PLAN, store, plan, plan_hash)


async def add_month(connection: Connection, store: UUID, size: StoreSize, first: date) -> UUID:
    """The month's facts; its queued run."""
    await connection.execute(_TARGETS, store, size.people, first)
    for statement in _ORDERS:
        await connection.execute(statement, store, size.orders, first)
    run: UUID = await connection.fetchval(_RUN, store, f"{first:%Y-%m}")
    return run


async def close_month(connection: Connection, store: UUID, first: date) -> None:
    for statement in _CLOSED:
        await connection.execute(statement, store, first)
