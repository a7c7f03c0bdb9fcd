"""What the facts of workorder come to here, by day and kind, and which they are: for holding them against its own."""

MOST = 1000
"""Things of the days and kinds asked for at once."""
_TOLD = """
    told AS (
        SELECT f.kind, f.occurred_on AS day, f.subject AS id, f.order_number, f.amount, f.hours, CASE f.kind
            WHEN 'order' THEN concat_ws(' ', f.attributes->>'kind', f.attributes->>'cancelled',
                coalesce(f.attributes->>'advisor', '-'), coalesce(f.attributes->>'settled_on', '-'),
                coalesce(f.attributes->>'left_on', '-'))
            WHEN 'insurer_approval' THEN trim_scale((f.attributes->>'owner_share')::numeric)::text
            WHEN 'labour' THEN concat_ws(' ', coalesce(f.team, '-'), coalesce(f.person, '-'))
            WHEN 'hours_deduction' THEN f.person
            WHEN 'accessory_sale' THEN concat_ws(' ', trim_scale((f.attributes->>'list_price')::numeric)::text,
                f.attributes->>'department', coalesce(f.person, '-'), f.attributes->>'given_away',
                f.attributes->>'installed', f.attributes->>'generic')
            WHEN 'consumable' THEN f.team END AS details
        FROM fact f, bounds b WHERE f.source = 'workorder' AND f.occurred_on BETWEEN b.first AND b.last
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
"""$1 is `from..to`; the digest is over ids and all figures, so that equal sums of other things do not pass."""
THINGS = f"WITH {_CELLS}, {_TOLD} {_THINGS}"
"""$1 is `kind@day,…`."""
