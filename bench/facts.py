"""A store of 20 people and a month of 2,000 facts, put straight into a payroll database."""

from uuid import UUID

import asyncpg

PEOPLE_PER_STORE = 20
FACTS_PER_STORE = 2000
_DAY = "date '2026-09-01' + i % 30"
_STATEMENTS = (
    """
    INSERT INTO employee (store_id, number, name, source)
    SELECT $1, 'E' || lpad(i::text, 2, '0'), '员工' || i, 'bench' FROM generate_series(1, 20) i
    """,
    """
    INSERT INTO employee_terms (store_id, employee, valid_from, post, team, coefficient, recorded_by)
    SELECT $1, 'E' || lpad(i::text, 2, '0'), '0001-01-01',
        (ARRAY['service_advisor', 'mechanic', 'mechanic', 'body_technician', 'accessory_seller', 'accessory_installer',
            'parts_clerk'])[1 + i % 7],
        (ARRAY['业务组', '机电一组', '机电二组', '钣喷组', '精品组', '精品加装组', '配件部'])[1 + i % 7], 1, 'bench'
    FROM generate_series(1, 20) i
    """,
    """
    INSERT INTO target (store_id, month, subject, metric, value, signed_on, signed_by, source)
    SELECT $1, '2026-09', subject, metric, 100000, '2026-08-29', signer, 'bench'
    FROM (VALUES ('业务组', 'output', 'E07'), ('业务组', 'car_count', 'E07'), ('E04', 'accessory_sales', 'E04'),
        ('E11', 'accessory_sales', 'E11'), ('E18', 'accessory_sales', 'E18')) t (subject, metric, signer)
    """,
    f"""
    INSERT INTO order_copy (store_id, number, source, kind, state, cancelled, advisor, opened_on, settled_on, left_on,
        version)
    SELECT $1, 'W' || i, 'dms', (ARRAY['maintenance', 'repair', 'repair', 'warranty', 'repair'])[1 + i % 5], 'closed',
        false, 'E07', {_DAY}, {_DAY}, {_DAY}, 1
    FROM generate_series(1, 600) i
    """,
    f"""
    INSERT INTO fact (store_id, id, kind, subject, version, source, event_id, order_number, person, occurred_on,
        attributes)
    SELECT $1, gen_random_uuid(), 'order', 'W' || i, 1, 'workorder', gen_random_uuid(), 'W' || i, 'E07', {_DAY}, '{{}}'
    FROM generate_series(1, 600) i
    """,
    f"""
    INSERT INTO fact (store_id, id, kind, subject, version, source, event_id, order_number, occurred_on, amount,
        attributes)
    SELECT $1, gen_random_uuid(), 'receipt', gen_random_uuid(), 1, 'workorder', gen_random_uuid(), 'W' || i, {_DAY},
        1234.56 + i, '{{"method": "wechat", "ordinal": 1}}'
    FROM generate_series(1, 450) i
    """,
    f"""
    INSERT INTO fact (store_id, id, kind, subject, version, source, event_id, order_number, team, occurred_on, hours,
        attributes)
    SELECT $1, gen_random_uuid(), 'labour', gen_random_uuid(), 1, 'workorder', gen_random_uuid(), 'W' || (1 + i % 600),
        (ARRAY['机电一组', '机电二组', '钣喷组'])[1 + i % 3], {_DAY}, 1.5,
        '{{"order_kind": "repair", "code": "ME04", "name": "更换蓄电池", "line_number": 1}}'
    FROM generate_series(1, 800) i
    """,
    f"""
    INSERT INTO fact (store_id, id, kind, subject, version, source, event_id, person, occurred_on, amount, attributes)
    SELECT $1, gen_random_uuid(), 'accessory_sale', gen_random_uuid(), 1, 'workorder', gen_random_uuid(), 'E04', {_DAY},
        95 + i, jsonb_build_object('list_price', '100.00', 'department', 'accessory', 'given_away', false,
            'installed', true, 'generic', false, 'item', '座套', 'number', 'B' || i)
    FROM generate_series(1, 150) i
    """,
)


async def add_store(connection: "asyncpg.Connection[asyncpg.Record]", store: UUID, plan: str, plan_hash: str) -> UUID:
    """The queued run of the store's month. The connection's transaction has the store set."""
    for statement in _STATEMENTS:
        await connection.execute(statement, store)
    await connection.execute(
        """
        INSERT INTO plan (store_id, name, status, text, examples, canonical, parameters, content_hash, created_by,
            effective_from, activated_at)
        VALUES ($1, 'bench', 'active', $2, '{}', '{}', '[]', $3, 'bench', '0001-01-01', now())
        """,
        store,
        plan,
        plan_hash,
    )
    run: UUID = await connection.fetchval(
        """
        INSERT INTO run (store_id, month, status, requested_by) VALUES ($1, '2026-09', 'queued', 'bench') RETURNING id
        """,
        store,
    )
    return run
