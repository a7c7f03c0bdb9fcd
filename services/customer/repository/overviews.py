"""What this service knows of a customer, an order, an employee or a month: one SELECT each that returns JSON."""

_LAST_VISIT = """
    SELECT max(t.opened_on) AS last_visit_on,
           (max(ARRAY[t.opened_on - date '0001-01-01', t.odometer_km])
            FILTER (WHERE t.odometer_km IS NOT NULL))[2] AS last_odometer_km
    FROM visit t WHERE t.vin = v.vin AND NOT t.cancelled
"""
"""Arrays compare by their first element, then by the next: the latest day's highest reading, without a sort."""
_COUNTS = """
    json_build_object(
        'opened', count(*) FILTER (WHERE state = 'opened'),
        'verified', count(*) FILTER (WHERE state = 'verified'),
        'rejected', count(*) FILTER (WHERE state = 'rejected'))
"""

CUSTOMER = f"""
    SELECT json_build_object(
        'customer', json_build_object(
            'id', m.id, 'number', m.number, 'source', m.source, 'kind', m.kind, 'name', m.name,
            'mobile', m.mobile_masked, 'id_number', m.id_number_masked, 'sex', m.sex, 'birth_date', m.birth_date,
            'occupation', m.occupation, 'home_address', m.home_address, 'hobbies', m.hobbies,
            'education', m.education, 'income', m.income, 'employer', m.employer,
            'services_of_interest', m.services_of_interest, 'payment_method', m.payment_method, 'version', m.version),
        'aliases', array_to_json(alias.numbers),
        'vehicles', (
            SELECT coalesce(json_agg(json_build_object(
                'id', v.id, 'vin', v.vin, 'plate', v.plate, 'model', v.model, 'use', v.use,
                'vehicle_class', v.vehicle_class, 'purchase_date', v.purchase_date,
                'last_visit_on', seen.last_visit_on, 'last_odometer_km', seen.last_odometer_km) ORDER BY v.vin),
                '[]'::json)
            FROM vehicle v CROSS JOIN LATERAL ({_LAST_VISIT}) seen WHERE v.owner_number = ANY (alias.numbers)),
        'complaints', (SELECT {_COUNTS} FROM complaint p
                       WHERE p.customer_number = ANY (alias.numbers) OR p.order_number = ANY (visited.orders)),
        'notes', (SELECT count(*) FROM customer_note n WHERE n.customer_id = ANY (alias.ids)),
        'last_visit_on', visited.last_on)::text
    FROM customer told
    JOIN customer m ON m.id = told.canonical_id
    CROSS JOIN LATERAL (SELECT array_agg(a.number ORDER BY a.number) AS numbers, array_agg(a.id) AS ids
                        FROM customer a WHERE a.canonical_id = m.id) alias
    CROSS JOIN LATERAL (SELECT array_agg(t.order_number) AS orders, max(t.opened_on) AS last_on FROM visit t
                        WHERE t.customer_number = ANY (alias.numbers) AND NOT t.cancelled) visited
    WHERE told.number = $1
"""  # noqa: S608

REPAIR_ORDER = """
    WITH known AS (SELECT * FROM visit WHERE order_number = $1 LIMIT 1),
    complained AS (SELECT number, occurred_on, order_number, employee, cause, state
                   FROM complaint WHERE order_number = $1),
    repaired AS (SELECT v.id, v.vin, v.plate, v.model, v.use, v.vehicle_class, v.purchase_date,
                        t.last_visit_on, t.last_odometer_km
                 FROM known JOIN vehicle v ON v.store_id = known.store_id AND v.vin = known.vin
                 CROSS JOIN LATERAL (
                     SELECT max(t.opened_on) AS last_visit_on,
                            (array_agg(t.odometer_km ORDER BY t.opened_on DESC, t.odometer_km DESC)
                             FILTER (WHERE t.odometer_km IS NOT NULL))[1] AS last_odometer_km
                     FROM visit t WHERE t.store_id = v.store_id AND t.vin = v.vin AND NOT t.cancelled) t)
    SELECT json_build_object(
        'order_number', $1::text,
        'customer', (SELECT json_build_object('id', m.id, 'number', m.number, 'source', m.source, 'kind', m.kind,
                                              'name', m.name, 'mobile', m.mobile_masked,
                                              'id_number', m.id_number_masked)
                     FROM known
                     JOIN customer c ON c.store_id = known.store_id AND c.number = known.customer_number
                     JOIN customer m ON m.store_id = c.store_id AND m.id = c.canonical_id),
        'vehicle', (SELECT to_json(repaired) FROM repaired),
        'complaints', (SELECT coalesce(json_agg(to_json(complained) ORDER BY occurred_on, number), '[]'::json)
                       FROM complained))::text
    WHERE EXISTS (SELECT FROM known) OR EXISTS (SELECT FROM complained)
"""

EMPLOYEE = """
    WITH latest AS (SELECT number, occurred_on, order_number, employee, cause, state FROM complaint
                    WHERE employee = $1 ORDER BY occurred_on DESC, number LIMIT 20)
    SELECT json_build_object(
        'employee', $1::text,
        'complaints', (SELECT json_build_object(
            'opened', count(*) FILTER (WHERE state = 'opened'),
            'verified', count(*) FILTER (WHERE state = 'verified'),
            'rejected', count(*) FILTER (WHERE state = 'rejected')) FROM complaint WHERE employee = $1),
        'latest', (SELECT coalesce(json_agg(to_json(latest) ORDER BY occurred_on DESC, number), '[]'::json)
                   FROM latest))::text
"""

MONTH = """
    WITH month AS (SELECT CASE WHEN $1 ~ '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN to_date($1, 'YYYY-MM') END AS first)
    SELECT json_build_object(
        'month', $1::text,
        'customers', (SELECT count(*) FROM customer WHERE merged_into_id IS NULL),
        'merged', (SELECT count(*) FROM customer WHERE merged_into_id IS NOT NULL),
        'vehicles', (SELECT count(*) FROM vehicle),
        'complaints', (SELECT json_build_object(
            'opened', count(*) FILTER (WHERE state = 'opened'),
            'verified', count(*) FILTER (WHERE state = 'verified'),
            'rejected', count(*) FILTER (WHERE state = 'rejected'))
            FROM complaint WHERE occurred_on >= month.first AND occurred_on < month.first + interval '1 month'))::text
    FROM month WHERE month.first IS NOT NULL
"""
