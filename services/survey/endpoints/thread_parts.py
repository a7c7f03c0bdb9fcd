"""The parts of a thread that this service answers."""

from typing import Any

from chassis.http import HotRead
from services.survey.endpoints.roles import STAFF
from services.survey.repository import thread_parts

_LIST: dict[str, Any] = {"type": "array", "items": {"type": "object"}}

THREAD_PARTS = (
    HotRead(
        path="/v1/overview-parts/thread-anchors/{id}",
        name="find_thread_anchors",
        roles=STAFF,
        sql=thread_parts.ANCHORS,
        summary="The response or the order that an id or number means here, and the order that its thread runs through",
        schema={"type": "object", "properties": {"anchors": _LIST}},
    ),
    HotRead(
        path="/v1/overview-parts/threads/{key}",
        name="read_thread_part",
        roles=STAFF,
        sql=thread_parts.THREAD,
        summary='What customers answered about the orders of a thread; the key is JSON: {"orders": ["W1"]}',
        schema={
            "type": "object",
            "properties": {
                "nodes": _LIST,
                "edges": _LIST,
                "kinds": {"type": "object"},
                "truncated": {"type": "boolean"},
            },
        },
    ),
)
