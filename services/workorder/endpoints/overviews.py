"""The parts of the gateway's overviews that this service answers; see `repository.overviews`."""

from chassis.http import HotRead
from services.workorder.endpoints.roles import READERS
from services.workorder.repository import overviews

_NUMBER = {"type": "integer"}
_MONEY = {"type": "string", "pattern": r"^-?\d+\.\d{2}$"}
_UPSELLS = {
    "type": "object",
    "properties": {"proposed": _NUMBER, "approved": _NUMBER, "approved_amount": _MONEY},
}
_LIST = {"type": "array", "items": {"type": "object"}}
_TEXT = {"type": "string"}

HOT_READS = [
    HotRead(
        "/v1/overview-parts/customers/{number}",
        "read_customer_part",
        READERS,
        overviews.CUSTOMER,
        "A customer's visits, under all numbers merged into one",
        {
            "type": "object",
            "properties": {"orders": _NUMBER, "spent": _MONEY, "upsells": _UPSELLS, "latest_orders": _LIST},
        },
    ),
    HotRead(
        "/v1/overview-parts/repair-orders/{number}",
        "read_repair_order_part",
        READERS,
        overviews.REPAIR_ORDER,
        "A repair order with its lines, upsells and money",
        {
            "type": "object",
            "properties": {
                "number": _TEXT,
                "state": _TEXT,
                "approval": {"type": ["object", "null"]},
                "lines": _LIST,
                "upsells": _LIST,
                "quotes": _LIST,
                "payments": _LIST,
                "refunds": _LIST,
                "reimbursements": _LIST,
                "insurer_approval": {"type": ["object", "null"]},
                "totals": {"type": "object"},
            },
        },
    ),
    HotRead(
        "/v1/overview-parts/employees/{number}",
        "read_employee_part",
        READERS,
        overviews.EMPLOYEE,
        "An employee's orders and upsells of the last twelve months, and what he has found",
        {
            "type": "object",
            "properties": {"number": _TEXT, "as_advisor": _LIST, "as_finder": {"type": "object"}},
        },
    ),
    HotRead(
        "/v1/overview-parts/stores/{month}",
        "read_store_part",
        READERS,
        overviews.STORE_MONTH,
        "The store's month: cars, settled orders, receipts, upsells",
        {
            "type": "object",
            "properties": {
                "month": _TEXT,
                "car_count": _NUMBER,
                "orders_settled": _NUMBER,
                "receipts": _MONEY,
                "reimbursements": _MONEY,
                "upsells": _UPSELLS,
            },
        },
    ),
]
