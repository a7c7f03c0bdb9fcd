"""What an id or a number means in a thread: its nodes, and the orders that the thread runs through."""

MOST_ORDERS = 50

_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

ANCHORS = f"""
    WITH RECURSIVE asked AS MATERIALIZED (
        SELECT CASE WHEN $1 ~ '{_UUID}' THEN CAST($1 AS uuid) END AS id
    ), found (kind, key, order_id, upsell_id) AS MATERIALIZED (
        SELECT 'order', 'order:' || o.number, o.id, NULL::uuid FROM repair_orders o WHERE o.number = $1
        UNION ALL SELECT 'order', 'order:' || o.number, o.id, NULL FROM asked JOIN repair_orders o ON o.id = asked.id
        UNION ALL SELECT 'upsell', 'upsell:' || u.id, u.order_id, u.id FROM upsells u WHERE u.number = $1
        UNION ALL SELECT 'upsell', 'upsell:' || u.id, u.order_id, u.id FROM asked JOIN upsells u ON u.id = asked.id
        UNION ALL
        SELECT 'inspection_item', 'inspection_item:' || f.inspection_item_id, f.order_id, u.id FROM asked
        JOIN inspection_items i ON i.id = asked.id
        JOIN inspections x ON x.store_id = i.store_id AND x.id = i.inspection_id
        JOIN findings f ON f.store_id = x.store_id AND f.order_id = x.order_id AND f.inspection_item_id = i.id
        LEFT JOIN upsells u ON u.store_id = f.store_id AND u.order_id = f.order_id AND u.finding_id = f.id
        UNION ALL
        SELECT 'finding', 'finding:' || f.id, f.order_id, u.id FROM asked JOIN findings f ON f.id = asked.id
        LEFT JOIN upsells u ON u.store_id = f.store_id AND u.order_id = f.order_id AND u.finding_id = f.id
        UNION ALL
        SELECT 'quote', 'quote_item:' || i.quote_id || '/' || i.upsell_id, q.order_id, i.upsell_id FROM asked
        JOIN quotes q ON q.id = asked.id JOIN quote_items i ON i.store_id = q.store_id AND i.quote_id = q.id
        UNION ALL
        SELECT 'decision', 'decision:' || d.id, q.order_id, d.upsell_id FROM asked
        JOIN quote_decisions d ON d.id = asked.id JOIN quotes q ON q.store_id = d.store_id AND q.id = d.quote_id
        UNION ALL SELECT 'decision', 'decision:' || a.id, a.order_id, NULL FROM asked
        JOIN order_approvals a ON a.id = asked.id
        UNION ALL
        SELECT 'order_line', 'order_line:' || l.id, l.order_id, l.upsell_id FROM asked
        JOIN repair_order_lines l ON l.id = asked.id
        UNION ALL SELECT 'payment', 'payment:' || p.id, p.order_id, NULL FROM asked JOIN payments p ON p.id = asked.id
        UNION ALL SELECT 'refund', 'refund:' || r.id, r.order_id, NULL FROM asked JOIN refunds r ON r.id = asked.id
        UNION ALL
        SELECT 'reimbursement', 'reimbursement:' || r.id, r.order_id, NULL FROM asked
        JOIN reimbursements r ON r.id = asked.id
        UNION ALL
        SELECT 'insurer_approval', 'insurer_approval:' || a.id, a.order_id, NULL FROM asked
        JOIN insurer_approvals a ON a.id = asked.id
        UNION ALL SELECT 'file', 'file:' || f.id, f.order_id, NULL FROM asked JOIN files f ON f.id = asked.id
        UNION ALL SELECT 'claim', 'claim:' || c.id, c.order_id, NULL FROM asked JOIN claims c ON c.id = asked.id
        UNION ALL
        SELECT 'package_draw', 'package_draw:' || d.id, d.order_id, NULL FROM asked
        JOIN package_draws d ON d.id = asked.id AND NOT d.undone
    ), earlier (kind, id, revived_from, order_id) AS (
        SELECT f.kind, u.id, u.revived_from, u.order_id FROM found f
        CROSS JOIN LATERAL (SELECT * FROM upsells WHERE id = f.upsell_id LIMIT 1) u
        UNION SELECT e.kind, u.id, u.revived_from, u.order_id FROM earlier e
        CROSS JOIN LATERAL (SELECT * FROM upsells WHERE id = e.revived_from LIMIT 1) u
    ), later (kind, id, order_id) AS (
        SELECT f.kind, f.upsell_id, f.order_id FROM found f WHERE f.upsell_id IS NOT NULL
        UNION SELECT l.kind, u.id, u.order_id FROM later l
        CROSS JOIN LATERAL (SELECT * FROM upsells WHERE revived_from = l.id LIMIT 1) u
    ), visits AS (
        SELECT v.kind, array_agg(DISTINCT o.number) AS orders FROM (
            SELECT kind, order_id FROM found UNION SELECT kind, order_id FROM earlier
            UNION SELECT kind, order_id FROM later) v
        CROSS JOIN LATERAL (SELECT number FROM repair_orders WHERE id = v.order_id LIMIT 1) o GROUP BY v.kind
    ), meant AS (
        SELECT f.kind, array_agg(DISTINCT f.key) AS keys FROM found f GROUP BY f.kind
    )
    SELECT json_build_object('anchors', json_agg(json_build_object(
        'kind', m.kind, 'keys', m.keys, 'orders', v.orders[:{MOST_ORDERS}], 'line', NULL, 'fact', NULL,
        'truncated', cardinality(v.orders) > {MOST_ORDERS}) ORDER BY m.kind))::text
    FROM meant m JOIN visits v ON v.kind = m.kind HAVING count(*) > 0
"""  # noqa: S608 - composed of constants
"""Work that was offered again runs through the orders of all its visits."""
