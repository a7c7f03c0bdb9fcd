"""What this service hears from the survey service: how an order was judged by its customer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import FeedEvent, Subscription
from services.workorder.repository import copies


async def follow_responses(session: AsyncSession, store_id: UUID, events: Sequence[FeedEvent]) -> None:
    newest: dict[str, FeedEvent] = {}
    for event in events:
        known = newest.get(event.data["id"])
        if known is None or event.version >= known.version:
            newest[event.data["id"]] = event
    await copies.put_responses(session, store_id, [_response(event) for event in newest.values()])


def _response(event: FeedEvent) -> dict[str, Any]:
    data = event.data
    answers = data.get("answers") or {}
    ratings = {question: value for question, value in answers.items() if type(value) is int}
    kept = {name: data.get(name) for name in ("id", "order_number", "submitted_on", "csi")}
    return {**kept, "version": event.version, "ratings": ratings}


SURVEY_FEED = Subscription(source="survey", handle=follow_responses, types=("survey.response.completed",))
