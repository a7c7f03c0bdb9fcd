"""What this service knows of a thread: what customers answered about its orders, as nodes and edges.

A node's key is `response:id`; an order's, which the workorder service tells, is `order:number`.
"""

MOST_RESPONSES = 200

_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
ANCHORS = f"""
    WITH meant AS (
        SELECT 'response' AS kind, 'response:' || r.id AS key, r.order_number FROM response r
        WHERE r.id = CASE WHEN $1 ~ '{_UUID}' THEN CAST($1 AS uuid) END
        UNION ALL SELECT 'order', 'order:' || o.number, o.number FROM order_copy o WHERE o.number = $1
    )
    SELECT json_build_object('anchors', json_agg(json_build_object(
        'kind', kind, 'keys', json_build_array(key), 'orders', json_build_array(order_number), 'line', NULL,
        'fact', NULL, 'truncated', false) ORDER BY kind))::text
    FROM meant HAVING count(*) > 0
"""  # noqa: S608 - composed of constants
THREAD = f"""
    WITH asked AS MATERIALIZED (
        SELECT ARRAY(SELECT jsonb_array_elements_text(
            CASE jsonb_typeof(told.key -> 'orders') WHEN 'array' THEN told.key -> 'orders' END)) AS orders
        FROM (SELECT CASE WHEN pg_input_is_valid($1, 'jsonb') THEN CAST($1 AS jsonb) END AS key) told
    ), answered AS MATERIALIZED (
        SELECT r.*, row_number() OVER (ORDER BY r.submitted_at, r.id) AS nth FROM response r
        WHERE r.order_number = ANY ((SELECT asked.orders FROM asked)::text[])
        ORDER BY r.submitted_at, r.id LIMIT {MOST_RESPONSES} + 1
    ), nodes AS (
        SELECT r.nth, json_build_object(
            'key', 'response:' || r.id, 'kind', 'response', 'id', r.id,
            'label', json_build_object('zh', '满意度答卷 ' || r.order_number, 'en', 'Answers about ' || r.order_number),
            'href', '/v1/responses/' || r.id,
            'data', json_strip_nulls(json_build_object(
                'order_number', r.order_number, 'questionnaire', r.questionnaire,
                'questionnaire_version', r.questionnaire_version, 'submitted_at', r.submitted_at,
                'channel', r.channel, 'csi', CAST(r.csi AS text), 'nps', r.nps, 'comment', r.comment,
                'answers', sheet.answers, 'promised_effect', sheet.promised))) AS node
        FROM answered r
        JOIN questionnaire_version v ON v.store_id = r.store_id AND v.id = r.questionnaire_version_id
        CROSS JOIN LATERAL (
            SELECT coalesce(json_agg(told.answer ORDER BY told.place), '[]') AS answers,
                (json_agg(told.answer ORDER BY told.place) FILTER (WHERE told.type = 'disconfirmation')) -> 0
                    AS promised
            FROM (SELECT q.place, q.question ->> 'type' AS type, json_build_object(
                      'question', q.question ->> 'id', 'type', q.question ->> 'type', 'text', q.question -> 'text',
                      'answer', r.answers -> (q.question ->> 'id')) AS answer
                  FROM jsonb_array_elements(v.content -> 'questions') WITH ORDINALITY q (question, place)
                  WHERE r.answers ? (q.question ->> 'id')) told) sheet
    )
    SELECT json_build_object(
        'nodes', (SELECT coalesce(json_agg(node ORDER BY nth), '[]') FROM nodes WHERE nth <= {MOST_RESPONSES}),
        'edges', (SELECT coalesce(json_agg(json_build_object(
            'kind', 'asked', 'from', 'order:' || r.order_number, 'to', 'response:' || r.id) ORDER BY r.nth), '[]')
            FROM answered r),
        'kinds', json_build_object('asked', json_build_object(
            'zh', '客户回访', 'en', 'the customer was asked about it')),
        'truncated', EXISTS (SELECT FROM answered WHERE nth > {MOST_RESPONSES}))::text
"""  # noqa: S608 - composed of constants
"""The answer to a question of the kind `disconfirmation` is what came of the effect that was promised."""
