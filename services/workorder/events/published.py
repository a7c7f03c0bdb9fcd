"""The events of this service: one SELECT per thing builds type, version and full new state, for one row or for many."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.feed import publish_select
from services.workorder.repository.orders.approvals import APPROVAL


async def publish_states(session: AsyncSession, select: str, ids: Sequence[UUID]) -> None:
    """An event for each of these things with its state as it is now."""
    if ids:
        await publish_select(session, select, {"ids": list(ids)})


async def publish_together(session: AsyncSession, *things: tuple[str, Sequence[UUID]]) -> None:
    """As `publish_states` does for several kinds of things, in this order, at once."""
    selects: list[str] = []
    ids: dict[str, list[UUID]] = {}
    for select, wanted in things:
        if wanted:
            ids[name := f"ids{len(ids)}"] = list(wanted)
            selects.append(f"(SELECT * FROM ({select.replace(':ids', f':{name}')}) told)")  # noqa: S608 - our own
    if selects:
        await publish_select(session, " UNION ALL ".join(selects), ids)


ORDERS = f"""
    SELECT o.store_id,
        CASE
            WHEN o.state = 'cancelled' AND former.state->>'state' IS DISTINCT FROM 'cancelled'
                THEN 'workorder.order.cancelled'
            WHEN reversal.id IS NOT NULL THEN 'workorder.order.reversed'
            WHEN o.settled AND former.state->>'settled' IS DISTINCT FROM 'true' THEN 'workorder.order.settled'
            WHEN o.state <> 'cancelled' AND o.left_at IS NOT NULL AND former.state->>'left_at' IS NULL
                THEN 'workorder.order.delivered'
            WHEN former.id IS NULL THEN 'workorder.order.opened'
            ELSE 'workorder.order.state_changed'
        END, o.id::text, o.version,
        jsonb_build_object(
            'id', o.id, 'number', o.number, 'source', o.source, 'kind', o.kind, 'state', o.state, 'hold', o.hold,
            'cancelled', o.state = 'cancelled', 'settled', o.settled, 'advisor', o.advisor, 'opened_at', o.opened_at,
            'opened_on', o.opened_on, 'odometer_km', o.odometer_km, 'promised_at', o.promised_at,
            'left_at', o.left_at, 'left_on', o.left_on, 'settled_on', o.settled_on,
            'approval', {APPROVAL},
            'settlement', CASE WHEN o.settled THEN (
                SELECT jsonb_build_object('id', s.id, 'number', s.number, 'amount', s.amount::text,
                    'content_hash', s.content_hash)
                FROM settlements s WHERE s.store_id = o.store_id AND s.order_id = o.id AND NOT EXISTS (
                    SELECT FROM settlement_reversals r WHERE r.store_id = s.store_id AND r.settlement_id = s.id)) END,
            'reversal', CASE WHEN reversal.id IS NOT NULL THEN jsonb_build_object(
                'number', reversal.number, 'reason', reversal.reason, 'settlement', reversed.number) END,
            'vehicle', CASE WHEN o.vin IS NOT NULL THEN
                jsonb_build_object('source', o.source, 'number', o.vin, 'id', v.id) END,
            'customer', CASE WHEN o.customer_number IS NOT NULL THEN
                jsonb_build_object('source', o.source, 'number', o.customer_number, 'id', c.survivor_id) END)
    FROM repair_orders o
    LEFT JOIN repair_order_history former
        ON former.store_id = o.store_id AND former.id = o.id AND former.version = o.version - 1
    LEFT JOIN settlement_reversals reversal ON NOT o.settled AND reversal.store_id = o.store_id
        AND reversal.order_id = o.id AND reversal.order_version = o.version
    LEFT JOIN settlements reversed ON reversed.store_id = o.store_id AND reversed.id = reversal.settlement_id
    LEFT JOIN vehicle_copy v ON v.store_id = o.store_id AND v.vin = o.vin
    LEFT JOIN customer_copy c ON c.store_id = o.store_id AND c.number = o.customer_number
    WHERE o.id = ANY (CAST(:ids AS uuid[])) ORDER BY o.id
