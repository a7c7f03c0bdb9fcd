"""The figures of a month by advisor, in one SELECT.

What belongs to an order is looked up order by order: joined as tables, it would be read whole, of all years.
"""

from services.workorder.repository.overviews import WORK

_FIGURES = """
    'car_count', car_count, 'orders_settled', orders_settled, 'settled_amount', settled_amount::text,
    'average_repair_order', round(settled_amount / nullif(orders_settled, 0), 2)::text, 'receipts', receipts::text,
    'upsells', json_build_object('proposed', proposed, 'approved', approved,
        'rate', round(approved::numeric / nullif(proposed, 0), 4)::text, 'approved_amount', approved_amount::text)
"""
_COUNTS = ("car_count", "orders_settled", "proposed", "approved")
_AMOUNTS = ("settled_amount", "receipts", "approved_amount")
_SUMS = ", ".join(
    [f"coalesce(sum({name}), 0) AS {name}" for name in _COUNTS]
    + [f"round(coalesce(sum({name}), 0), 2) AS {name}" for name in _AMOUNTS]
)
_HERE = """
    SELECT store_id, id, advisor FROM repair_orders WHERE opened_on >= $1::date AND opened_on < $2::date
    UNION ALL
    SELECT store_id, id, advisor FROM repair_orders WHERE left_on >= $1::date AND opened_on < $1::date
    UNION ALL
    SELECT store_id, id, advisor FROM repair_orders
    WHERE left_on IS NULL AND state <> 'cancelled' AND opened_on < $1::date
"""
"""Orders whose car was here on any day of the month; what was cancelled was not here for longer than its month."""

ORDER_FIGURES = f"""
    WITH parts (advisor, car_count, orders_settled, settled_amount, receipts, proposed, approved, approved_amount) AS (
        SELECT advisor, count(*) FILTER (WHERE kind <> 'pdi'), 0, 0.00, 0.00, 0, 0, 0.00
        FROM repair_orders WHERE opened_on >= $1::date AND opened_on < $2::date AND state <> 'cancelled'
        GROUP BY advisor
        UNION ALL
        SELECT o.advisor, 0, count(*), sum(done.amount), 0, 0, 0, 0
        FROM repair_orders o CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.amount) FILTER (WHERE {WORK}), 0.00) AS amount
            FROM repair_order_lines l WHERE l.store_id = o.store_id AND l.order_id = o.id) done
        WHERE o.settled_on >= $1::date AND o.settled_on < $2::date
        GROUP BY o.advisor
        UNION ALL
        SELECT advisor, 0, 0, 0, sum(amount), 0, 0, 0
        FROM (SELECT p.amount, (SELECT o.advisor FROM repair_orders o
                  WHERE o.store_id = p.store_id AND o.id = p.order_id) AS advisor
              FROM (SELECT store_id, order_id, amount FROM payments
                    WHERE paid_on >= $1::date AND paid_on < $2::date
                    UNION ALL
                    SELECT store_id, order_id, -amount FROM refunds
                    WHERE refunded_on >= $1::date AND refunded_on < $2::date) p) paid
        GROUP BY advisor
        UNION ALL
        SELECT here.advisor, 0, 0, 0, 0, sum(told.proposed), sum(told.approved), sum(told.amount)
        FROM ({_HERE}) here CROSS JOIN LATERAL (
            SELECT count(*) AS proposed, count(*) FILTER (WHERE u.decision = 'approved') AS approved,
                coalesce(sum(u.amount) FILTER (WHERE u.decision = 'approved'), 0.00) AS amount
            FROM upsells u
            WHERE u.store_id = here.store_id AND u.order_id = here.id AND u.line_numbers <> '{{}}') told
        GROUP BY here.advisor
    ), advisors AS (SELECT advisor, {_SUMS} FROM parts GROUP BY advisor)
    SELECT json_build_object(
        'month', to_char($1::date, 'YYYY-MM'), 'currency', $3::text,
        'total', (SELECT json_build_object({_FIGURES}) FROM (SELECT {_SUMS} FROM advisors) shop),
        'advisors', (SELECT coalesce(json_agg(json_build_object('advisor', advisor, {_FIGURES})
            ORDER BY advisor NULLS LAST), '[]'::json) FROM advisors))::text
"""  # noqa: S608
"""$1 first day of the month, $2 first day of the next, $3 currency."""
