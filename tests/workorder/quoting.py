"""Orders with proposed work, quoted and ready to be decided on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.calls import Caller
from tests.workorder.caller import line_body, make_order, upsell_body


def in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


async def propose(manager: Caller, order: dict[str, Any], *amounts: str) -> list[dict[str, Any]]:
    """One upsell per amount: labour that the customer pays, and a part that the maker pays."""
    address = f"/v1/repair-orders/{order['id']}/upsells"
    bodies = [
        upsell_body(lines=[line_body(amount=amount), line_body(kind="part", code="P1", amount="684.00", payer="maker")])
        for amount in amounts
    ]
    return [await manager.make(address, body) for body in bodies]


def item_body(upsell_id: str, **overrides: Any) -> dict[str, Any]:
    told = {"why": "12.1 V at rest", "if_not_done": "may not start in the cold", "minutes": 40}
    return {"upsell_id": upsell_id, **told, **overrides}


def quote_body(*upsell_ids: str, **overrides: Any) -> dict[str, Any]:
    items = [item_body(each) for each in upsell_ids]
    return {"items": items, "explained_by": ["SA01", "J104"], "valid_until": in_hours(24), **overrides}


async def make_quote(manager: Caller, *amounts: str, **overrides: Any) -> dict[str, Any]:
    """An order in work, with a quote of as many upsells."""
    order = await make_order(manager, "in_progress")
    upsells = await propose(manager, order, *(amounts or ("75.10",)))
    return await revise(manager, order["id"], *(each["id"] for each in upsells), **overrides)


async def revise(manager: Caller, order_id: str, *upsell_ids: str, **overrides: Any) -> dict[str, Any]:
    return await manager.make(f"/v1/repair-orders/{order_id}/quotes", quote_body(*upsell_ids, **overrides))


async def make_link(manager: Caller, quote: dict[str, Any], **body: Any) -> dict[str, Any]:
    return await manager.make(f"/v1/quotes/{quote['id']}/links", body)


def shown(quote: dict[str, Any]) -> list[str]:
    return [item["upsell_id"] for item in quote["items"]]


def said(quote: dict[str, Any], *decisions: str, **overrides: Any) -> dict[str, Any]:
    """What is sent by a link: a decision for each item from the first on."""
    items = [{"upsell_id": each, "decision": decision} for each, decision in zip(shown(quote), decisions, strict=False)]
    seen = {"quote_number": quote["number"], "content_hash": quote["content_hash"]}
    return {**seen, "items": items, "name": "王先生", **overrides}


def told(quote: dict[str, Any], *decisions: str, **overrides: Any) -> dict[str, Any]:
    """What is entered at the desk."""
    items = [{"upsell_id": each, "decision": decision} for each, decision in zip(shown(quote), decisions, strict=False)]
    return {"method": "contract", "decided_by": "王先生", "items": items, **overrides}


def problem(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].rpartition(":")[2]


def at(link: dict[str, Any]) -> str:
    return f"/v1/approvals/{link['token']}"


def decide(link: dict[str, Any]) -> str:
    return f"{at(link)}/decisions"
