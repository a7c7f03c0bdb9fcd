"""What this service knows of a customer, an order, an employee or a month: one SELECT each that returns JSON."""

CUSTOMER = """
    WITH meant AS (SELECT c.* FROM customer told JOIN customer c
                   ON c.store_id = told.store_id AND c.id = told.canonical_id WHERE told.number = $1),
    alias AS (SELECT a.store_id, a.id, a.number FROM customer a JOIN meant
              ON a.store_id = meant.store_id AND a.canonical_id = meant.id),
    visited AS (SELECT t.order_number, t.opened_on FROM visit t JOIN alias
                ON t.store_id = alias.store_id AND t.customer_number = alias.number WHERE NOT t.cancelled),
    complained AS (SELECT p.id, p.state FROM complaint p JOIN alias
                   ON p.store_id = alias.store_id AND p.customer_number = alias.number
                   UNION
                   SELECT p.id, p.state FROM complaint p JOIN visited ON p.order_number = visited.order_number),
    owned AS (SELECT v.id, v.vin, v.plate, v.model, v.use, v.vehicle_class, v.purchase_date,
                     t.last_visit_on, t.last_odometer_km
              FROM alias JOIN vehicle v ON v.store_id = alias.store_id AND v.owner_number = alias.number
              CROSS JOIN LATERAL (
                  SELECT max(t.opened_on) AS last_visit_on,
                         (array_agg(t.odometer_km ORDER BY t.opened_on DESC, t.odometer_km DESC)
                          FILTER (WHERE t.odometer_km IS NOT NULL))[1] AS last_odometer_km
                  FROM visit t WHERE t.store_id = v.store_id AND t.vin = v.vin AND NOT t.cancelled) t)
    SELECT json_build_object(
        'customer', json_build_object(
            'id', m.id, 'number', m.number, 'source', m.source, 'kind', m.kind, 'name', m.name,
            'mobile', m.mobile_masked, 'id_number', m.id_number_masked, 'sex', m.sex, 'birth_date', m.birth_date,
            'occupation', m.occupation, 'home_address', m.home_address, 'hobbies', m.hobbies,
            'education', m.education, 'income', m.income, 'employer', m.employer,
            'services_of_interest', m.services_of_interest, 'payment_method', m.payment_method, 'version', m.version),
        'aliases', (SELECT json_agg(number ORDER BY number) FROM alias),
        'vehicles', (SELECT coalesce(json_agg(to_json(owned) ORDER BY vin), '[]'::json) FROM owned),
        'complaints', (SELECT json_build_object(
            'opened', count(*) FILTER (WHERE state = 'opened'),
            'verified', count(*) FILTER (WHERE state = 'verified'),
            'rejected', count(*) FILTER (WHERE state = 'rejected')) FROM complained),
        'notes', (SELECT count(*) FROM customer_note n JOIN alias
                  ON n.store_id = alias.store_id AND n.customer_id = alias.id),
        'last_visit_on', (SELECT max(opened_on) FROM visited))::text
    FROM meant m
"""

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
