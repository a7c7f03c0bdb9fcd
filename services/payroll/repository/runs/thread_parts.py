"""What payroll knows of a thread: facts, the steps of a run that counted them, the lines that rest on those steps.

Every statement takes what is asked for, the caller's employee number, whether he sees all pay, and the store's time
zone. Node keys are `kind:id`; what a fact reports is the workorder service's node, so that the parts join. A step is
shown only under a line that the caller may see.
"""

from services.payroll.domain.calculation.facts import FACT_KINDS
from services.payroll.repository.runs.uses import USES

MOST_ORDERS = 50
MOST_OF_A_KIND = 500
MOST_EDGES_OF_A_KIND = 2_000
MOST_OF_A_STEP = 1000
"""So many of the facts that a step counted are looked through for the orders of a line."""

MEASURES = {
    "receipt": {"amount": "amount"},
    "reimbursement": {"amount": "amount"},
    "insurer_approval": {"approved_amount": "amount", "owner_share": "owner_share"},
    "labour": {"standard_hours": "hours"},
    "hours_deduction": {"hours": "hours"},
    "accessory_sale": {"amount": "amount", "list_price": "list_price"},
    "consumable": {"amount": "amount"},
}
"""Which column of a fact, or else which of its attributes, holds a field that a step may add up."""

_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_SUM_OF_ONE_FIELD = r"^(?:合计|sum)\s*[(（][^;,；，、()（）]+[;,；，、]\s*([^;,；，、()（）+*/×÷\s-]+)\s*[;,；，、)）]"
_COUNT = r"^(?:计数|count)\s*[(（]"
"""As a clerk may write it: with the Chinese signs or the ASCII ones."""

_MEASURES = ", ".join(
    f"('{kind}', '{name}', '{where}')"
    for kind, fields in MEASURES.items()
    for field in FACT_KINDS[kind].fields
    if (where := fields.get(field.name))
    for name in (field.name, *field.chinese)
)
_CHINESE = " ".join(f"WHEN '{kind.name}' THEN '{kind.chinese[0]}'" for kind in FACT_KINDS.values())
_KINDS = ", ".join(f"'{kind}'" for kind in FACT_KINDS)
_NODE_OF = {
    "receipt": "payment",
    "reimbursement": "reimbursement",
    "insurer_approval": "insurer_approval",
    "labour": "order_line",
    "order": "order",
}
"""Which node of the workorder service a fact's subject is."""
_REPORTED = " ".join(f"WHEN f.kind = '{kind}' THEN '{node}:' || f.subject" for kind, node in _NODE_OF.items())
_REPORTED = f"WHEN f.kind = 'receipt' AND f.attributes ? 'payment_id' THEN 'refund:' || f.subject {_REPORTED}"

_CALLER = """
    caller AS MATERIALIZED (
        SELECT $2::text AS employee, $3::boolean AS sees_all, (now() AT TIME ZONE $4::text)::date AS today
    )"""
_SEEN_BY_LINE = f"""
    line AS MATERIALIZED (
        SELECT l.* FROM asked JOIN pay_line l ON l.id = asked.line, caller c
        WHERE c.sees_all OR l.employee = c.employee
    ), seen_by_line AS MATERIALIZED (
        SELECT u.* FROM line CROSS JOIN LATERAL unnest(line.fact_nodes) AS n (node)
        CROSS JOIN LATERAL (
            SELECT * FROM fact_use u WHERE u.run_id = line.run_id AND u.node = n.node
            ORDER BY u.fact_id LIMIT {MOST_OF_A_STEP}) u
    )"""  # noqa: S608 - composed of constants

