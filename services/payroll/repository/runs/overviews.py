"""The parts that payroll gives to an overview: one SELECT each, which builds the JSON itself.

Every statement takes the key, the caller's employee number, whether the caller sees all pay, and the store's time zone.
"""

from services.payroll.repository.runs.uses import USES

_CALLER = """WITH caller AS (
    SELECT $2::text AS employee, $3::boolean AS sees_all, (now() AT TIME ZONE $4::text)::date AS today
), latest AS (
    SELECT DISTINCT ON (month) * FROM run WHERE status = 'completed' ORDER BY month, completed_at DESC, id DESC
)"""


def _told(select: str) -> str:
    """A statement that knows its caller."""
    return _CALLER + select


CUSTOMER = _told("""
SELECT CASE WHEN o.numbers IS NOT NULL OR family.known THEN
    json_build_object(
        'number', $1::text,
        'numbers', array_to_json(family.numbers),
        'orders', coalesce(cardinality(o.numbers), 0),
        'facts', (SELECT coalesce(json_agg(json_build_object('kind', kind, 'count', facts,
            'amount', amount::numeric(20, 2)::text, 'hours', hours::text) ORDER BY kind), '[]')
            FROM (SELECT kind, count(*) AS facts, sum(amount) AS amount, sum(hours) AS hours
                  FROM fact WHERE order_number = ANY (o.numbers) GROUP BY kind) kinds),
        'as_of', (SELECT today FROM caller))::text END
FROM (SELECT coalesce(array_agg(same.number ORDER BY same.number), ARRAY[$1::text]) AS numbers, count(*) > 0 AS known
      FROM customer_copy told JOIN customer_copy same ON same.survivor = told.survivor
      WHERE told.number = $1::text) family
CROSS JOIN LATERAL (SELECT array_agg(number) AS numbers FROM order_copy WHERE customer = ANY (family.numbers)) o
""")

REPAIR_ORDER = _told(f""", facts AS (
    SELECT * FROM fact WHERE order_number = $1::text
), {USES.format(runs="latest")}, lines AS (
    SELECT l.*, u.month, u.facts FROM
        (SELECT run_id, month, node, count(DISTINCT fact_id) AS facts FROM found GROUP BY run_id, month, node) u
    JOIN pay_line l ON l.run_id = u.run_id AND u.node = ANY (l.fact_nodes), caller c
    WHERE c.sees_all OR l.employee = c.employee
)
SELECT CASE WHEN EXISTS (SELECT FROM facts) OR EXISTS (SELECT FROM order_copy WHERE number = $1::text) THEN
    json_build_object(
        'number', $1::text,
        'waiting', NOT EXISTS (SELECT FROM order_copy WHERE number = $1::text),
        'facts', (SELECT coalesce(json_agg(json_build_object('kind', kind, 'subject', subject, 'version', version,
            'person', person, 'team', team, 'occurred_on', occurred_on, 'amount', amount::numeric(20, 2)::text,
            'hours', hours::text, 'counted_in', (SELECT coalesce(json_agg(DISTINCT u.month), '[]') FROM found u
                WHERE u.fact_id = facts.id), 'why', (SELECT coalesce(json_agg(json_build_object('month', u.month,
                    'step', n.node, 'clause', n.body ->> 'clause',
                    'rule', n.body -> 'selections' -> u.selection ->> 'text') ORDER BY u.month, n.ordinal), '[]')
                FROM found u JOIN trace_node n ON n.run_id = u.run_id AND n.node = u.node
                WHERE u.fact_id = facts.id)) ORDER BY kind, occurred_on, subject), '[]') FROM facts),
        'pay_lines', (SELECT coalesce(json_agg(json_build_object('month', month, 'run', run_id, 'line', id,
            'employee', employee, 'component', component, 'clause', clause, 'amount', amount::text, 'facts', facts)
            ORDER BY month, ordinal), '[]')
            FROM (SELECT month, run_id, id, ordinal, employee, component, clause, amount, sum(facts) AS facts
                  FROM lines GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) l),
        'as_of', (SELECT today FROM caller))::text END
""")  # noqa: S608 - composed of constants

EMPLOYEE = _told(""", months AS (
    SELECT r.month, r.id AS run_id, sum(l.amount) AS total, json_agg(json_build_object(
        'line', l.id, 'component', l.component, 'name', l.name, 'clause', l.clause, 'amount', l.amount::text)
        ORDER BY l.ordinal) AS lines
    FROM latest r JOIN pay_line l ON l.run_id = r.id AND l.employee = $1::text, caller c
    WHERE r.month > to_char(c.today - interval '12 months', 'YYYY-MM') AND (c.sees_all OR c.employee = $1::text)
    GROUP BY r.month, r.id
)
SELECT json_build_object(
    'number', e.number, 'name', e.name, 'hired_on', e.hired_on, 'left_on', e.left_on,
    'terms', (SELECT json_build_object('valid_from', nullif(t.valid_from, date '0001-01-01'), 'post', t.post,
            'team', t.team, 'coefficient', t.coefficient::text, 'probation_until', t.probation_until,
            'base_pay', t.base_pay::text)
        FROM employee_terms t WHERE t.employee = e.number AND t.valid_from <= c.today
        ORDER BY t.valid_from DESC LIMIT 1),
    'months', (SELECT coalesce(json_agg(json_build_object('month', month, 'run', run_id, 'total', total::text,
        'lines', lines) ORDER BY month DESC), '[]') FROM months),
    'as_of', c.today)::text
FROM employee e, caller c WHERE e.number = $1::text
""")

STORE = _told("""
SELECT json_build_object(
    'month', r.month, 'run', r.id, 'total', r.total::text, 'hash', r.hash, 'plan', r.plan_id, 'pools', r.pools,
    'employees', (SELECT count(DISTINCT employee) FROM pay_line l WHERE l.run_id = r.id),
    'warnings', json_array_length(r.warnings::json), 'completed_at', r.completed_at, 'as_of', c.today)::text
FROM latest r, caller c WHERE r.month = $1::text AND c.sees_all
""")
