"""Events as the other services publish them, with everything a test does not care about filled in."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.consumer import FeedEvent
from tests.harness import make_event


def identity(*names: object) -> str:
    """The same id for the same thing, in every event about it."""
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, names))))


def order_event(store: UUID, number: str, *, version: int = 1, **overrides: Any) -> FeedEvent:
    data = {
        "id": identity("order", number), "number": number, "source": "dms", "kind": "repair", "state": "closed",
        "cancelled": False, "advisor": "SA01", "opened_at": "2026-09-03T10:00:00+08:00", "opened_on": "2026-09-03",
        "odometer_km": 10000, "vehicle": {"source": "dms", "number": "LSGPBMG71RD953149", "id": None},
        "customer": {"source": "dms", "number": "C00001", "id": None}, "promised_at": None,
        "left_at": "2026-09-04T10:00:00+08:00", "left_on": "2026-09-04", "settled_on": "2026-09-04",
        "settlement": None, "reversal": None, **overrides,
    }  # fmt: skip
    return make_event("workorder.order.settled", data, store=store, version=version)


def payment_event(
    store: UUID, order: str, amount: str, *, ordinal: int = 1, version: int = 1, **overrides: Any
) -> FeedEvent:
    data = {
        "id": identity("payment", order, ordinal), "order_number": order, "paid_on": "2026-09-04", "amount": amount,
        "method": "wechat", "ordinal": ordinal, "deposit": False, "taken_by": "CA01", **overrides,
    }  # fmt: skip
    return make_event("workorder.payment.received", data, store=store, version=version)


def refund_event(store: UUID, order: str, amount: str, **overrides: Any) -> FeedEvent:
    data = {
        "id": identity("refund", order), "payment_id": identity("payment", order, 1), "order_number": order,
        "refunded_on": "2026-09-20", "amount": amount, "method": "wechat", "reason": "goodwill", "note": None,
        "refunded_by": "CA01", **overrides,
    }  # fmt: skip
    return make_event("workorder.payment.refunded", data, store=store)


def labour_event(store: UUID, order: str, line: int, hours: str, *, version: int = 1, **overrides: Any) -> FeedEvent:
    data = {
        "id": identity("line", order, line), "order_number": order, "line_number": line, "order_kind": "repair",
        "code": "ME04", "name": "更换蓄电池", "team": "机电一组", "technician": None, "standard_hours": hours,
        "completed_on": "2026-09-04", **overrides,
    }  # fmt: skip
    return make_event("workorder.labour.completed", data, store=store, version=version)


def upsell_event(store: UUID, order: str, line: int, *, version: int = 1, **overrides: Any) -> FeedEvent:
    data = {
        "id": identity("upsell", order, line), "number": f"{order}/{line}", "order_number": order, "source": "targeted",
        "stage": "repair", "finder": "J101", "advisor": "SA01", "decision": "approved", "decided_by_method": "sms_link",
        "line_numbers": [line], "amount": "680.00", "operation_name": "更换前减震器", **overrides,
    }  # fmt: skip
    return make_event("workorder.upsell.decided", data, store=store, version=version)


def claim_event(store: UUID, order: str, amount: str, **overrides: Any) -> FeedEvent:
    data = {
        "id": identity("claim", order), "order_number": order, "paid_on": "2026-09-20", "amount": amount, "ordinal": 1,
        "claim_number": None, **overrides,
    }  # fmt: skip
    return make_event("workorder.claim.paid", data, store=store)


def sale_event(store: UUID, number: str, amount: str, *, version: int = 1, **overrides: Any) -> FeedEvent:
    data = {
        "id": identity("sale", number), "number": number, "sold_on": "2026-09-10", "item": "行车记录仪",
        "list_price": "780.00", "amount": amount, "department": "front_desk", "seller": "SA01", "given_away": False,
        "installed": False, "generic": False, "method": "cash", "taken_by": "CA01", "returned_on": None,
        "return_reason": None, "returned_by": None, "return_method": None, **overrides,
    }  # fmt: skip
    what = "returned" if data["returned_on"] else "sold"
    return make_event(f"workorder.accessory.{what}", data, store=store, version=version)


def complaint_event(store: UUID, number: str, *, version: int = 1, **overrides: Any) -> FeedEvent:
    data = {
        "id": identity("complaint", number), "number": number, "source": "dms", "occurred_on": "2026-09-06",
        "order": None, "employee": "SA01", "cause": "work_error", "cause_text": None, "verified": True, **overrides,
    }  # fmt: skip
    return make_event("customer.complaint.verified", data, store=store, version=version)


def customer_event(store: UUID, number: str, *, version: int = 1, merged_into: str | None = None) -> FeedEvent:
    merged = None if merged_into is None else {"id": identity("customer", merged_into), "number": merged_into}
    data = {
        "id": identity("customer", number), "number": number, "source": "dms", "kind": "person", "name": "王芳",
        "merged_into": merged,
    }  # fmt: skip
    return make_event("customer.customer.changed", data, store=store, version=version)


def response_event(store: UUID, order: str, **overrides: Any) -> FeedEvent:
    data = {
        "id": identity("response", order), "order_number": order, "advisor": "SA01", "questionnaire": "after-service",
        "questionnaire_version": 1, "submitted_at": "2026-09-06T10:00:00+08:00", "submitted_on": "2026-09-06",
        "answers": {"attitude": 9}, "comment": None, "csi": "905.1485", **overrides,
    }  # fmt: skip
    return make_event("survey.response.completed", data, store=store)
