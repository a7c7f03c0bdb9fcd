"""The overview parts of this service: one SELECT each, which builds the JSON where the data is."""

CUSTOMER = """
    SELECT json_build_object(
        'customer_number', family.survivor, 'n', told.n, 'csi_mean', told.csi_mean,
        'answers', coalesce(told.answers, '[]'::json))::text
    FROM (SELECT coalesce(array_agg(same.number), ARRAY[$1::text]) AS numbers,
                 coalesce(max(same.survivor), $1::text) AS survivor, count(*) > 0 AS known
          FROM customer_copy named JOIN customer_copy same ON same.survivor = named.survivor
          WHERE named.number = $1::text) family
    CROSS JOIN LATERAL (
        SELECT count(*) AS n, CAST(round(avg(csi), 4) AS text) AS csi_mean,
               json_agg(json_build_object(
            'id', l.id, 'order_number', l.order_number, 'questionnaire', l.questionnaire, 'advisor', l.advisor,
            'submitted_at', l.submitted_at, 'csi', CAST(l.csi AS text), 'nps', l.nps, 'comment', l.comment)
            ORDER BY l.nth) FILTER (WHERE l.nth <= 20) AS answers
        FROM (SELECT id, order_number, questionnaire, advisor, submitted_at, csi, nps, comment,
                     row_number() OVER (ORDER BY submitted_at DESC, id DESC) AS nth
              FROM response WHERE customer_number = ANY (family.numbers)) l) told
    WHERE family.known OR EXISTS (SELECT FROM order_copy WHERE customer_number = $1::text)
"""
REPAIR_ORDER = """
    SELECT json_build_object(
        'order_number', $1::text,
        'answers', (SELECT coalesce(json_agg(json_build_object(
            'id', r.id, 'questionnaire', r.questionnaire, 'questionnaire_version', r.questionnaire_version,
            'submitted_at', r.submitted_at, 'channel', r.channel, 'advisor', r.advisor, 'csi', CAST(r.csi AS text),
            'factors', m.factors, 'expectations', m.expectations, 'nps', r.nps, 'comment', r.comment)
            ORDER BY r.submitted_at), '[]'::json)
        FROM response r
        JOIN questionnaire_version v ON v.id = r.questionnaire_version_id
        CROSS JOIN LATERAL (
            SELECT coalesce(json_object_agg(q ->> 'id', r.answers -> (q ->> 'id'))
                       FILTER (WHERE q -> 'metric' ->> 'role' = 'csi_factor'), '{}'::json) AS factors,
                   coalesce(json_object_agg(q ->> 'id', r.answers -> (q ->> 'id'))
                       FILTER (WHERE q -> 'metric' ->> 'role' = 'expectation'), '{}'::json) AS expectations
            FROM jsonb_array_elements(v.content -> 'questions') q WHERE r.answers ? (q ->> 'id')
        ) AS m
        WHERE r.order_number = $1))::text
    WHERE EXISTS (SELECT FROM order_copy WHERE number = $1) OR EXISTS (SELECT FROM response WHERE order_number = $1)
"""
_FIGURES = """
        count(*) AS n, CAST(round(avg(r.csi), 4) AS text) AS csi_mean, count(r.nps) AS asked,
        count(*) FILTER (WHERE r.nps >= 9) AS promoters, count(*) FILTER (WHERE r.nps BETWEEN 7 AND 8) AS passives,
        count(*) FILTER (WHERE r.nps <= 6) AS detractors
"""
_NPS = """json_build_object(
        'n', f.asked, 'promoters', f.promoters, 'passives', f.passives, 'detractors', f.detractors,
        'score', CAST(round(100.0 * (f.promoters - f.detractors) / nullif(f.asked, 0), 4) AS text))"""
EMPLOYEE = f"""
    WITH own AS (
        SELECT * FROM response WHERE advisor = $1
    ), whole AS (
        SELECT {_FIGURES} FROM own r
    ), monthly AS (
        SELECT to_char(r.submitted_on, 'YYYY-MM') AS month, {_FIGURES} FROM own r GROUP BY 1
    ), rated AS (
        SELECT q ->> 'id' AS factor, count(*) AS n,
               CAST(round(avg(CAST(r.answers ->> (q ->> 'id') AS int)), 4) AS text) AS mean
        FROM own r JOIN questionnaire_version v ON v.id = r.questionnaire_version_id
        CROSS JOIN LATERAL jsonb_array_elements(v.content -> 'questions') q
        WHERE q -> 'metric' ->> 'role' = 'csi_factor' AND r.answers ? (q ->> 'id')
        GROUP BY 1
    )
    SELECT json_build_object(
        'employee', $1::text, 'n', f.n, 'csi_mean', f.csi_mean, 'nps', {_NPS},
        'factors', (SELECT coalesce(json_object_agg(factor, json_build_object('n', n, 'mean', mean)), '{{}}'::json)
                    FROM rated),
        'months', (SELECT coalesce(json_agg(json_build_object(
                       'month', f.month, 'n', f.n, 'csi_mean', f.csi_mean, 'nps', {_NPS}) ORDER BY f.month DESC),
                       '[]'::json) FROM monthly f))::text
    FROM whole f
    WHERE f.n > 0 OR EXISTS (SELECT FROM order_copy WHERE advisor = $1)
"""  # noqa: S608 - composed of constants
STORE = f"""
    WITH month AS MATERIALIZED (
        SELECT to_date($1::text || '-01', 'YYYY-MM-DD') AS first WHERE $1 ~ '^20[0-9]{{2}}-(0[1-9]|1[0-2])$'
    ), whole AS (
        SELECT {_FIGURES}, count(*) FILTER (WHERE NOT r.order_known) AS waiting
        FROM response r, month m
        WHERE r.submitted_on >= m.first AND r.submitted_on < m.first + interval '1 month'
    ), delivered AS (
        SELECT count(*) AS n, count(*) FILTER (
            WHERE EXISTS (SELECT FROM response r WHERE r.order_number = o.number)) AS answered
        FROM order_copy o, month m
        WHERE o.left_on >= m.first AND o.left_on < m.first + interval '1 month' AND NOT o.cancelled
          AND o.kind IS DISTINCT FROM 'pdi' AND o.customer_number IS NOT NULL
    )
    SELECT json_build_object(
        'month', $1, 'n', f.n, 'csi_mean', f.csi_mean, 'nps', {_NPS}, 'waiting_for_order', f.waiting,
        'orders_delivered', d.n, 'orders_answered', d.answered)::text
    FROM month, whole f, delivered d
"""  # noqa: S608 - composed of constants
