"""Years of a busy shop, put straight into a workorder database: orders, lines, upsells, payments, whom they name.

A row's number decides all of it, so every run has the same shop: few customers come often and most seldom, advisors
have more or less to do, a fifth of the cars stay for days, and the newest orders are still open. There are no events
of it in the feed, since the others would be busy with them while something is measured.
"""

from uuid import UUID, uuid5

import asyncpg

STORE_ORDERS = 200_000
"""Orders of one store; more of them are more stores."""
LINES = 6
ORDERS_A_DAY = 110
_CHUNK = 20_000
_PEOPLE = STORE_ORDERS // 5


def _dice(sides: int, salt: int, of: str = "i") -> str:
    """SQL: a number from 0 that row `of` always throws."""
    return f"(abs(hashint4({of} * 31 + {salt})::bigint) % {sides})::int"


def _one_of(values: str, salt: int) -> str:
    choices = values.split()
    return f"(ARRAY[{', '.join(map(repr, choices))}])[1 + {_dice(len(choices), salt)}]"


_CUSTOMER = f"""'C' || floor({_PEOPLE} * power({_dice(10_000, 1)} / 10000.0, 2))::int"""
_FIRST = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
_DAY = f"({_FIRST} - ($3::int - i) / {ORDERS_A_DAY})"
_OPENED = f"(({_DAY} + time '08:00' + ({_dice(600, 2)}) * interval '1 minute') AT TIME ZONE 'Asia/Shanghai')"
_STAY = f"(CASE WHEN {_dice(5, 3)} = 0 THEN {_dice(9, 4)} ELSE 0 END)"
_OPEN = f"(i > $3::int - 80 OR (i > $3::int - 400 AND {_dice(5, 5)} = 0))"

_COPIES = (
    f"""
    INSERT INTO customer_copy (store_id, number, id, version, name, kind, merged_into_number, merged_into_id,
        survivor_number, survivor_id)
    SELECT $1::uuid, 'C' || i, md5('C' || i)::uuid, 1, '客户' || i, 'person', into_number, md5(into_number)::uuid,
        coalesce(into_number, 'C' || i), md5(coalesce(into_number, 'C' || i))::uuid
    FROM (SELECT i, CASE WHEN i % 100 = 99 THEN 'C' || i - 1 END AS into_number
          FROM generate_series(0, {_PEOPLE - 1}) i) people
    """,
    f"""
    INSERT INTO vehicle_copy (store_id, vin, id, version, plate, model, owner_number)
    SELECT $1::uuid, 'LBENCH' || lpad(i::text, 11, '0'), md5('V' || i)::uuid, 1, '沪A' || lpad(i::text, 5, '0'),
        'M' || i % 40, 'C' || i
    FROM generate_series(0, {_PEOPLE - 1}) i
    """,
)

