"""What this service hears from the customer service: copies of customers, vehicles and complaints."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import FeedEvent, Subscription
from services.workorder.repository import copies
from services.workorder.service.files.erasure import erase_files
from services.workorder.service.inspections.checks import put_checks_on_vehicles

_ERASED = "customer.customer.erased"
_CUSTOMERS = (
    "customer.customer.created",
    "customer.customer.changed",
    "customer.customer.merged",
    "customer.customer.unmerged",
    _ERASED,
)
"""A merge is taken from the state of the one merged, which names the other: it has a version, so that the newest counts
in whatever order it is met. The event of the merge itself is the survivor's state."""
_VEHICLES = ("customer.vehicle.created", "customer.vehicle.changed")
_COMPLAINTS = tuple(f"customer.complaint.{what}" for what in ("opened", "verified", "rejected", "withdrawn", "closed"))


async def follow_customers(session: AsyncSession, store_id: UUID, events: Sequence[FeedEvent]) -> None:
    customers = _latest((e for e in events if e.type in _CUSTOMERS and "number" in e.data), "number")
    vehicles = _latest((e for e in events if e.type in _VEHICLES), "vin")
    complaints = _latest((e for e in events if e.type in _COMPLAINTS), "id")
    if customers:
        await copies.put_customers(session, store_id, [_customer(event) for event in customers])
        await copies.follow_merges(session, store_id)
    for event in events:
        if event.type == _ERASED and "number" in event.data:
            await erase_files(session, store_id, [event.data["number"]], event.time)
    if vehicles:
        await copies.put_vehicles(session, store_id, [_vehicle(event) for event in vehicles])
        await put_checks_on_vehicles(session, store_id, [event.data["vin"] for event in vehicles])
    if complaints:
        await copies.put_complaints(session, store_id, [_complaint(event) for event in complaints])


def _latest(events: Iterable[FeedEvent], key: str) -> list[FeedEvent]:
    """The newest event of each thing; a set-based upsert meets each row once."""
    newest: dict[str, FeedEvent] = {}
    for event in events:
        known = newest.get(event.data[key])
        if known is None or event.version >= known.version:
            newest[event.data[key]] = event
    return list(newest.values())


def _customer(event: FeedEvent) -> dict[str, Any]:
    data = event.data
    into = data.get("merged_into") or {}
    return {
        "id": data["id"],
        "number": data["number"],
        "version": event.version,
        "name": data.get("name"),
        "kind": data.get("kind"),
        "merged_into_id": into.get("id"),
        "merged_into_number": into.get("number"),
    }


def _vehicle(event: FeedEvent) -> dict[str, Any]:
    data = event.data
    kept = {name: data.get(name) for name in ("plate", "model", "use", "vehicle_class", "purchase_date")}
    owner = data.get("owner") or {}
    return {**kept, "id": data["id"], "vin": data["vin"], "version": event.version, "owner_number": owner.get("number")}


def _complaint(event: FeedEvent) -> dict[str, Any]:
    """What became of it is in the event's type."""
    data = event.data
    kept = {name: data.get(name) for name in ("number", "occurred_on", "employee", "cause")}
    order = data.get("order") or {}
    state = event.type.rpartition(".")[2]
    return {**kept, "id": data["id"], "version": event.version, "order_number": order.get("number"), "state": state}


CUSTOMER_FEED = Subscription(source="customer", handle=follow_customers, types=(*_CUSTOMERS, *_VEHICLES, *_COMPLAINTS))
