"""What this service adds to the gateway's overviews: one SELECT each, the JSON built in the database."""

from services.workorder.repository.orders.approvals import APPROVAL

_ORDER_SUMMARY = """
    json_build_object(
        'id', o.id, 'number', o.number, 'kind', o.kind, 'state', o.state, 'advisor', o.advisor, 'vin', o.vin,
        'opened_on', o.opened_on, 'left_on', o.left_on, 'settled_on', o.settled_on, 'odometer_km', o.odometer_km,
        'complaint', o.complaint, 'amount', money.amount::text, 'paid', money.paid::text)
"""
WORK = "coalesce(l.authorisation, 'approved') = 'approved'"


PAID = """
    (SELECT coalesce(sum(p.amount), 0.00) FROM payments p WHERE p.store_id = o.store_id AND p.order_id = o.id)
        - (SELECT coalesce(sum(r.amount), 0.00) FROM refunds r WHERE r.store_id = o.store_id AND r.order_id = o.id)
"""
"""What is held of an order's customer: paid, and not given back."""


def _share(whose: str) -> str:
    return f"share_of('{whose}', l.payer, l.amount, l.shares)"


CUSTOMER = f"""
    SELECT json_build_object(
        'orders', theirs.orders,
        'last_visit_on', theirs.last_visit_on,
        'spent', coalesce(theirs.spent, 0.00)::text,
        'upsells', (SELECT json_build_object(
                'proposed', count(*), 'approved', count(*) FILTER (WHERE u.decision = 'approved'),
                'approved_amount', coalesce(sum(u.amount) FILTER (WHERE u.decision = 'approved'), 0.00)::text)
            FROM upsells u
            WHERE u.line_numbers <> '{{}}' AND u.order_id = ANY (theirs.ids)),
        'latest_orders', coalesce(theirs.latest, '[]'::json))::text
    FROM (SELECT array_agg(alias.number) || max(c.survivor_number) || $1::text AS numbers, count(*) > 0 AS known
          FROM customer_copy c
          JOIN customer_copy alias ON alias.survivor_number = c.survivor_number
          WHERE c.number = $1) person
    CROSS JOIN LATERAL (
        SELECT count(*) AS orders, max(o.opened_on) FILTER (WHERE o.state <> 'cancelled') AS last_visit_on,
            sum(money.paid) AS spent, array_agg(o.id) AS ids,
            json_agg({_ORDER_SUMMARY} ORDER BY o.nth) FILTER (WHERE o.nth <= 20) AS latest
        FROM (SELECT id, store_id, number, kind, state, advisor, vin, opened_on, left_on, settled_on, odometer_km,
                  complaint, row_number() OVER (ORDER BY opened_at DESC, id DESC) AS nth
              FROM repair_orders WHERE customer_number = ANY (person.numbers)) o
        CROSS JOIN LATERAL (
            SELECT {PAID} AS paid,
                CASE WHEN o.nth <= 20 THEN (SELECT coalesce(sum(l.amount), 0.00) FROM repair_order_lines l
                    WHERE l.order_id = o.id AND {WORK}) END AS amount OFFSET 0) money) theirs
    WHERE theirs.orders > 0 OR person.known
"""  # noqa: S608

