"""What this service hears from the customer service: copies of customers and vehicles are kept up to date."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import FeedEvent, Subscription
from services.workorder.repository import copies

_CUSTOMERS = (
    "customer.customer.created",
    "customer.customer.changed",
    "customer.customer.merged",
    "customer.customer.unmerged",
    "customer.customer.erased",
)
"""A merge is taken from the state of the one merged, which names the other: it has a version, so that the newest counts
in whatever order it is met. The event of the merge itself is the survivor's state."""
_VEHICLES = ("customer.vehicle.created", "customer.vehicle.changed")


async def follow_customers(session: AsyncSession, store_id: UUID, events: Sequence[FeedEvent]) -> None:
    customers = _latest((e for e in events if e.type in _CUSTOMERS and "number" in e.data), "number")
    vehicles = _latest((e for e in events if e.type in _VEHICLES), "vin")
    if customers:
        await copies.put_customers(session, store_id, [_customer(event) for event in customers])
        await copies.follow_merges(session, store_id)
    if vehicles:
        await copies.put_vehicles(session, store_id, [_vehicle(event) for event in vehicles])


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
    kept = {name: data.get(name) for name in ("plate", "model", "use", "vehicle_class")}
    owner = data.get("owner") or {}
    return {**kept, "id": data["id"], "vin": data["vin"], "version": event.version, "owner_number": owner.get("number")}


CUSTOMER_FEED = Subscription(source="customer", handle=follow_customers, types=(*_CUSTOMERS, *_VEHICLES))
