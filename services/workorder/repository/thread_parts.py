"""What this service knows of a thread: from an inspection's item to the money of its order, as nodes and edges.

Node keys are `kind:id`, an order's is `order:number`, so that the parts of other services join. Edges go forward, from
what was seen to what was paid. The statement takes what is asked for, and of the flags of the risk control whether the
caller sees all, and else which person he is: he sees those about himself.
"""

from services.workorder.domain.source import OWN_SOURCE
from services.workorder.repository import thread_nodes as told_of
from services.workorder.repository.orders.approvals import AGREED
from services.workorder.repository.thread_anchors import MOST_ORDERS

MOST_OF_A_KIND = 500
MOST_EDGES_OF_A_KIND = 2_000


_OF_THE_ORDERS = """
    asked AS MATERIALIZED (
        SELECT ARRAY(SELECT jsonb_array_elements_text(
            CASE jsonb_typeof(told.key -> 'orders') WHEN 'array' THEN told.key -> 'orders' END)) AS orders
        FROM (SELECT CASE WHEN pg_input_is_valid($1, 'jsonb') THEN CAST($1 AS jsonb) END AS key) told
    ), orders AS MATERIALIZED (
        SELECT o.* FROM repair_orders o
        WHERE o.number = ANY ((SELECT asked.orders FROM asked)::text[]) ORDER BY o.number LIMIT {orders}
    ), offered AS MATERIALIZED (
        SELECT u.* FROM orders o JOIN upsells u ON u.store_id = o.store_id AND u.order_id = o.id
    ), works AS MATERIALIZED (
        SELECT * FROM offered
        UNION SELECT u.* FROM offered n JOIN upsells u ON u.store_id = n.store_id AND u.id = n.revived_from
    ), found AS MATERIALIZED (
        SELECT f.* FROM orders o JOIN findings f ON f.store_id = o.store_id AND f.order_id = o.id
        UNION SELECT f.* FROM works w JOIN findings f ON f.store_id = w.store_id AND f.id = w.finding_id
    ), quoted AS MATERIALIZED (
        SELECT i.*, q.number AS revision, q.content_hash, q.created_at, q.explained_by, q.valid_until,
            lead(i.quote_id) OVER (PARTITION BY i.upsell_id ORDER BY q.order_id, q.number) AS next_id
        FROM works w JOIN quote_items i ON i.store_id = w.store_id AND i.upsell_id = w.id
        JOIN quotes q ON q.store_id = i.store_id AND q.id = i.quote_id
    ), decided AS MATERIALIZED (
        SELECT d.id, d.quote_id, d.upsell_id, NULL::uuid AS order_id, d.decision, d.method, d.decided_by, d.decided_at,
            d.reason, d.taken_by, d.link_id, d.called_at, d.follow_up_on, d.signature_id,
            CASE WHEN d.link_id IS NULL THEN 'desk' ELSE 'link' END AS via
        FROM works w JOIN quote_decisions d ON d.store_id = w.store_id AND d.upsell_id = w.id
        UNION ALL
        SELECT w.id, NULL, w.id, NULL, w.decision, w.decided_by_method, w.decided_by, w.decided_at, w.decision_reason,
            NULL, NULL, NULL, NULL, NULL, CASE WHEN w.decided_at IS NULL THEN 'import' ELSE 'desk' END
        FROM works w WHERE w.decision IN ('approved', 'declined', 'deferred') AND NOT EXISTS (
            SELECT FROM quote_decisions d
            WHERE d.store_id = w.store_id AND d.upsell_id = w.id AND d.decision = w.decision)
        UNION ALL
        SELECT coalesce(a.id, o.id), NULL, NULL, o.id, 'approved', a.method, a.decided_by, a.decided_at, NULL,
            a.taken_by, NULL, a.called_at, NULL, a.signature_id,
            CASE WHEN a.id IS NOT NULL THEN 'desk' WHEN o.source <> '{own}' THEN 'import' ELSE 'unknown' END
        FROM orders o LEFT JOIN order_approvals a ON a.store_id = o.store_id AND a.order_id = o.id
        WHERE a.id IS NOT NULL OR {agreed}
    ), lines AS MATERIALIZED (
        SELECT l.* FROM orders o JOIN repair_order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
    ), shown AS MATERIALIZED (
        SELECT 'finding:' || f.id AS "to", photo FROM found f CROSS JOIN LATERAL unnest(f.photos) photo
        UNION SELECT 'inspection_item:' || i.id, photo FROM inspection_items i
        CROSS JOIN LATERAL unnest(i.photos) photo
        WHERE i.id = ANY (ARRAY(SELECT f.inspection_item_id FROM found f))
    ), photos AS MATERIALIZED (
        SELECT f.* FROM files f WHERE f.id = ANY (ARRAY(SELECT s.photo FROM shown s))
    ), claimed AS MATERIALIZED (
        SELECT c.*, o.number AS order_number FROM orders o
        JOIN claims c ON c.store_id = o.store_id AND c.order_id = o.id
    ), drawn AS MATERIALIZED (
        SELECT d.* FROM lines l
        JOIN package_draws d ON d.store_id = l.store_id AND d.line_id = l.id AND NOT d.undone
    ), flags AS MATERIALIZED (
        SELECT f.*, o.number AS order_number FROM orders o
        JOIN risk_flags f ON f.store_id = o.store_id AND f.order_id = o.id
        WHERE $2::boolean OR f.advisor = $3::text OR $3::text = ANY (f.finders)
    ), nodes AS (
        SELECT 0 AS place, row_number() OVER (ORDER BY f.id) AS nth, {file} FROM photos f
        UNION ALL SELECT 1 AS place, row_number() OVER (ORDER BY i.inspection_id, i.position) AS nth, {item}
        FROM inspection_items i JOIN inspections x ON x.store_id = i.store_id AND x.id = i.inspection_id
        JOIN inspection_templates t ON t.store_id = x.store_id AND t.id = x.template_id
        WHERE i.id = ANY (ARRAY(SELECT f.inspection_item_id FROM found f))
        UNION ALL SELECT 2, row_number() OVER (ORDER BY f.id), {finding} FROM found f
        UNION ALL SELECT 3, row_number() OVER (ORDER BY w.order_id, w.line_numbers, w.id), {upsell} FROM works w
        UNION ALL SELECT 4, row_number() OVER (ORDER BY i.quote_id, i.place), {quote_item} FROM quoted i
        UNION ALL SELECT 5, row_number() OVER (ORDER BY d.decided_at, d.id), {decision} FROM decided d
        UNION ALL SELECT 6, row_number() OVER (ORDER BY o.number, l.line_number), {line}
        FROM lines l JOIN orders o ON o.id = l.order_id
        UNION ALL SELECT 7, row_number() OVER (ORDER BY o.number), {order} FROM orders o
        UNION ALL SELECT 8, row_number() OVER (ORDER BY p.paid_on, p.id), {payment}
        FROM orders o JOIN payments p ON p.store_id = o.store_id AND p.order_id = o.id
        UNION ALL SELECT 9, row_number() OVER (ORDER BY r.refunded_on, r.id), {refund}
        FROM orders o JOIN refunds r ON r.store_id = o.store_id AND r.order_id = o.id
        UNION ALL SELECT 10, row_number() OVER (ORDER BY r.paid_on, r.id), {reimbursement}
        FROM orders o JOIN reimbursements r ON r.store_id = o.store_id AND r.order_id = o.id
        UNION ALL SELECT 11, row_number() OVER (ORDER BY a.id), {insurer}
        FROM orders o JOIN insurer_approvals a ON a.store_id = o.store_id AND a.order_id = o.id
        UNION ALL SELECT 12, row_number() OVER (ORDER BY c.number), {claim}
        FROM claimed c JOIN orders o ON o.id = c.order_id
        UNION ALL SELECT 13, row_number() OVER (ORDER BY d.id), {package_draw}
        FROM drawn d JOIN packages p ON p.store_id = d.store_id AND p.id = d.package_id
        UNION ALL SELECT 14, row_number() OVER (ORDER BY f.id), {risk_flag} FROM flags f
    ), told AS MATERIALIZED (
        SELECT key, place, nth, node FROM nodes WHERE nth <= {most_nodes}
    ), edges AS (
        SELECT 0 AS place, 'shows' AS kind, 'file:' || s.photo AS "from", s."to" FROM shown s
        UNION ALL SELECT 1 AS place, 'recorded' AS kind, 'inspection_item:' || f.inspection_item_id AS "from",
            'finding:' || f.id AS "to" FROM found f WHERE f.inspection_item_id IS NOT NULL
        UNION ALL SELECT 2, 'proposed', 'finding:' || w.finding_id, 'upsell:' || w.id
        FROM works w WHERE w.finding_id IS NOT NULL
        UNION ALL SELECT 3, 'offered_again', 'upsell:' || w.revived_from, 'upsell:' || w.id
        FROM works w WHERE w.revived_from IS NOT NULL
        UNION ALL SELECT 4, 'quoted', 'upsell:' || i.upsell_id, 'quote_item:' || i.quote_id || '/' || i.upsell_id
        FROM quoted i
        UNION ALL SELECT 5, 'revised', 'quote_item:' || i.quote_id || '/' || i.upsell_id,
            'quote_item:' || i.next_id || '/' || i.upsell_id FROM quoted i WHERE i.next_id IS NOT NULL
        UNION ALL SELECT 6, 'decided',
            coalesce('quote_item:' || d.quote_id || '/' || d.upsell_id, 'upsell:' || d.upsell_id), 'decision:' || d.id
        FROM decided d WHERE d.upsell_id IS NOT NULL
        UNION ALL SELECT 7, 'decides_on', 'decision:' || d.id, 'order_line:' || l.id
        FROM decided d JOIN lines l ON l.upsell_id = d.upsell_id
        UNION ALL SELECT 7, 'decides_on', 'decision:' || d.id, 'order_line:' || l.id
        FROM decided d JOIN lines l ON l.order_id = d.order_id AND NOT l.is_upsell
        UNION ALL SELECT 7, 'decides_on', 'decision:' || d.id, 'order:' || o.number
        FROM decided d JOIN orders o ON o.id = d.order_id
        UNION ALL SELECT 8, 'consists_of', 'upsell:' || l.upsell_id, 'order_line:' || l.id
        FROM lines l WHERE l.upsell_id IS NOT NULL
        UNION ALL SELECT 9, 'proposed_on', 'upsell:' || w.id, 'order:' || o.number
        FROM works w JOIN orders o ON o.id = w.order_id
        UNION ALL SELECT 10, 'part_of', 'order_line:' || l.id, 'order:' || o.number
        FROM lines l JOIN orders o ON o.id = l.order_id WHERE coalesce(l.authorisation, 'approved') = 'approved'
        UNION ALL SELECT 11, 'paid_by', 'order:' || o.number, 'payment:' || p.id
        FROM orders o JOIN payments p ON p.store_id = o.store_id AND p.order_id = o.id
        UNION ALL SELECT 12, 'given_back', 'payment:' || r.payment_id, 'refund:' || r.id
        FROM orders o JOIN refunds r ON r.store_id = o.store_id AND r.order_id = o.id
        UNION ALL SELECT 13, 'reimbursed_by', 'order:' || o.number, 'reimbursement:' || r.id
        FROM orders o JOIN reimbursements r ON r.store_id = o.store_id AND r.order_id = o.id WHERE r.claim_id IS NULL
        UNION ALL SELECT 14, 'insured_by', 'order:' || o.number, 'insurer_approval:' || a.id
        FROM orders o JOIN insurer_approvals a ON a.store_id = o.store_id AND a.order_id = o.id
        UNION ALL SELECT 15, 'claimed_in', 'order_line:' || l.line_id, 'claim:' || l.claim_id
        FROM claimed c JOIN claim_lines l ON l.store_id = c.store_id AND l.claim_id = c.id
        UNION ALL SELECT 16, 'answered_by', 'claim:' || r.claim_id, 'reimbursement:' || r.id
        FROM orders o JOIN reimbursements r ON r.store_id = o.store_id AND r.order_id = o.id
        WHERE r.claim_id IS NOT NULL
        UNION ALL SELECT 17, 'covered_by', 'order_line:' || d.line_id, 'package_draw:' || d.id FROM drawn d
        UNION ALL SELECT 18, 'flagged', coalesce('upsell:' || f.upsell_id, 'order:' || f.order_number),
            'risk_flag:' || f.id FROM flags f
    ), led AS MATERIALIZED (
        SELECT e.*, row_number() OVER (PARTITION BY e.place ORDER BY e."from", e."to") AS nth FROM edges e
        WHERE e."from" IN (SELECT key FROM told) AND e."to" IN (SELECT key FROM told)
    )
"""
_KINDS = {
    "shows": ("拍摄了", "shows"),
    "recorded": ("记录为", "was recorded as"),
    "proposed": ("因此建议", "led to the proposal of"),
    "offered_again": ("再次提出为", "was offered again as"),
    "quoted": ("报价于", "was quoted in"),
    "revised": ("修订为", "was revised in"),
    "decided": ("客户决定", "was decided on by"),
    "decides_on": ("决定了", "decides on"),
    "consists_of": ("包含明细", "consists of"),
    "proposed_on": ("提出于工单", "was proposed on"),
    "part_of": ("计入工单", "is charged on"),
    "paid_by": ("收款针对整张工单", "is paid by; a payment is for the whole order"),
    "given_back": ("退还", "was given back in part or whole by"),
    "reimbursed_by": ("回款针对整张工单", "is reimbursed by; a reimbursement without a claim is for the whole order"),
    "claimed_in": ("列入索赔单", "is claimed of the maker in"),
    "answered_by": ("厂家回款", "was answered by"),
    "covered_by": ("由套餐抵扣", "is covered by"),
    "flagged": ("触发预警", "was flagged by the risk control as"),
    "insured_by": ("定审针对整张工单", "is approved by the insurer; the amount is for the whole order"),
}
_LEGEND = ", ".join(
    f"'{kind}', json_build_object('zh', '{chinese}', 'en', '{english}')" for kind, (chinese, english) in _KINDS.items()
)