_ORDERS = f"""
    INSERT INTO repair_orders (id, store_id, number, vin, customer_number, kind, advisor, opened_at, opened_on,
        odometer_km, complaint, promised_at, state, settled, settled_on, left_at, left_on, source)
    SELECT md5($1::uuid::text || 'O' || i)::uuid, $1::uuid, 'W' || lpad(i::text, 8, '0'),
        'LBENCH' || lpad(substr(customer, 2), 11, '0'), customer,
        {_one_of("maintenance maintenance maintenance maintenance repair repair repair accident warranty pdi", 6)},
        'SA' || lpad((1 + floor(12 * power({_dice(1000, 7)} / 1000.0, 1.5)))::text, 2, '0'),
        opened_at, day, 1000 + i % 90000, '异响,请检查 ' || i, opened_at + interval '5 hours',
        CASE WHEN {_dice(50, 8)} = 0 AND NOT is_open THEN 'cancelled' WHEN NOT is_open THEN 'closed'
             ELSE {_one_of("checked_in diagnosed quoted approved in_progress in_progress quality_check", 9)} END,
        gone, CASE WHEN gone THEN day + stay END,
        CASE WHEN gone THEN opened_at + stay * interval '1 day' + interval '3 hours' END,
        CASE WHEN gone THEN ((opened_at + stay * interval '1 day' + interval '3 hours')
            AT TIME ZONE 'Asia/Shanghai')::date END, 'bench'
    FROM (SELECT i, {_CUSTOMER} AS customer, {_DAY} AS day, {_OPENED} AS opened_at, {_STAY} AS stay,
              {_OPEN} AS is_open, NOT {_OPEN} AND {_dice(50, 8)} <> 0 AS gone
          FROM generate_series($2::int, least($2::int + {_CHUNK - 1}, $3::int)) i) made
    ORDER BY i
"""
_UPSELLS = f"""
    INSERT INTO upsells (id, store_id, order_id, number, upsell_source, stage, finder, operation_code, operation_name,
        line_numbers, amount, decision, decided_by_method, decided_by, decided_at, source)
    SELECT md5($1::uuid::text || 'U' || i)::uuid, $1::uuid, o.id, o.number || '/5',
        {_one_of("targeted incidental incidental", 10)}, 'maintenance',
        'J' || {_dice(30, 11)}, 'OP' || {_dice(300, 12)}, '更换', '{{5,6}}', 600 + {_dice(900, 13)},
        decision, CASE WHEN decision IS NOT NULL THEN 'phone' END, CASE WHEN decision IS NOT NULL THEN o.advisor END,
        CASE WHEN decision IS NOT NULL THEN o.opened_at + interval '1 hour' END, 'bench'
    FROM generate_series($2::int, least($2::int + {_CHUNK - 1}, $3::int)) i
    JOIN repair_orders o ON o.id = md5($1::uuid::text || 'O' || i)::uuid
    CROSS JOIN LATERAL (SELECT CASE WHEN o.state IN ('closed', 'cancelled') OR {_dice(2, 14)} = 0
        THEN {_one_of("approved approved approved approved declined declined deferred", 15)} END AS decision) said
    WHERE {_dice(5, 16)} < 2
"""
_LINES = f"""
    INSERT INTO repair_order_lines (store_id, order_id, line_number, kind, code, name, standard_hours, quantity,
        list_price, amount, payer, team, technician, is_upsell, upsell_source, stage, finder, authorisation, upsell_id,
        labour_completed_on, labour_version, source)
    SELECT $1::uuid, o.id, n, sort, 'OP' || {_dice(300, 17, "(i * 7 + n)")},
        CASE sort WHEN 'labour' THEN '检查更换' ELSE '配件' END,
        CASE sort WHEN 'labour' THEN 0.5 + {_dice(6, 18)} END, 1, price, price,
        CASE o.kind WHEN 'warranty' THEN 'maker' WHEN 'accident' THEN 'insurer' ELSE 'customer' END,
        CASE sort WHEN 'labour' THEN '机电' || {_dice(3, 19)} || '组' END,
        CASE sort WHEN 'labour' THEN 'J' || {_dice(30, 20)} END, u.id IS NOT NULL,
        u.upsell_source, u.stage, u.finder, CASE WHEN u.id IS NOT NULL THEN coalesce(u.decision, 'proposed') END, u.id,
        CASE WHEN sort = 'labour' AND o.state = 'closed' AND coalesce(u.decision, 'approved') = 'approved'
             THEN o.left_on END,
        CASE WHEN sort = 'labour' AND o.state = 'closed' THEN 1 ELSE 0 END, 'bench'
    FROM generate_series($2::int, least($2::int + {_CHUNK - 1}, $3::int)) i
    JOIN repair_orders o ON o.id = md5($1::uuid::text || 'O' || i)::uuid
    CROSS JOIN generate_series(1, {LINES}) n
    LEFT JOIN upsells u ON u.id = md5($1::uuid::text || 'U' || i)::uuid AND n >= 5
    CROSS JOIN LATERAL (SELECT CASE WHEN n % 2 = 1 THEN 'labour' ELSE 'part' END AS sort,
        (40 + {_dice(700, 21, "(i * 7 + n)")})::numeric AS price) each_line
    ORDER BY i, n
"""
_PAYMENTS = f"""
    INSERT INTO payments (store_id, order_id, paid_on, amount, method, ordinal, source)
    SELECT $1::uuid, o.id, o.settled_on, owed / parts, {_one_of("wechat wechat alipay card cash", 22)}, part, 'bench'
    FROM generate_series($2::int, least($2::int + {_CHUNK - 1}, $3::int)) i
    JOIN repair_orders o ON o.id = md5($1::uuid::text || 'O' || i)::uuid AND o.settled
    CROSS JOIN LATERAL (SELECT CASE WHEN {_dice(10, 23)} = 0 THEN 2 ELSE 1 END AS parts,
        (SELECT coalesce(sum(l.amount), 0) FROM repair_order_lines l WHERE l.store_id = o.store_id
            AND l.order_id = o.id AND l.payer = 'customer' AND coalesce(l.authorisation, 'approved') = 'approved')
        AS owed) bill
    CROSS JOIN LATERAL generate_series(1, parts) part
    WHERE owed > 0
"""


async def fill(owner_url: str, stores: list[UUID], orders: int) -> None:
    """`orders` in all, spread over the stores; then the server knows the tables as it would after a night.

    Each piece is planned for the tables as they have become: a plan kept from the first rows reads all for each.
    """
    connection = await asyncpg.connect(owner_url, server_settings={"plan_cache_mode": "force_custom_plan"})
    try:
        for store in stores:
            await connection.execute(f"SET app.store = '{store}'")
            for statement in _COPIES:
                await connection.execute(statement, store)
            own = orders // len(stores)
            for begin in range(1, own + 1, _CHUNK):
                for statement in (_ORDERS, _UPSELLS, _LINES, _PAYMENTS):
                    await connection.execute(statement, store, begin, own)
                await connection.execute("ANALYZE")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def more_stores(first: UUID, orders: int) -> list[UUID]:
    return [first, *(uuid5(first, str(place)) for place in range(1, max(1, orders // STORE_ORDERS)))]
