"""Payroll's parts of a thread, for those who see pay: facts are told to all of them, steps and lines as in a trace."""

from chassis.http import HotRead
from services.payroll.endpoints.access import STAFF
from services.payroll.endpoints.runs.overviews import PayRead
from services.payroll.repository.runs import thread_parts

_LIST = {"type": "array", "items": {"type": "object"}}

THREAD_PARTS: tuple[HotRead, ...] = (
    PayRead(
        "/v1/overview-parts/thread-anchors/{id}", "find_thread_anchors", STAFF, thread_parts.ANCHORS,
        "What an id or number means here: a line of pay, a fact, or what a fact reports; and the orders of its thread",
        {"type": "object", "properties": {"anchors": _LIST}}, of_pay=True,
    ),
    PayRead(
        "/v1/overview-parts/threads/{key}", "read_thread_part", STAFF, thread_parts.THREAD,
        "From facts over the steps that counted them to lines of pay; the key is JSON with `orders`, and with the "
        "`line` or the `fact` that the thread began with",
        {"type": "object", "properties": {"nodes": _LIST, "edges": _LIST, "kinds": {"type": "object"},
                                          "truncated": {"type": "boolean"}}}, of_pay=True,
    ),
)  # fmt: skip