REPAIR_ORDER = f"""
    SELECT json_build_object(
        'id', o.id, 'number', o.number, 'source', o.source, 'kind', o.kind, 'state', o.state, 'hold', o.hold,
        'settled', o.settled, 'settled_on', o.settled_on, 'advisor', o.advisor, 'opened_at', o.opened_at,
        'opened_on', o.opened_on, 'odometer_km', o.odometer_km, 'complaint', o.complaint,
        'promised_at', o.promised_at, 'left_at', o.left_at, 'left_on', o.left_on, 'version', o.version,
        'approval', {APPROVAL},
        'vehicle', (SELECT json_build_object('number', o.vin, 'id', max(v.id::text), 'plate', max(v.plate),
                        'model', max(v.model))
                    FROM vehicle_copy v WHERE v.store_id = o.store_id AND v.vin = o.vin HAVING o.vin IS NOT NULL),
        'customer', (SELECT json_build_object('number', o.customer_number, 'id', max(c.survivor_id::text),
                        'name', max(c.name))
                     FROM customer_copy c WHERE c.store_id = o.store_id AND c.number = o.customer_number
                     HAVING o.customer_number IS NOT NULL),
        'lines', (SELECT coalesce(json_agg(json_build_object(
                'line_number', l.line_number, 'kind', l.kind, 'code', l.code, 'name', l.name,
                'standard_hours', trim_scale(l.standard_hours)::text, 'quantity', trim_scale(l.quantity)::text,
                'list_price', l.list_price::text, 'amount', l.amount::text, 'payer', l.payer, 'shares', l.shares,
                'team', l.team,
                'technician', l.technician, 'is_upsell', l.is_upsell, 'authorisation', l.authorisation,
                'completed_on', l.labour_completed_on) ORDER BY l.line_number), '[]'::json)
            FROM repair_order_lines l WHERE l.order_id = o.id),
        'upsells', (SELECT coalesce(json_agg(json_build_object(
                'id', u.id, 'number', u.number, 'source', u.upsell_source, 'stage', u.stage, 'finder', u.finder,
                'operation_name', u.operation_name, 'line_numbers', u.line_numbers, 'amount', u.amount::text,
                'decision', u.decision, 'decided_by_method', u.decided_by_method, 'decided_by', u.decided_by,
                'decided_at', u.decided_at, 'reason', u.decision_reason,
                'quote', (SELECT json_build_object('id', q.id, 'number', q.number)
                    FROM quote_decisions d JOIN quotes q ON q.store_id = d.store_id AND q.id = d.quote_id
                    WHERE d.store_id = u.store_id AND d.upsell_id = u.id AND d.decision = u.decision))
                ORDER BY u.line_numbers), '[]'::json)
            FROM upsells u WHERE u.order_id = o.id AND u.line_numbers <> '{{}}'),
        'quotes', (SELECT coalesce(json_agg(json_build_object(
                'id', q.id, 'number', q.number, 'created_at', q.created_at, 'valid_until', q.valid_until,
                'ready_by', q.ready_by, 'explained_by', q.explained_by, 'total', shown.total::text,
                'customer_share', shown.customer_share::text) ORDER BY q.number DESC), '[]'::json)
            FROM quotes q CROSS JOIN LATERAL (
                SELECT sum(i.amount) AS total, sum(i.customer_share) AS customer_share
                FROM quote_items i WHERE i.store_id = q.store_id AND i.quote_id = q.id) shown
            WHERE q.store_id = o.store_id AND q.order_id = o.id),
        'payments', (SELECT coalesce(json_agg(json_build_object(
                'paid_on', p.paid_on, 'amount', p.amount::text, 'method', p.method) ORDER BY p.paid_on, p.id),
                '[]'::json)
            FROM payments p WHERE p.order_id = o.id),
        'refunds', (SELECT coalesce(json_agg(json_build_object(
                'refunded_on', r.refunded_on, 'amount', r.amount::text, 'method', r.method, 'reason', r.reason)
                ORDER BY r.refunded_on, r.id), '[]'::json)
            FROM refunds r WHERE r.order_id = o.id),
        'reimbursements', (SELECT coalesce(json_agg(json_build_object(
                'paid_on', r.paid_on, 'amount', r.amount::text) ORDER BY r.paid_on, r.id), '[]'::json)
            FROM reimbursements r WHERE r.order_id = o.id),
        'insurer_approval', (SELECT json_build_object('approved_on', a.approved_on,
                'approved_amount', a.approved_amount::text, 'owner_share', a.owner_share::text)
            FROM insurer_approvals a WHERE a.order_id = o.id),
        'totals', (SELECT json_build_object(
                'work', coalesce(sum(l.amount) FILTER (WHERE {WORK}), 0.00)::text,
                'customer', coalesce(sum({_share("customer")}) FILTER (WHERE {WORK}), 0.00)::text,
                'maker', coalesce(sum({_share("maker")}) FILTER (WHERE {WORK}), 0.00)::text,
                'insurer', coalesce(sum({_share("insurer")}) FILTER (WHERE {WORK}), 0.00)::text,
                'upsells_approved', coalesce(sum(l.amount) FILTER (WHERE {WORK} AND l.is_upsell), 0.00)::text,
                'paid', ({PAID})::text)
            FROM repair_order_lines l WHERE l.order_id = o.id)
    )::text
    FROM repair_orders o WHERE o.number = $1
"""  # noqa: S608

