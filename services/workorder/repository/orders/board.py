"""The board of a day: every order whose car is, or was, in the shop on that day, or is promised for it."""

from services.workorder.repository.overviews import PAID, WORK

MOST_ORDERS = 200
"""What people can look over; the counts are of all."""

BOARD = f"""
    WITH there AS MATERIALIZED (
        SELECT o.*, o.left_on IS NULL AND o.promised_at < $2::timestamptz
                AND o.state NOT IN ('ready', 'closed') AS overdue,
            coalesce(o.promised_at >= $3::timestamptz AND o.promised_at < $4::timestamptz, false) AS promised,
            (SELECT count(*) FROM upsells u WHERE u.store_id = o.store_id AND u.order_id = o.id
                AND u.decision IS NULL AND u.line_numbers <> '{{}}') AS open_decisions
        FROM (
            SELECT * FROM repair_orders WHERE left_on IS NULL AND state <> 'cancelled'
                AND (opened_on <= $1::date OR promised_at >= $3::timestamptz AND promised_at < $4::timestamptz)
            UNION ALL
            SELECT * FROM repair_orders WHERE left_on >= $1::date AND opened_on <= $1::date AND state <> 'cancelled') o
        WHERE $5::text IS NULL OR o.advisor = $5::text
    ), shown AS (
        SELECT * FROM there ORDER BY promised_at NULLS LAST, opened_at, id LIMIT {MOST_ORDERS}
    )
    SELECT json_build_object(
        'day', $1::date, 'as_of', $2::timestamptz, 'currency', $6::text,
        'counts', (SELECT json_build_object(
                'orders', count(*), 'opened', count(*) FILTER (WHERE opened_on = $1::date),
                'promised', count(*) FILTER (WHERE promised), 'left', count(*) FILTER (WHERE left_on = $1::date),
                'overdue', count(*) FILTER (WHERE overdue), 'held', count(*) FILTER (WHERE hold IS NOT NULL),
                'open_decisions', coalesce(sum(open_decisions), 0)) FROM there),
        'states', (SELECT coalesce(json_object_agg(state, orders ORDER BY state), '{{}}'::json)
            FROM (SELECT state, count(*) AS orders FROM there GROUP BY state) each),
        'more', (SELECT count(*) FROM there) > {MOST_ORDERS},
        'items', (SELECT coalesce(json_agg(json_build_object(
                'id', o.id, 'number', o.number, 'kind', o.kind, 'state', o.state, 'hold', o.hold,
                'settled', o.settled, 'advisor', o.advisor, 'complaint', o.complaint,
                'vin', o.vin, 'plate', v.plate, 'model', v.model,
                'customer_number', o.customer_number, 'customer_name', c.name,
                'opened_at', o.opened_at, 'promised_at', o.promised_at, 'left_at', o.left_at,
                'overdue', coalesce(o.overdue, false), 'open_decisions', o.open_decisions,
                'amount', (SELECT coalesce(sum(l.amount), 0.00)::text FROM repair_order_lines l
                    WHERE l.store_id = o.store_id AND l.order_id = o.id AND {WORK}),
                'paid', ({PAID})::text,
                'version', o.version)
                ORDER BY o.promised_at NULLS LAST, o.opened_at, o.id), '[]'::json)
            FROM shown o
            LEFT JOIN vehicle_copy v ON v.store_id = o.store_id AND v.vin = o.vin
            LEFT JOIN customer_copy c ON c.store_id = o.store_id AND c.number = o.customer_number))::text
"""  # noqa: S608
"""$1 day, $2 now, $3 and $4 begin and end of the day, $5 advisor or null, $6 currency."""
