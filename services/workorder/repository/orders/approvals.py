"""SQL of how the customer agreed to an order, for whatever tells of one."""

from services.workorder.domain.orders.order import AGREED_TO

AGREED = f"o.state IN ({str(sorted(map(str, AGREED_TO)))[1:-1]})"
"""Of an order `o`."""
APPROVAL = f"""(
    SELECT jsonb_build_object('method', a.method, 'decided_by', a.decided_by, 'decided_at', a.decided_at,
        'called_at', a.called_at, 'taken_by', a.taken_by, 'signature_id', a.signature_id)
    FROM (SELECT) one LEFT JOIN order_approvals a ON a.store_id = o.store_id AND a.order_id = o.id
    WHERE a.id IS NOT NULL OR {AGREED})"""  # noqa: S608 - composed of constants
"""All null where it is not known; nothing as long as he has not agreed."""
