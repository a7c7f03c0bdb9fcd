"""What happened here by day and kind, as events told it to payroll, and which things: to be held against its facts."""

MOST = 1000
"""Things of the days and kinds asked for at once."""
_TOLD = """
    told AS (
        SELECT 'order' AS kind, o.opened_on AS day, o.number AS id, o.number AS order_number, NULL::numeric AS amount,
            NULL::numeric AS hours, concat_ws(' ', o.kind, (o.state = 'cancelled')::text, coalesce(o.advisor, '-'),
                coalesce(o.settled_on::text, '-'), coalesce(o.left_on::text, '-')) AS details
        FROM repair_orders o, bounds b WHERE o.opened_on BETWEEN b.first AND b.last
        UNION ALL
        SELECT m.kind, m.day, m.id::text, o.number, m.amount, m.hours, m.details
        FROM (
            SELECT 'receipt' AS kind, p.paid_on AS day, p.id, p.order_id, p.amount, NULL::numeric AS hours,
                NULL::text AS details
            FROM payments p, bounds b WHERE p.paid_on BETWEEN b.first AND b.last
            UNION ALL
            SELECT 'receipt', r.refunded_on, r.id, r.order_id, -r.amount, NULL, NULL
            FROM refunds r, bounds b WHERE r.refunded_on BETWEEN b.first AND b.last
            UNION ALL
            SELECT 'receipt', d.drawn_on, d.id, d.order_id, CASE WHEN d.undone THEN 0 ELSE d.value END, NULL,
                NULL
            FROM package_draws d, bounds b WHERE d.drawn_on BETWEEN b.first AND b.last
            UNION ALL
            SELECT 'reimbursement', p.paid_on, p.id, p.order_id, p.amount, NULL, NULL
            FROM reimbursements p, bounds b WHERE p.paid_on BETWEEN b.first AND b.last
            UNION ALL
            SELECT 'insurer_approval', a.approved_on, a.id, a.order_id, a.approved_amount, NULL,
                trim_scale(a.owner_share)::text
            FROM insurer_approvals a, bounds b WHERE a.approved_on BETWEEN b.first AND b.last
            UNION ALL
            SELECT 'labour', l.labour_completed_on, l.id, l.order_id, NULL, coalesce(l.standard_hours, 0),
                concat_ws(' ', coalesce(l.team, '-'), coalesce(l.technician, '-'))
            FROM repair_order_lines l, bounds b
            WHERE l.labour_version > 0 AND l.labour_completed_on BETWEEN b.first AND b.last
            UNION ALL
            SELECT 'hours_deduction', h.occurred_on, h.id, h.order_id, NULL, h.hours, h.employee
            FROM hours_deductions h, bounds b WHERE h.occurred_on BETWEEN b.first AND b.last
            UNION ALL
            SELECT 'accessory_sale', s.sold_on, s.id, NULL, s.amount, NULL,
                concat_ws(' ', trim_scale(s.list_price)::text, s.department, coalesce(s.seller, '-'),
                    s.given_away::text, s.installed::text, s.generic::text)
            FROM accessory_sales s, bounds b WHERE s.returned_on IS NULL AND s.sold_on BETWEEN b.first AND b.last
            UNION ALL
            SELECT 'consumable', c.used_on, c.id, NULL, c.amount, NULL, c.team
            FROM consumables c, bounds b WHERE c.used_on BETWEEN b.first AND b.last
        ) m LEFT JOIN repair_orders o ON o.id = m.order_id
    )"""
_PERIOD = """
    bounds AS (
        SELECT CASE WHEN pg_input_is_valid(since, 'date') THEN since::date END AS first,
               CASE WHEN pg_input_is_valid(until, 'date') THEN until::date END AS last
        FROM (SELECT split_part($1, '..', 1) AS since, split_part($1, '..', 2) AS until) named
    )"""
_CELLS = """
    cell AS (
        SELECT DISTINCT kind, CASE WHEN pg_input_is_valid(day, 'date') THEN day::date END AS day
        FROM (SELECT split_part(one, '@', 1) AS kind, split_part(one, '@', 2) AS day
              FROM unnest(string_to_array($1, ',')) one) named
    ), bounds AS (SELECT min(day) AS first, max(day) AS last FROM cell)"""
_SUMS = """
    SELECT json_build_object('sums', (SELECT coalesce(json_agg(json_build_object(
        'kind', s.kind, 'day', s.day, 'count', s.count, 'amount', s.amount, 'hours', s.hours, 'digest', s.digest)
        ORDER BY s.day, s.kind), '[]') FROM (
            SELECT kind, day, count(*) AS count, trim_scale(sum(amount))::text AS amount,
                trim_scale(sum(hours))::text AS hours, md5(string_agg(concat_ws(' ', id,
                    trim_scale(amount)::text, trim_scale(hours)::text, details), E'\\n'
                    ORDER BY id COLLATE "C")) AS digest
            FROM told GROUP BY kind, day) s))::text"""
_THINGS = f"""
    SELECT json_build_object('truncated', count(*) > {MOST}, 'things', coalesce(json_agg(json_build_object(
        'kind', t.kind, 'day', t.day, 'id', t.id, 'order_number', t.order_number,
        'amount', trim_scale(t.amount)::text, 'hours', trim_scale(t.hours)::text,
        'details', t.details)
        ORDER BY t.day, t.kind, t.id COLLATE "C") FILTER (WHERE t.place <= {MOST}), '[]'))::text
    FROM (SELECT told.*, row_number() OVER (ORDER BY told.day, told.kind, told.id COLLATE "C") AS place
          FROM told JOIN cell USING (kind, day)) t"""  # noqa: S608 - composed of constants

SUMS = f"WITH {_PERIOD}, {_TOLD} {_SUMS}"
"""$1 is `from..to`; the digest is over ids, money and hours, so that equal sums of other things do not pass."""
THINGS = f"WITH {_CELLS}, {_TOLD} {_THINGS}"
"""$1 is `kind@day,…`."""
