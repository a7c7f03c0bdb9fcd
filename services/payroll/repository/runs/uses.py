"""From facts to the runs that counted them."""

_FORMER_DAYS = """unnest(CAST(ARRAY[h.state ->> 'occurred_on', h.state -> 'attributes' ->> 'settled_on',
                h.state -> 'attributes' ->> 'left_on'] AS date[])) FROM fact_history h"""
USES = f"""
    known AS MATERIALIZED (
        SELECT array_agg(DISTINCT to_char(date_trunc('month', d.day) + ahead, 'YYYY-MM')) AS months
        FROM facts f CROSS JOIN LATERAL (
            SELECT f.occurred_on AS day
            UNION ALL
            SELECT unnest(ARRAY[opened_on, settled_on, left_on]) FROM order_copy
            WHERE store_id = f.store_id AND number = f.order_number
            UNION ALL
            SELECT {_FORMER_DAYS} WHERE h.store_id = f.store_id AND h.kind = f.kind AND h.subject = f.subject
            UNION ALL
            SELECT {_FORMER_DAYS} WHERE h.store_id = f.store_id AND h.kind = 'order' AND h.subject = f.order_number
            UNION ALL
            SELECT unnest(ARRAY[o.opened_on, o.settled_on, o.left_on]) FROM fact_history h CROSS JOIN LATERAL (
                SELECT * FROM order_copy WHERE store_id = h.store_id AND number = h.state ->> 'order_number' OFFSET 0) o
            WHERE h.store_id = f.store_id AND h.kind = f.kind AND h.subject = f.subject
        ) d CROSS JOIN (VALUES (interval '0'), (interval '1 month')) next (ahead)
    ), found AS MATERIALIZED (
        SELECT u.*, r.month FROM known CROSS JOIN {{runs}} r
        JOIN fact_use u ON u.store_id = r.store_id AND u.run_id = r.id
        WHERE (r.month = ANY (known.months) OR left(u.node, 7) = ANY (known.months))
            AND u.fact_id = ANY (ARRAY(SELECT id FROM facts))
    )"""  # noqa: S608 - composed of constants
"""`found`: the uses of `facts` in some runs, each with its month.

A month counts, in its own run or as corrected in that of a later one (then its steps are named by it), facts with a day
in it or in the month before, of their own or of their order, as they are or were. A run counts thousands of facts, so
that it is worth while not to look into others.
"""
