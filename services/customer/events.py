"""Payloads published, as SQL over the rows just written; handlers of the repair orders' events."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import FeedEvent, Subscription
from services.customer.repository.records import Kind
from services.customer.repository.visits import keep_visits

ORDER_EVENTS = tuple(
    f"workorder.order.{what}" for what in ("opened", "state_changed", "settled", "delivered", "reversed", "cancelled")
)

CUSTOMERS = Kind(
    "customer",
    "number",
    """
    SELECT s.store_id, s.event, CAST(s.id AS text), s.version, jsonb_build_object(
        'id', s.id, 'number', s.number, 'source', s.source, 'kind', s.kind, 'name', s.name,
        'merged_into', CASE WHEN s.merged_into_id IS NOT NULL
                       THEN jsonb_build_object('id', m.id, 'number', m.number) END) || s.extra
    FROM staged_customer s LEFT JOIN customer m ON m.store_id = s.store_id AND m.id = s.canonical_id
    ORDER BY s.number
    """,
)
VEHICLES = Kind(
    "vehicle",
    "vin",
    """
    SELECT s.store_id, s.event, CAST(s.id AS text), s.version, jsonb_build_object(
        'id', s.id, 'vin', s.vin, 'plate', s.plate, 'model', s.model, 'use', s.use, 'vehicle_class', s.vehicle_class,
        'purchase_date', s.purchase_date,
        'owner', CASE WHEN s.owner_number IS NOT NULL
                 THEN jsonb_build_object('source', coalesce(o.source, s.source), 'number', s.owner_number, 'id', o.id)
                 END) || s.extra
    FROM staged_vehicle s LEFT JOIN customer o ON o.store_id = s.store_id AND o.number = s.owner_number
    ORDER BY s.vin
    """,
)
COMPLAINTS = Kind(
    "complaint",
    "number",
    """
    SELECT s.store_id, s.event, CAST(s.id AS text), s.version, jsonb_build_object(
        'id', s.id, 'number', s.number, 'source', s.source, 'occurred_on', s.occurred_on,
        'order', CASE WHEN s.order_number IS NOT NULL
                 THEN jsonb_build_object('source', s.source, 'number', s.order_number, 'id',
                      (SELECT v.order_id FROM visit v
                       WHERE v.store_id = s.store_id AND v.order_number = s.order_number LIMIT 1)) END,
        'employee', s.employee, 'cause', s.cause, 'cause_text', s.cause_text, 'state', s.state,
        'verified', CASE s.state WHEN 'verified' THEN true WHEN 'rejected' THEN false END,
        'verified_on', s.verified_on) || s.extra
    FROM staged_complaint s ORDER BY s.number
    """,
)


async def take_orders(session: AsyncSession, store: UUID, events: Sequence[FeedEvent]) -> None:
    """A visit per order: what the odometer log and the last visit of each vehicle are read from."""
    await keep_visits(session, store, [{**event.data, "version": event.version} for event in events])


SUBSCRIPTIONS = (Subscription("workorder", take_orders, ORDER_EVENTS),)