THREAD = f"""
    WITH {
    _OF_THE_ORDERS.format(
        orders=MOST_ORDERS,
        most_nodes=MOST_OF_A_KIND,
        own=OWN_SOURCE,
        agreed=AGREED,
        file=told_of.FILE,
        item=told_of.ITEM,
        finding=told_of.FINDING,
        upsell=told_of.UPSELL,
        quote_item=told_of.QUOTE_ITEM,
        decision=told_of.DECISION,
        line=told_of.LINE,
        order=told_of.ORDER,
        payment=told_of.PAYMENT,
        refund=told_of.REFUND,
        reimbursement=told_of.REIMBURSEMENT,
        insurer=told_of.INSURER,
        claim=told_of.CLAIM,
        package_draw=told_of.PACKAGE_DRAW,
        risk_flag=told_of.RISK_FLAG,
    )
}
    SELECT json_build_object(
        'nodes', (SELECT coalesce(json_agg(node ORDER BY place, nth), '[]') FROM told),
        'edges', (SELECT coalesce(json_agg(json_build_object('kind', kind, 'from', "from", 'to', "to")
            ORDER BY place, nth), '[]') FROM led WHERE nth <= {MOST_EDGES_OF_A_KIND}),
        'kinds', json_build_object({_LEGEND}),
        'truncated', EXISTS (SELECT FROM nodes WHERE nth > {MOST_OF_A_KIND})
            OR EXISTS (SELECT FROM led WHERE nth > {MOST_EDGES_OF_A_KIND})
            OR cardinality((SELECT asked.orders FROM asked)) > {MOST_ORDERS})::text
"""  # noqa: S608 - composed of constants
