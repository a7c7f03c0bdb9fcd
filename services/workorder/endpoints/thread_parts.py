"""The parts of a thread that this service answers; see `repository.thread_parts`."""

from chassis.auth import Principal
from chassis.http import HotRead
from services.workorder.endpoints.risk.risk_flags import MEASURED, SEE_ALL
from services.workorder.endpoints.roles import READERS
from services.workorder.repository import thread_anchors, thread_parts


def flags_seen_by(caller: Principal) -> tuple[bool, str | None]:
    """Whether of all persons, and else of which one, he sees the flags of the risk control."""
    own = caller.employee if caller.roles & set(MEASURED) else None
    return bool(caller.roles & set(SEE_ALL)), own


_LIST = {"type": "array", "items": {"type": "object"}}

THREAD_PARTS = [
    HotRead(
        "/v1/overview-parts/thread-anchors/{id}",
        "find_thread_anchors",
        READERS,
        thread_anchors.ANCHORS,
        "What an id or number means here: its kind, its nodes in a thread, and the orders that the thread runs through",
        {"type": "object", "properties": {"anchors": _LIST}},
    ),
    HotRead(
        "/v1/overview-parts/threads/{key}",
        "read_thread_part",
        READERS,
        thread_parts.THREAD,
        'From what was seen on the cars to what was paid for their orders; the key is JSON: {"orders": ["W1"]}',
        {
            "type": "object",
            "properties": {
                "nodes": _LIST,
                "edges": _LIST,
                "kinds": {"type": "object"},
                "truncated": {"type": "boolean"},
            },
        },
        flags_seen_by,
    ),
]