"""  # noqa: S608 - composed of constants

LINES = """
    SELECT l.store_id, 'workorder.line.changed', l.id::text, l.version,
        jsonb_build_object(
            'id', l.id, 'order_number', o.number, 'line_number', l.line_number, 'kind', l.kind, 'code', l.code,
            'name', l.name, 'standard_hours', trim_scale(l.standard_hours)::text,
            'quantity', trim_scale(l.quantity)::text, 'list_price', l.list_price::text, 'amount', l.amount::text,
            'payer', l.payer, 'shares', l.shares, 'team', l.team, 'origin', l.origin,
            'agreed_amount', l.agreed_amount::text,
            'job', (SELECT j.number FROM order_jobs j WHERE j.store_id = l.store_id AND j.id = l.job_id),
            'authorisation', CASE WHEN l.authorisation IN ('approved', 'declined', 'deferred') THEN l.authorisation END,
            'upsell_number', u.number)
    FROM repair_order_lines l
    JOIN repair_orders o ON o.store_id = l.store_id AND o.id = l.order_id
    LEFT JOIN upsells u ON u.store_id = l.store_id AND u.id = l.upsell_id
    WHERE l.id = ANY (CAST(:ids AS uuid[])) ORDER BY l.id
"""

UPSELLS = """
    SELECT u.store_id,
        CASE WHEN u.decision IS NULL THEN 'workorder.upsell.proposed' ELSE 'workorder.upsell.decided' END,
        u.id::text, u.version,
        jsonb_build_object(
            'id', u.id, 'number', u.number, 'order_number', o.number, 'source', u.upsell_source, 'stage', u.stage,
            'finder', u.finder, 'finding_id', u.finding_id, 'advisor', o.advisor,
            'decision', u.decision, 'decided_by_method', u.decided_by_method,
            'line_numbers', to_jsonb(u.line_numbers), 'amount', u.amount::text, 'operation_name', u.operation_name,
            'revived_from', (SELECT jsonb_build_object('id', f.id, 'number', f.number)
                FROM upsells f WHERE f.store_id = u.store_id AND f.id = u.revived_from),
            'priority', u.priority, 'follow_up_on', u.follow_up_on, 'closed_reason', u.closed_reason,
            'quote', (SELECT jsonb_build_object('id', q.id, 'number', q.number)
                FROM quote_decisions d JOIN quotes q ON q.store_id = d.store_id AND q.id = d.quote_id
                WHERE d.store_id = u.store_id AND d.upsell_id = u.id AND d.decision = u.decision))
    FROM upsells u JOIN repair_orders o ON o.store_id = u.store_id AND o.id = u.order_id
    WHERE u.id = ANY (CAST(:ids AS uuid[])) ORDER BY u.id
"""

LABOUR = """
    SELECT l.store_id, 'workorder.labour.completed', l.id::text, l.labour_version,
        jsonb_build_object(
            'id', l.id, 'order_number', o.number, 'line_number', l.line_number, 'order_kind', o.kind, 'code', l.code,
            'name', l.name, 'team', l.team, 'technician', l.technician,
            'standard_hours', trim_scale(coalesce(l.standard_hours, 0))::text, 'completed_on', l.labour_completed_on,
            'accessory_installation', coalesce(p.accessory_installation, false))
    FROM repair_order_lines l JOIN repair_orders o ON o.store_id = l.store_id AND o.id = l.order_id
    LEFT JOIN operations p ON p.store_id = l.store_id AND p.code = l.code
    WHERE l.id = ANY (CAST(:ids AS uuid[])) AND l.labour_version > 0 ORDER BY l.id
"""
"""Of lines that are, or once were, completed work."""

PAYMENTS = """
    SELECT p.store_id, 'workorder.payment.received', p.id::text, p.version,
        jsonb_build_object('id', p.id, 'order_number', o.number, 'paid_on', p.paid_on, 'amount', p.amount::text,
            'method', p.method, 'ordinal', p.ordinal, 'deposit', p.deposit, 'taken_by', p.taken_by)
    FROM payments p JOIN repair_orders o ON o.store_id = p.store_id AND o.id = p.order_id
    WHERE p.id = ANY (CAST(:ids AS uuid[])) ORDER BY p.id