ANCHORS = f"""
    WITH {_CALLER}, asked AS MATERIALIZED (
        SELECT CASE WHEN $1 ~ '{_UUID}' THEN CAST($1 AS uuid) END AS line
    ), {_SEEN_BY_LINE}, orders_seen AS MATERIALIZED (
        SELECT DISTINCT f.order_number AS number FROM seen_by_line u CROSS JOIN LATERAL (
            SELECT * FROM fact WHERE store_id = u.store_id AND id = u.fact_id OFFSET 0) f
        WHERE f.order_number IS NOT NULL
    ), picked AS (
        SELECT s.number FROM orders_seen s
        LEFT JOIN LATERAL (SELECT 1 AS one FROM upsell_copy c
                           WHERE c.order_number = s.number AND c.decision = 'approved' LIMIT 1) added ON true
        LEFT JOIN LATERAL (SELECT 1 AS one FROM response_copy r
                           WHERE r.order_number = s.number LIMIT 1) answered ON true
        ORDER BY added.one, answered.one, s.number LIMIT {MOST_ORDERS}
    ), meant AS (
        SELECT 'pay_line' AS kind, 'pay_line:' || line.id AS key, ARRAY(SELECT number FROM picked) AS orders,
            line.id AS line, NULL::uuid AS fact,
            (SELECT count(*) FROM orders_seen) > {MOST_ORDERS} OR EXISTS (
                SELECT FROM seen_by_line GROUP BY node HAVING count(*) >= {MOST_OF_A_STEP}) AS truncated FROM line
        UNION ALL
        SELECT 'fact', 'fact:' || f.id, array_remove(ARRAY[f.order_number], NULL), NULL, f.id, false
        FROM asked JOIN fact f ON f.id = asked.line
        UNION ALL
        SELECT coalesce(split_part(r.key, ':', 1), 'fact'), coalesce(r.key, 'fact:' || f.id),
            array_remove(ARRAY[f.order_number], NULL), NULL, f.id, false
        FROM fact f CROSS JOIN LATERAL (SELECT CASE {_REPORTED} END AS key) r
        WHERE f.kind IN ({_KINDS}) AND f.subject = $1
        UNION ALL
        SELECT 'upsell', 'upsell:' || c.subject, ARRAY[c.order_number], NULL, NULL, false FROM upsell_copy c
        WHERE c.subject = $1
        UNION ALL
        SELECT 'upsell', 'upsell:' || c.subject, ARRAY[c.order_number], NULL, NULL, false FROM upsell_copy c
        WHERE c.order_number = regexp_replace($1, '/[^/]*$', '') AND c.number = $1
        UNION ALL
        SELECT 'response', 'response:' || c.subject, ARRAY[c.order_number], NULL, NULL, false FROM response_copy c
        WHERE c.subject = $1
    )
    SELECT json_build_object('anchors', json_agg(json_build_object(
        'kind', kind, 'keys', json_build_array(key), 'orders', orders, 'line', line, 'fact', fact,
        'truncated', truncated) ORDER BY kind))::text
    FROM meant HAVING count(*) > 0
"""  # noqa: S608 - composed of constants

_ASKED = f"""
    asked AS MATERIALIZED (
        SELECT ARRAY(SELECT jsonb_array_elements_text(
                CASE jsonb_typeof(told.key -> 'orders') WHEN 'array' THEN told.key -> 'orders' END)) AS orders,
            CASE WHEN told.key ->> 'line' ~ '{_UUID}' THEN CAST(told.key ->> 'line' AS uuid) END AS line,
            CASE WHEN told.key ->> 'fact' ~ '{_UUID}' THEN CAST(told.key ->> 'fact' AS uuid) END AS fact
        FROM (SELECT CASE WHEN pg_input_is_valid($1, 'jsonb') THEN CAST($1 AS jsonb) END AS key) told
    )"""  # noqa: S608 - composed of constants
_USED = f"""
    runs AS MATERIALIZED (
        SELECT DISTINCT ON (r.month) r.id, r.store_id, r.month FROM run r
        WHERE r.status = 'completed' AND NOT EXISTS (SELECT FROM line)
        ORDER BY r.month, r.completed_at DESC, r.id DESC
    ), of_line AS (
        SELECT r.id, r.store_id, r.month FROM line JOIN run r ON r.store_id = line.store_id AND r.id = line.run_id
    ), facts AS MATERIALIZED (
        SELECT f.* FROM fact f WHERE f.order_number = ANY ((SELECT orders FROM asked WHERE line IS NULL)::text[])
        UNION SELECT f.* FROM asked JOIN fact f ON f.id = asked.fact
        UNION SELECT f.* FROM asked CROSS JOIN seen_by_line u
            CROSS JOIN LATERAL (SELECT * FROM fact WHERE store_id = u.store_id AND id = u.fact_id OFFSET 0) f
            WHERE f.order_number IS NULL OR f.order_number = ANY (asked.orders)
    ), {USES.format(runs="runs")}, uses AS MATERIALIZED (
        SELECT u.* FROM seen_by_line u JOIN facts f ON f.id = u.fact_id
        UNION ALL
        SELECT store_id, fact_id, run_id, node, selection, version, order_version FROM found
    ), lines AS MATERIALIZED (
        SELECT l.*, r.month FROM (TABLE runs UNION ALL TABLE of_line) r
        JOIN pay_line l ON l.store_id = r.store_id AND l.run_id = r.id, caller c
        WHERE r.id IN (SELECT run_id FROM uses) AND l.fact_nodes && ARRAY(SELECT node FROM uses)
          AND (c.sees_all OR l.employee = c.employee) AND (l.id = (SELECT line FROM asked)) IS NOT FALSE
    ), resting AS MATERIALIZED (
        SELECT DISTINCT l.id AS line, l.run_id, n.node FROM lines l CROSS JOIN LATERAL unnest(l.fact_nodes) AS n (node)
        WHERE (l.run_id, n.node) IN (SELECT run_id, node FROM uses)
    ), steps AS MATERIALIZED (
        SELECT n.*, l.month FROM (SELECT DISTINCT r.run_id, r.node FROM resting r) r
        JOIN trace_node n ON n.run_id = r.run_id AND n.node = r.node
        JOIN (SELECT DISTINCT run_id, month FROM lines) l ON l.run_id = n.run_id
    )"""  # noqa: S608 - composed of constants
