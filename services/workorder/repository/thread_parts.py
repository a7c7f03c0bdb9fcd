"""What this service knows of a thread: from an inspection's item to the money of its order, as nodes and edges.

Node keys are `kind:id`, an order's is `order:number`, so that the parts of other services join. Edges go forward, from
what was seen to what was paid.
"""

from services.workorder.repository.thread_anchors import MOST_ORDERS

MOST_OF_A_KIND = 500


def _label(chinese: str, english: str, name: str) -> str:
    """JSON of a label in both languages: the kind of thing, and an SQL expression for what it is called."""
    return f"json_build_object('zh', concat_ws(' ', '{chinese}', {name}), 'en', concat_ws(' ', '{english}', {name}))"


def _node(kind: str, key: str, label: str, href: str, data: str) -> str:
    """The columns of one kind of node; all five are SQL but `kind`. What is null says nothing and is left out."""
    return f"""'{kind}' AS kind, '{kind}:' || {key} AS key, json_build_object(
        'key', '{kind}:' || {key}, 'kind', '{kind}', 'id', {key}, 'label', {label}, 'href', {href},
        'data', json_strip_nulls(json_build_object({data}))) AS node"""


_ITEM = _node(
    "inspection_item",
    "i.id",
    """(SELECT json_build_object('zh', '检查项目 ' || (e -> 'name' ->> 'zh'),
                                 'en', 'Inspection item ' || (e -> 'name' ->> 'en'))
        FROM jsonb_array_elements(t.items) e WHERE e ->> 'code' = i.code LIMIT 1)""",
    "'/v1/inspections/' || i.inspection_id",
    """'code', i.code, 'result', i.result, 'value', trim_scale(i.value)::text, 'evidence', i.evidence, 'note', i.note,
       'answered_by', i.answered_by, 'answered_at', i.answered_at""",
)
_FINDING = _node(
    "finding",
    "f.id",
    _label("发现", "Finding", "f.description"),
    "'/v1/findings/' || f.id",
    """'source', f.finding_source, 'fault_kind', f.fault_kind, 'stage', f.stage, 'finder', f.finder,
       'evidence', f.evidence, 'priority', f.priority, 'part_shown_at', f.part_shown_at""",
)
_UPSELL = _node(
    "upsell",
    "w.id",
    _label("维修加项", "Additional work", "w.number, w.operation_name"),
    "'/v1/upsells/' || w.id",
    """'number', w.number, 'source', w.upsell_source, 'stage', w.stage, 'finder', w.finder, 'amount', w.amount::text,
       'decision', w.decision, 'line_numbers', w.line_numbers, 'revived_from', w.revived_from""",
)
_QUOTE_ITEM = _node(
    "quote_item",
    "i.quote_id || '/' || i.upsell_id",
    _label("报价", "Quote", "'#' || i.revision, i.name"),
    "'/v1/quotes/' || i.quote_id",
    """'quote_id', i.quote_id, 'revision', i.revision, 'content_hash', i.content_hash, 'created_at', i.created_at,
       'why', i.why, 'if_not_done', i.if_not_done, 'minutes', i.minutes, 'amount', i.amount::text,
       'customer_share', i.customer_share::text, 'explained_by', i.explained_by, 'valid_until', i.valid_until""",
)
_DECISION = _node(
    "decision",
    "d.id",
    _label("客户决定", "Decision of the customer", "d.decided_by"),
    "coalesce('/v1/quotes/' || d.quote_id, '/v1/upsells/' || d.upsell_id)",
    """'decision', d.decision, 'method', d.method, 'decided_by', d.decided_by, 'decided_at', d.decided_at,
       'via', d.via, 'link_id', d.link_id, 'taken_by', d.taken_by, 'called_at', d.called_at, 'reason', d.reason,
       'follow_up_on', d.follow_up_on""",
)
_LINE = _node(
    "order_line",
    "l.id",
    _label("工单明细", "Order line", "o.number || '-' || l.line_number, l.name"),
    "'/v1/repair-orders/' || o.id || '/lines'",
    """'order_number', o.number, 'line_number', l.line_number, 'kind', l.kind, 'code', l.code,
       'standard_hours', trim_scale(l.standard_hours)::text, 'amount', l.amount::text, 'payer', l.payer,
       'team', l.team, 'technician', l.technician, 'authorisation', l.authorisation,
       'completed_on', l.labour_completed_on""",
)
_ORDER = _node(
    "order",
    "o.number",
    _label("工单", "Repair order", "o.number"),
    "'/v1/repair-orders/' || o.id",
    """'order_id', o.id, 'state', o.state, 'order_kind', o.kind, 'advisor', o.advisor, 'opened_on', o.opened_on,
       'left_on', o.left_on, 'settled_on', o.settled_on""",
)
_PAYMENT = _node(
    "payment",
    "p.id",
    _label("收款", "Payment", "p.amount::text"),
    "'/v1/payments?order=' || o.number",
    """'order_number', o.number, 'paid_on', p.paid_on, 'amount', p.amount::text, 'method', p.method,
       'deposit', p.deposit""",
)
_REFUND = _node(
    "refund",
    "r.id",
    _label("退款", "Refund", "r.amount::text"),
    "'/v1/refunds?order=' || o.number",
    """'order_number', o.number, 'payment_id', r.payment_id, 'refunded_on', r.refunded_on, 'amount', r.amount::text,
       'method', r.method, 'reason', r.reason, 'refunded_by', r.refunded_by""",
)
_REIMBURSEMENT = _node(
    "reimbursement",
    "r.id",
    _label("索赔回款", "Warranty reimbursement", "r.amount::text"),
    "'/v1/reimbursements?order=' || o.number",
    "'order_number', o.number, 'paid_on', r.paid_on, 'amount', r.amount::text",
)
_INSURER = _node(
    "insurer_approval",
    "a.id",
    _label("事故定审", "Amount approved by the insurer", "a.approved_amount::text"),
    "'/v1/insurer-approvals?order=' || o.number",
    """'order_number', o.number, 'approved_on', a.approved_on, 'approved_amount', a.approved_amount::text,
       'owner_share', a.owner_share::text""",
)

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
        SELECT d.id, d.quote_id, d.upsell_id, d.decision, d.method, d.decided_by, d.decided_at, d.reason, d.taken_by,
            d.link_id, d.called_at, d.follow_up_on, CASE WHEN d.link_id IS NULL THEN 'desk' ELSE 'link' END AS via
        FROM works w JOIN quote_decisions d ON d.store_id = w.store_id AND d.upsell_id = w.id
        UNION ALL
        SELECT w.id, NULL, w.id, w.decision, w.decided_by_method, w.decided_by, w.decided_at, w.decision_reason, NULL,
            NULL, NULL, NULL, CASE WHEN w.decided_at IS NULL THEN 'import' ELSE 'desk' END
        FROM works w WHERE w.decision IN ('approved', 'declined', 'deferred') AND NOT EXISTS (
            SELECT FROM quote_decisions d
            WHERE d.store_id = w.store_id AND d.upsell_id = w.id AND d.decision = w.decision)
    ), lines AS MATERIALIZED (
        SELECT l.* FROM orders o JOIN repair_order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
    ), nodes AS (
        SELECT 1 AS place, row_number() OVER (ORDER BY i.inspection_id, i.position) AS nth, {item}
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
    ), edges AS (
        SELECT 1 AS place, 'recorded' AS kind, 'inspection_item:' || f.inspection_item_id AS "from",
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
        FROM decided d
        UNION ALL SELECT 7, 'decides_on', 'decision:' || d.id, 'order_line:' || l.id
        FROM decided d JOIN lines l ON l.upsell_id = d.upsell_id
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
        FROM orders o JOIN reimbursements r ON r.store_id = o.store_id AND r.order_id = o.id
        UNION ALL SELECT 14, 'insured_by', 'order:' || o.number, 'insurer_approval:' || a.id
        FROM orders o JOIN insurer_approvals a ON a.store_id = o.store_id AND a.order_id = o.id
    )