"""

REFUNDS = """
    SELECT r.store_id, 'workorder.payment.refunded', r.id::text, 1,
        jsonb_build_object('id', r.id, 'payment_id', r.payment_id, 'order_number', o.number,
            'refunded_on', r.refunded_on, 'amount', r.amount::text, 'method', r.method, 'reason', r.reason,
            'note', r.note, 'refunded_by', r.refunded_by)
    FROM refunds r JOIN repair_orders o ON o.store_id = r.store_id AND o.id = r.order_id
    WHERE r.id = ANY (CAST(:ids AS uuid[])) ORDER BY r.id
"""

REIMBURSEMENTS = """
    SELECT p.store_id, 'workorder.claim.paid', p.id::text, p.version,
        jsonb_build_object('id', p.id, 'order_number', o.number, 'paid_on', p.paid_on, 'amount', p.amount::text,
            'ordinal', p.ordinal, 'claim_number', c.number)
    FROM reimbursements p LEFT JOIN claims c ON c.store_id = p.store_id AND c.id = p.claim_id
    JOIN repair_orders o ON o.store_id = p.store_id AND o.id = p.order_id
    WHERE p.id = ANY (CAST(:ids AS uuid[])) ORDER BY p.id
"""

CLAIMS = """
    SELECT c.store_id, 'workorder.claim.changed', c.id::text, c.version,
        jsonb_build_object('id', c.id, 'number', c.number, 'order_number', o.number, 'state', c.state,
            'round', c.round, 'maker_number', c.maker_number, 'sent_on', c.sent_on, 'answered_on', c.answered_on,
            'note', c.note, 'lines', (
                SELECT jsonb_agg(jsonb_build_object('line_number', l.line_number, 'claimed', l.claimed::text,
                    'paid', (SELECT coalesce(sum(a.paid), 0.00)::text FROM claim_answers a
                        WHERE a.store_id = l.store_id AND a.claim_id = l.claim_id AND a.line_id = l.line_id))
                    ORDER BY l.line_number)
                FROM claim_lines l WHERE l.store_id = c.store_id AND l.claim_id = c.id))
    FROM claims c JOIN repair_orders o ON o.store_id = c.store_id AND o.id = c.order_id
    WHERE c.id = ANY (CAST(:ids AS uuid[])) ORDER BY c.id
"""

CASH_CLOSINGS = """
    SELECT c.store_id, 'workorder.till.closed', c.id::text, 1,
        jsonb_build_object('id', c.id, 'day', c.day, 'counts', c.counts, 'closed_by', c.closed_by)
    FROM cash_closings c WHERE c.id = ANY (CAST(:ids AS uuid[])) ORDER BY c.id
"""

INSURER_APPROVALS = """
    SELECT a.store_id, 'workorder.insurer.approved', a.id::text, a.version,
        jsonb_build_object('id', a.id, 'order_number', o.number, 'approved_on', a.approved_on,
            'approved_amount', a.approved_amount::text, 'owner_share', a.owner_share::text)
    FROM insurer_approvals a JOIN repair_orders o ON o.store_id = a.store_id AND o.id = a.order_id
    WHERE a.id = ANY (CAST(:ids AS uuid[])) ORDER BY a.id
"""

INSURER_PAYMENTS = """
    SELECT p.store_id, 'workorder.insurer.paid', p.id::text, 1 + (t.payment_id IS NOT NULL)::int,
        jsonb_build_object('id', p.id, 'order_number', o.number, 'paid_on', p.paid_on,
            'amount', CASE WHEN t.payment_id IS NULL THEN p.amount::text ELSE '0.00' END,
            'reference', p.reference, 'taken_by', p.taken_by, 'taken_back', t.payment_id IS NOT NULL)
    FROM insurer_payments p JOIN repair_orders o ON o.store_id = p.store_id AND o.id = p.order_id
    LEFT JOIN insurer_payments_taken_back t ON t.store_id = p.store_id AND t.payment_id = p.id
    WHERE p.id = ANY (CAST(:ids AS uuid[])) ORDER BY p.id
