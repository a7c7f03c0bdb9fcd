"""A quote as the service tells it to whoever holds its link, and the form that its page sends."""

from typing import Any
from uuid import uuid4

import orjson

from tests.gateway.upstreams import FourServices

TOKEN = "dG9rZW4" * 9
PAGE = f"/a/{TOKEN}"
BRAKES = "01900000-0000-7000-8000-000000000001"
WIPERS = "01900000-0000-7000-8000-000000000002"


def an_item(**given: Any) -> dict[str, Any]:
    lines = [
        {"name": "Replace pads", "kind": "labour", "quantity": "1.5", "amount": "234.50"},
        {"name": "Pads, set", "kind": "part", "quantity": "1.00", "amount": "1000.00"},
    ]
    item = {
        "upsell_id": BRAKES, "name": "Front brake pads", "why": "Pads are down to 2 mm",
        "if_not_done": "You need longer to stop", "minutes": 90, "amount": "1234.50", "lines": lines, "decision": None,
    }  # fmt: skip
    return item | given


def an_approval(*items: dict[str, Any], number: int = 2, **given: Any) -> dict[str, Any]:
    wipers = an_item(upsell_id=WIPERS, name="Wiper blades", amount="100.00", minutes=10, lines=[])
    quote = {
        "number": number, "content_hash": "abc123", "items": list(items) or [an_item(), wipers], "total": "1334.50",
        "valid_until": "2026-12-01T08:30:00Z", "ready_by": None,
    }  # fmt: skip
    approval = {
        "store_id": str(uuid4()), "order_number": "RO1001", "vehicle": {"plate": "沪A12345", "model": "Octavia"},
        "advisor": "SA01", "quote": quote, "currency": "CNY", "expires_at": "2026-11-26T08:30:00Z", "state": "open",
    }  # fmt: skip
    return approval | given


def a_form(choices: dict[str, str], *, name: str = "王芳", key: str = "key-1", **more: str) -> list[tuple[str, str]]:
    return [
        ("key", key), ("quote", "2"), ("hash", "abc123"), ("item", BRAKES), ("item", WIPERS), ("name", name),
        *((f"decision-{item}", choice) for item, choice in choices.items()), *more.items(),
    ]  # fmt: skip


def shows(services: FourServices, approval: dict[str, Any]) -> None:
    services.workorder.status, services.workorder.body = 200, orjson.dumps(approval)


def refuses(services: FourServices, status: int, slug: str) -> None:
    problem = {"type": f"urn:aftermile:problem:{slug}", "title": "", "status": status}
    services.workorder.status, services.workorder.body = status, orjson.dumps(problem)