_COUNTED = f"""
    counted AS MATERIALIZED (
        SELECT u.*, s.told ->> 'value' AS total, CASE
            WHEN s.told ->> 'text' ~ '{_COUNT}' THEN
                CASE WHEN s.told ->> 'value' = s.told ->> 'count' THEN 1::numeric END
            WHEN m.place = 'amount' THEN
                CASE WHEN h.version IS NULL THEN f.amount ELSE CAST(h.state ->> 'amount' AS numeric) END
            WHEN m.place = 'hours' THEN
                CASE WHEN h.version IS NULL THEN f.hours ELSE CAST(h.state ->> 'hours' AS numeric) END
            WHEN m.place IS NOT NULL THEN
                CAST(coalesce(h.state -> 'attributes', f.attributes) ->> m.place AS numeric) END AS part
        FROM uses u JOIN facts f ON f.id = u.fact_id
        JOIN steps n ON n.run_id = u.run_id AND n.node = u.node
        CROSS JOIN LATERAL (SELECT n.body -> 'selections' -> u.selection AS told) s
        LEFT JOIN fact_history h ON h.store_id = u.store_id AND h.kind = f.kind AND h.subject = f.subject
            AND h.version = u.version
        LEFT JOIN (VALUES {_MEASURES}) AS m (kind, name, place)
            ON m.kind = f.kind AND m.name = substring(s.told ->> 'text' FROM '{_SUM_OF_ONE_FIELD}')
    ), shared AS MATERIALIZED (
        SELECT c.*, CASE WHEN x.whole <> 0 AND x.part IS NOT NULL THEN concat_ws('/',
            div(x.part * sign(x.whole), gcd(x.part, x.whole)),
            nullif(div(abs(x.whole), gcd(x.part, x.whole)), 1)) END AS share
        FROM counted c CROSS JOIN LATERAL (
            SELECT c.part * coalesce(nullif(split_part(c.total, '/', 2), ''), '1')::numeric AS part,
                split_part(c.total, '/', 1)::numeric AS whole) x
    )"""  # noqa: S608 - composed of constants