"""
"""Taken back it is worth nothing."""

PACKAGES = """
    SELECT p.store_id,
        CASE WHEN p.refunded_on IS NULL THEN 'workorder.package.sold' ELSE 'workorder.package.refunded' END,
        p.id::text, p.version,
        jsonb_build_object('id', p.id, 'number', p.number, 'name', p.name, 'customer_number', p.customer_number,
            'vin', p.vin, 'price', p.price::text, 'method', p.method, 'sold_on', p.sold_on, 'sold_by', p.sold_by,
            'valid_until', p.valid_until, 'refunded_on', p.refunded_on,
            'refunded_amount', p.refunded_amount::text, 'items', (
                SELECT jsonb_agg(jsonb_build_object('code', i.code, 'times', i.times, 'value', i.value::text)
                    ORDER BY i.code)
                FROM package_items i WHERE i.store_id = p.store_id AND i.package_id = p.id))
    FROM packages p WHERE p.id = ANY (CAST(:ids AS uuid[])) ORDER BY p.id
"""

PACKAGE_DRAWS = """
    SELECT d.store_id, 'workorder.package.drawn', d.id::text, d.version,
        jsonb_build_object('id', d.id, 'package_number', p.number, 'order_number', o.number,
            'line_number', d.line_number, 'code', d.code, 'drawn_on', d.drawn_on, 'drawn_by', d.drawn_by,
            'amount', CASE WHEN d.undone THEN '0.00' ELSE d.value::text END, 'undone', d.undone)
    FROM package_draws d
    JOIN packages p ON p.store_id = d.store_id AND p.id = d.package_id
    JOIN repair_orders o ON o.store_id = d.store_id AND o.id = d.order_id
    WHERE d.id = ANY (CAST(:ids AS uuid[])) ORDER BY d.id
"""
"""Undone it is worth nothing."""

ACCESSORY_SALES = """
    SELECT s.store_id,
        CASE WHEN s.returned_on IS NULL THEN 'workorder.accessory.sold' ELSE 'workorder.accessory.returned' END,
        s.id::text, s.version,
        jsonb_build_object('id', s.id, 'number', s.number, 'sold_on', s.sold_on, 'item', s.item,
            'list_price', s.list_price::text, 'amount', s.amount::text, 'department', s.department,
            'seller', s.seller, 'given_away', s.given_away, 'installed', s.installed, 'generic', s.generic,
            'method', s.method, 'taken_by', s.taken_by, 'returned_on', s.returned_on,
            'return_reason', s.return_reason, 'returned_by', s.returned_by, 'return_method', s.return_method)
    FROM accessory_sales s WHERE s.id = ANY (CAST(:ids AS uuid[])) ORDER BY s.id
"""

CONSUMABLES = """
    SELECT c.store_id, 'workorder.consumables.used', c.id::text, c.version,
        jsonb_build_object('id', c.id, 'team', c.team, 'used_on', c.used_on, 'item', c.item,
            'amount', c.amount::text, 'ordinal', c.ordinal)
    FROM consumables c WHERE c.id = ANY (CAST(:ids AS uuid[])) ORDER BY c.id
"""

HOURS_DEDUCTIONS = """
    SELECT h.store_id, 'workorder.hours.deducted', h.id::text, h.version,
        jsonb_build_object('id', h.id, 'number', h.number, 'employee', h.employee,
            'hours', trim_scale(h.hours)::text, 'reason', h.reason, 'occurred_on', h.occurred_on,
            'order_number', o.number)
    FROM hours_deductions h LEFT JOIN repair_orders o ON o.store_id = h.store_id AND o.id = h.order_id
    WHERE h.id = ANY (CAST(:ids AS uuid[])) ORDER BY h.id
"""