EMPLOYEE = """
    WITH received AS (
        SELECT o.id, o.state, to_char(o.opened_on, 'YYYY-MM') AS month FROM repair_orders o
        WHERE o.advisor = $1
          AND o.opened_at >= date_trunc('month', now()) - interval '12 months'
    ), offered AS (
        SELECT r.month, count(*) AS proposed, count(*) FILTER (WHERE u.decision = 'approved') AS approved,
            coalesce(sum(u.amount) FILTER (WHERE u.decision = 'approved'), 0.00) AS amount
        FROM upsells u JOIN received r ON r.id = u.order_id
        WHERE u.line_numbers <> '{}' GROUP BY r.month
    ), months AS (
        SELECT month, count(*) FILTER (WHERE state <> 'cancelled') AS orders FROM received GROUP BY month
    ), found AS (
        SELECT count(*) AS findings, count(*) FILTER (WHERE u.decision = 'approved') AS approved,
            coalesce(sum(u.amount) FILTER (WHERE u.decision = 'approved'), 0.00) AS amount
        FROM upsells u WHERE u.finder = $1 AND u.line_numbers <> '{}'
    )
    SELECT json_build_object(
        'number', $1::text,
        'as_advisor', (SELECT coalesce(json_agg(json_build_object(
                'month', m.month, 'orders', m.orders, 'upsells_proposed', coalesce(f.proposed, 0),
                'upsells_approved', coalesce(f.approved, 0), 'approved_amount', coalesce(f.amount, 0.00)::text)
                ORDER BY m.month DESC), '[]'::json)
            FROM months m LEFT JOIN offered f ON f.month = m.month),
        'as_finder', (SELECT json_build_object('findings', findings, 'approved', approved,
                'approved_amount', amount::text) FROM found)
    )::text
    FROM found WHERE findings > 0 OR EXISTS (SELECT FROM months)
        OR EXISTS (SELECT FROM repair_orders WHERE advisor = $1)
"""

STORE_MONTH = """
    WITH named AS (
        SELECT CASE WHEN $1 ~ '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN to_date($1, 'YYYY-MM') END AS begin
    ), month AS (
        SELECT begin, (begin + interval '1 month')::date AS next FROM named WHERE begin IS NOT NULL
    )
    SELECT json_build_object(
        'month', $1::text,
        'car_count', (SELECT count(*) FROM repair_orders o
            WHERE o.opened_on >= m.begin AND o.opened_on < m.next
              AND o.state <> 'cancelled' AND o.kind <> 'pdi'),
        'orders_settled', (SELECT count(*) FROM repair_orders o
            WHERE o.settled_on >= m.begin AND o.settled_on < m.next),
        'receipts', ((SELECT coalesce(sum(p.amount), 0.00) FROM payments p
                WHERE p.paid_on >= m.begin AND p.paid_on < m.next)
            - (SELECT coalesce(sum(r.amount), 0.00) FROM refunds r
                WHERE r.refunded_on >= m.begin AND r.refunded_on < m.next))::text,
        'reimbursements', (SELECT coalesce(sum(r.amount), 0.00)::text FROM reimbursements r
            WHERE r.paid_on >= m.begin AND r.paid_on < m.next),
        'upsells', (SELECT json_build_object(
                'proposed', count(*), 'approved', count(*) FILTER (WHERE u.decision = 'approved'),
                'approved_amount', coalesce(sum(u.amount) FILTER (WHERE u.decision = 'approved'), 0.00)::text)
            FROM upsells u JOIN repair_orders o ON o.store_id = u.store_id AND o.id = u.order_id
            WHERE u.line_numbers <> '{}' AND o.opened_on < m.next AND (o.left_on IS NULL OR o.left_on >= m.begin))
    )::text
    FROM month m
"""