_NODES = f"""
    nodes AS (
        SELECT 1 AS place, row_number() OVER (ORDER BY f.order_number, f.occurred_on, f.kind, f.subject) AS nth,
            json_build_object('key', 'fact:' || f.id, 'kind', 'fact', 'id', f.id, 'label', json_build_object(
                'zh', concat_ws(' ', '事实:' || CASE f.kind {_CHINESE} ELSE f.kind END, f.attributes ->> 'item',
                                coalesce(f.amount, f.hours)::text),
                'en', concat_ws(' ', 'Fact: ' || replace(f.kind, '_', ' '), f.attributes ->> 'item',
                                coalesce(f.amount, f.hours)::text)),
            'href', '/v1/threads/' || f.id, 'data', json_strip_nulls(json_build_object(
                'kind', f.kind, 'subject', f.subject, 'source', f.source, 'version', f.version, 'person', f.person,
                'team', f.team, 'occurred_on', f.occurred_on, 'amount', f.amount::numeric(20, 2)::text,
                'hours', f.hours::text, 'order_number', f.order_number,
                'waiting', f.order_number IS NOT NULL AND known.one IS NULL))) AS node
        FROM facts f LEFT JOIN LATERAL (SELECT 1 AS one FROM order_copy o
            WHERE o.store_id = f.store_id AND o.number = f.order_number LIMIT 1) known ON true
        UNION ALL
        SELECT 2, row_number() OVER (ORDER BY n.month, n.ordinal), json_build_object(
            'key', 'step:' || n.run_id || '/' || n.node, 'kind', 'step', 'id', n.run_id || '/' || n.node,
            'label', json_build_object(
                'zh', concat_ws(' ', n.month, n.body ->> 'clause', n.body ->> 'name',
                                nullif(n.body ->> 'subject', '')),
                'en', concat_ws(' ', n.month, n.body ->> 'clause', n.body ->> 'step',
                                nullif(n.body ->> 'subject', ''))),
            'href', '/v1/runs/' || n.run_id || '/trace/' || n.node, 'data', json_build_object(
                'run', n.run_id, 'month', n.month, 'step', n.body ->> 'step', 'clause', n.body ->> 'clause',
                'formula', n.body ->> 'formula', 'value', n.body ->> 'value',
                'selections', (SELECT json_agg(json_build_object('text', s ->> 'text', 'kind', s ->> 'kind',
                    'value', s ->> 'value', 'count', s -> 'count') ORDER BY at)
                    FROM jsonb_array_elements(n.body -> 'selections') WITH ORDINALITY x (s, at))))
        FROM steps n
        UNION ALL
        SELECT 3, row_number() OVER (ORDER BY l.month, l.run_id, l.ordinal), json_build_object(
            'key', 'pay_line:' || l.id, 'kind', 'pay_line', 'id', l.id, 'label', json_build_object(
                'zh', concat_ws(' ', l.month, coalesce(e.name, l.employee), l.name, l.amount::text),
                'en', concat_ws(' ', l.month, coalesce(e.name, l.employee), l.component, l.amount::text)),
            'href', '/v1/runs/' || l.run_id || '/trace/' || l.id, 'data', json_strip_nulls(json_build_object(
                'run', l.run_id, 'month', l.month, 'employee', l.employee, 'component', l.component,
                'clause', l.clause, 'step', l.node, 'amount', l.amount::text, 'formula', n.body ->> 'formula',
                'pool', (SELECT json_build_object(
                        'owner', max(reference) FILTER (WHERE name = 'pool'),
                        'value', max(value) FILTER (WHERE name = 'pool'),
                        'weight', max(value) FILTER (WHERE name = 'weight'),
                        'sum_of_weights', max(value) FILTER (WHERE name = 'sum_of_weights'))
                    FROM jsonb_to_recordset(n.body -> 'inputs')
                        AS i (name text, source text, value text, reference text)
                    WHERE source = 'split' HAVING count(*) > 0))))
        FROM lines l LEFT JOIN employee e ON e.store_id = l.store_id AND e.number = l.employee
        LEFT JOIN trace_node n ON n.store_id = l.store_id AND n.run_id = l.run_id AND n.node = l.node
    ), edges AS (
        SELECT 1 AS place, 'reported' AS kind, CASE {_REPORTED} ELSE 'order:' || f.order_number END AS "from",
            'fact:' || f.id AS "to", NULL::json AS data FROM facts f WHERE f.order_number IS NOT NULL
        UNION ALL
        SELECT 2, 'counted', 'fact:' || s.fact_id, 'step:' || s.run_id || '/' || s.node,
            json_build_object('selection', s.selection, 'version', s.version, 'part', s.part::text, 'of', s.total,
                              'share', s.share) FROM shared s
        UNION ALL
        SELECT 3, 'rests_on', 'step:' || r.run_id || '/' || r.node, 'pay_line:' || r.line, NULL FROM resting r
    ), led AS MATERIALIZED (
        SELECT e.*, row_number() OVER (PARTITION BY e.place ORDER BY e."from", e."to") AS nth FROM edges e
    )"""  # noqa: S608 - composed of constants

THREAD = f"""
    WITH {_CALLER}, {_ASKED}, {_SEEN_BY_LINE}, {_USED}, {_COUNTED}, {_NODES}
    SELECT json_build_object(
        'nodes', (SELECT coalesce(json_agg(node ORDER BY place, nth), '[]') FROM nodes WHERE nth <= {MOST_OF_A_KIND}),
        'edges', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
            'kind', kind, 'from', "from", 'to', "to", 'data', data)) ORDER BY place, nth), '[]')
            FROM led WHERE nth <= {MOST_EDGES_OF_A_KIND}),
        'kinds', json_build_object(
            'reported', json_build_object('zh', '作为事实上报', 'en', 'was reported as the fact'),
            'counted', json_build_object('zh', '计入步骤', 'en', 'was counted by the step'),
            'rests_on', json_build_object('zh', '是其依据', 'en', 'is what the line rests on')),
        'truncated', EXISTS (SELECT FROM nodes WHERE nth > {MOST_OF_A_KIND})
            OR EXISTS (SELECT FROM led WHERE nth > {MOST_EDGES_OF_A_KIND}))::text
"""  # noqa: S608 - composed of constants
