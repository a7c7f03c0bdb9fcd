"""What was done to a car, or for a customer, visit by visit: a page is one SELECT that builds each visit's JSON."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, literal_column, select

from services.workorder.models import RepairOrder
from services.workorder.repository.orders.orders import of_customer
from services.workorder.repository.overviews import PAID, WORK

_VISIT = f"""
    (SELECT json_build_object(
        'id', o.id, 'number', o.number, 'kind', o.kind, 'state', o.state, 'advisor', o.advisor,
        'customer_number', o.customer_number, 'vin', o.vin, 'plate', max(v.plate), 'model', max(v.model),
        'odometer_km', o.odometer_km, 'complaint', o.complaint, 'opened_on', o.opened_on, 'left_on', o.left_on,
        'settled_on', o.settled_on,
        'lines', coalesce(json_agg(json_build_object(
            'line_number', l.line_number, 'kind', l.kind, 'code', l.code, 'name', l.name,
            'standard_hours', trim_scale(l.standard_hours)::text, 'quantity', trim_scale(l.quantity)::text,
            'amount', l.amount::text, 'payer', l.payer, 'technician', l.technician, 'is_upsell', l.is_upsell,
            'authorisation', l.authorisation) ORDER BY l.line_number) FILTER (WHERE l.id IS NOT NULL), '[]'::json),
        'amount', coalesce(sum(l.amount) FILTER (WHERE {WORK}), 0.00)::text,
        'paid', ({PAID})::text)::text
    FROM (SELECT repair_orders.*) o
    LEFT JOIN vehicle_copy v ON v.store_id = o.store_id AND v.vin = o.vin
    LEFT JOIN repair_order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
    GROUP BY o.id, o.number, o.kind, o.state, o.advisor, o.customer_number, o.vin, o.odometer_km, o.complaint,
        o.opened_on, o.left_on, o.settled_on, o.store_id)
"""  # noqa: S608


def visits_of_customer(store_id: UUID, number: str) -> Select[Any]:
    """Under all numbers of whoever this number belongs to."""
    return _visits(store_id).where(of_customer(store_id, number))


def visits_of_vehicle(store_id: UUID, vin: str) -> Select[Any]:
    return _visits(store_id).where(RepairOrder.vin == vin)


def _visits(store_id: UUID) -> Select[Any]:
    columns: list[Any] = [RepairOrder.opened_at, RepairOrder.id, literal_column(_VISIT, Text).label("visit")]
    return select(*columns).where(RepairOrder.store_id == store_id)
