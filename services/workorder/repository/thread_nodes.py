"""What each kind of node of a thread tells: its key, its label in both languages, its address and its facts."""


def _label(chinese: str, english: str, name: str) -> str:
    """JSON of a label in both languages: the kind of thing, and an SQL expression for what it is called."""
    return f"json_build_object('zh', concat_ws(' ', '{chinese}', {name}), 'en', concat_ws(' ', '{english}', {name}))"


def _node(kind: str, key: str, label: str, href: str, data: str) -> str:
    """The columns of one kind of node; all five are SQL but `kind`. What is null says nothing and is left out."""
    return f"""'{kind}' AS kind, '{kind}:' || {key} AS key, json_build_object(
        'key', '{kind}:' || {key}, 'kind', '{kind}', 'id', {key}, 'label', {label}, 'href', {href},
        'data', json_strip_nulls(json_build_object({data}))) AS node"""


ITEM = _node(
    "inspection_item",
    "i.id",
    """(SELECT json_build_object('zh', '检查项目 ' || (e -> 'name' ->> 'zh'),
                                 'en', 'Inspection item ' || (e -> 'name' ->> 'en'))
        FROM jsonb_array_elements(t.items) e WHERE e ->> 'code' = i.code LIMIT 1)""",
    "'/v1/inspections/' || i.inspection_id",
    """'code', i.code, 'result', i.result, 'value', trim_scale(i.value)::text, 'evidence', i.evidence, 'note', i.note,
       'answered_by', i.answered_by, 'answered_at', i.answered_at""",
)
FINDING = _node(
    "finding",
    "f.id",
    _label("发现", "Finding", "f.description"),
    "'/v1/findings/' || f.id",
    """'source', f.finding_source, 'fault_kind', f.fault_kind, 'stage', f.stage, 'finder', f.finder,
       'evidence', f.evidence, 'priority', f.priority, 'part_shown_at', f.part_shown_at""",
)
UPSELL = _node(
    "upsell",
    "w.id",
    _label("维修加项", "Additional work", "w.number, w.operation_name"),
    "'/v1/upsells/' || w.id",
    """'number', w.number, 'source', w.upsell_source, 'stage', w.stage, 'finder', w.finder, 'amount', w.amount::text,
       'decision', w.decision, 'line_numbers', w.line_numbers, 'revived_from', w.revived_from""",
)
QUOTE_ITEM = _node(
    "quote_item",
    "i.quote_id || '/' || i.upsell_id",
    _label("报价", "Quote", "'#' || i.revision, i.name"),
    "'/v1/quotes/' || i.quote_id",
    """'quote_id', i.quote_id, 'revision', i.revision, 'content_hash', i.content_hash, 'created_at', i.created_at,
       'why', i.why, 'if_not_done', i.if_not_done, 'minutes', i.minutes, 'amount', i.amount::text,
       'customer_share', i.customer_share::text, 'explained_by', i.explained_by, 'valid_until', i.valid_until""",
)
DECISION = _node(
    "decision",
    "d.id",
    """json_build_object('zh', '客户决定 ' || coalesce(d.decided_by, '（何人、何种方式不详）'),
        'en', 'Decision of the customer ' || coalesce(d.decided_by, '(by whom and how is not known)'))""",
    """coalesce('/v1/quotes/' || d.quote_id, '/v1/upsells/' || d.upsell_id, '/v1/repair-orders/' || d.order_id)""",
    """'decision', d.decision, 'method', d.method, 'decided_by', d.decided_by, 'decided_at', d.decided_at,
       'via', d.via, 'link_id', d.link_id, 'taken_by', d.taken_by, 'called_at', d.called_at, 'reason', d.reason,
       'follow_up_on', d.follow_up_on, 'signature_id', d.signature_id""",
)
LINE = _node(
    "order_line",
    "l.id",
    _label("工单明细", "Order line", "o.number || '-' || l.line_number, l.name"),
    "'/v1/repair-orders/' || o.id || '/lines'",
    """'order_number', o.number, 'line_number', l.line_number, 'kind', l.kind, 'code', l.code,
       'standard_hours', trim_scale(l.standard_hours)::text, 'amount', l.amount::text, 'payer', l.payer,
       'team', l.team, 'technician', l.technician, 'authorisation', l.authorisation,
       'completed_on', l.labour_completed_on""",
)
ORDER = _node(
    "order",
    "o.number",
    _label("工单", "Repair order", "o.number"),
    "'/v1/repair-orders/' || o.id",
    """'order_id', o.id, 'state', o.state, 'order_kind', o.kind, 'advisor', o.advisor, 'opened_on', o.opened_on,
       'left_on', o.left_on, 'settled_on', o.settled_on""",
)
PAYMENT = _node(
    "payment",
    "p.id",
    _label("收款", "Payment", "p.amount::text"),
    "'/v1/payments?order=' || o.number",
    """'order_number', o.number, 'paid_on', p.paid_on, 'amount', p.amount::text, 'method', p.method,
       'deposit', p.deposit""",
)
REFUND = _node(
    "refund",
    "r.id",
    _label("退款", "Refund", "r.amount::text"),
    "'/v1/refunds?order=' || o.number",
    """'order_number', o.number, 'payment_id', r.payment_id, 'refunded_on', r.refunded_on, 'amount', r.amount::text,
       'method', r.method, 'reason', r.reason, 'refunded_by', r.refunded_by""",
)
REIMBURSEMENT = _node(
    "reimbursement",
    "r.id",
    _label("索赔回款", "Warranty reimbursement", "r.amount::text"),
    "'/v1/reimbursements?order=' || o.number",
    "'order_number', o.number, 'paid_on', r.paid_on, 'amount', r.amount::text",
)
INSURER = _node(
    "insurer_approval",
    "a.id",
    _label("事故定审", "Amount approved by the insurer", "a.approved_amount::text"),
    "'/v1/insurer-approvals?order=' || o.number",
    """'order_number', o.number, 'approved_on', a.approved_on, 'approved_amount', a.approved_amount::text,
       'owner_share', a.owner_share::text""",
)
FILE = _node(
    "file",
    "f.id",
    _label("照片", "Photo", "f.created_at::date"),
    "'/v1/files/' || f.id",
    "'purpose', f.purpose, 'uploaded_by', f.uploaded_by, 'created_at', f.created_at",
)
CLAIM = _node(
    "claim",
    "c.id",
    _label("索赔单", "Warranty claim", "c.number"),
    "'/v1/claims/' || c.id",
    """'number', c.number, 'order_number', o.number, 'state', c.state, 'round', c.round, 'maker_number', c.maker_number,
       'sent_on', c.sent_on, 'answered_on', c.answered_on""",
)
PACKAGE_DRAW = _node(
    "package_draw",
    "d.id",
    _label("套餐抵扣", "Use of a package", "p.number, d.code"),
    "'/v1/packages/' || d.package_id",
    """'package_number', p.number, 'code', d.code, 'value', d.value::text, 'drawn_on', d.drawn_on,
       'drawn_by', d.drawn_by""",
)
RISK_FLAG = _node(
    "risk_flag",
    "f.id",
    _label("风险预警", "Risk flag", "replace(f.kind, '_', ' ')"),
    "'/v1/risk-flags/' || f.id",
    """'kind', f.kind, 'advisor', f.advisor, 'finders', f.finders, 'raised_on', f.raised_on, 'stands', f.stands,
       'state', f.state, 'outcome', f.outcome""",
)