"""
_KINDS = {
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
    "reimbursed_by": ("回款针对整张工单", "is reimbursed by; a reimbursement is for the whole order"),
    "insured_by": ("定审针对整张工单", "is approved by the insurer; the amount is for the whole order"),
}
_LEGEND = ", ".join(
    f"'{kind}', json_build_object('zh', '{chinese}', 'en', '{english}')" for kind, (chinese, english) in _KINDS.items()
)

THREAD = f"""
    WITH {
    _OF_THE_ORDERS.format(
        orders=MOST_ORDERS,
        item=_ITEM,
        finding=_FINDING,
        upsell=_UPSELL,
        quote_item=_QUOTE_ITEM,
        decision=_DECISION,
        line=_LINE,
        order=_ORDER,
        payment=_PAYMENT,
        refund=_REFUND,
        reimbursement=_REIMBURSEMENT,
        insurer=_INSURER,
    )
}
    SELECT json_build_object(
        'nodes', (SELECT coalesce(json_agg(node ORDER BY place, nth), '[]') FROM nodes WHERE nth <= {MOST_OF_A_KIND}),
        'edges', (SELECT coalesce(json_agg(json_build_object('kind', kind, 'from', "from", 'to', "to")
            ORDER BY place, "from", "to"), '[]') FROM edges),
        'kinds', json_build_object({_LEGEND}),
        'truncated', EXISTS (SELECT FROM nodes WHERE nth > {MOST_OF_A_KIND})
            OR cardinality((SELECT asked.orders FROM asked)) > {MOST_ORDERS})::text
"""  # noqa: S608 - composed of constants
