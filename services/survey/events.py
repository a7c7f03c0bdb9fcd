"""What this service publishes, and what it does with the facts of the others."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import FeedEvent, Subscription
from chassis.feed import publish_select
from services.survey.repository import copies, intake


async def publish_completed(session: AsyncSession, store_id: UUID, response_ids: Sequence[UUID]) -> None:
    if response_ids:
        await publish_select(session, _COMPLETED, {"store": store_id, "ids": list(response_ids), "private": _PRIVATE})


async def take_orders(session: AsyncSession, store_id: UUID, events: Sequence[FeedEvent]) -> None:
    """The newest state of each order; responses that waited for it, or show what changed, move one version on."""
    newest = {event.data["number"]: _order(event) for event in events}
    await intake.lock_responses(session, store_id)
    changed = await copies.take_orders(session, store_id, list(newest.values()))
    moved = await copies.follow_orders(session, store_id, changed)
    await publish_completed(session, store_id, moved)


async def take_customers(session: AsyncSession, store_id: UUID, events: Sequence[FeedEvent]) -> None:
    await copies.take_customers(session, store_id, list(_customers(events)))


def _order(event: FeedEvent) -> dict[str, Any]:
    data = event.data
    same = ("number", "source", "kind", "advisor", "opened_on", "left_on", "settled_on")
    return {
        **{name: data.get(name) for name in same},
        "version": event.version,
        "order_id": data.get("id"),
        "cancelled": bool(data.get("cancelled")),
        "customer_number": (data.get("customer") or {}).get("number"),
    }


def _customers(events: Iterable[FeedEvent]) -> Iterable[dict[str, Any]]:
    """The last state of each; one that was merged names the survivor."""
    states: dict[str, dict[str, Any]] = {}
    for event in events:
        data = event.data
        survivor = (data.get("merged_into") or {}).get("number")
        states[data["number"]] = {"number": data["number"], "version": event.version, "merged_into": survivor}
    return states.values()


_ORDER_STATES = ("opened", "state_changed", "settled", "delivered", "reversed", "cancelled")
SUBSCRIPTIONS = (
    Subscription(
        "workorder",
        take_orders,
        tuple(f"workorder.order.{what}" for what in _ORDER_STATES),
    ),
    Subscription(
        "customer",
        take_customers,
        tuple(f"customer.customer.{what}" for what in ("created", "changed")),
    ),
)

# A feed carries no mobile and no ID number, and people do type theirs into a remark.
_PRIVATE = "[0-9０-９]{15,17}[0-9０-９Xx]?|[1１][3-9３-９][0-9０-９][ -]?[0-9０-９]{4}[ -]?[0-9０-９]{4}"
_COMPLETED = """
    SELECT r.store_id, 'survey.response.completed', CAST(r.id AS text), r.version, jsonb_build_object(
        'id', r.id, 'source', r.source, 'order_number', r.order_number, 'advisor', r.advisor,
        'order_kind', r.order_kind,
        'customer', CASE WHEN r.customer_number IS NOT NULL THEN jsonb_build_object('number', r.customer_number) END,
        'questionnaire', r.questionnaire, 'questionnaire_version', r.questionnaire_version,
        'submitted_at', r.submitted_at, 'submitted_on', r.submitted_on, 'channel', r.channel,
        'answers', CAST(regexp_replace(CAST(r.answers AS text), :private, '***', 'g') AS jsonb),
        'comment', regexp_replace(r.comment, :private, '***', 'g'),
        'csi', CAST(r.csi AS text), 'nps', r.nps)
    FROM response r WHERE r.store_id = :store AND r.id = ANY (CAST(:ids AS uuid[]))
"""
