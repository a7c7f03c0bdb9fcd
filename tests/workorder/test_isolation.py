import re
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI

from services.workorder.models import Model
from tests.calls import Caller
from tests.harness import AStore, Clone
from tests.workorder.caller import make_order, order_row, part_row, settled_row, upsell_body, upsell_row
from tests.workorder.test_findings_api import RULE

OF_EVERYBODY = {
    "/v1/inspection-templates/shipped", "/v1/order-states", "/v1/price", "/v1/discount-limits/in-force",
    "/v1/refund-limits",
}  # fmt: skip
"""What comes with the product, if only until a store says otherwise, or is worked out of a question."""
FILLED = {
    "/v1/repair-orders", "/v1/upsells", "/v1/payments", "/v1/operations", "/v1/operation-prices", "/v1/check-rules",
    "/v1/related-work-rules", "/v1/labour-rates", "/v1/risk-reviews", "/v1/price-list", "/v1/deferred-work",
}  # fmt: skip


OF_ONE_THING = {
    "/v1/inspection-templates/{template_id}", "/v1/inspections/{inspection_id}", "/v1/packages/{package_id}",
    "/v1/quotes/{quote_id}", "/v1/repair-histories/customers/{number}", "/v1/repair-histories/vehicles/{vin}",
    "/v1/upsells/{upsell_id}/lineage",
}  # fmt: skip


def lists_of(app: FastAPI) -> list[str]:
    """Every address that answers with items, of any number of things of the store."""
    told = app.openapi()
    bodies = told["components"]["schemas"]

    def answers_with_items(operation: dict[str, Any]) -> bool:
        content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        return "items" in bodies.get(name, {}).get("properties", {})

    return [
        path for path, verbs in told["paths"].items()
        if path not in OF_EVERYBODY and "get" in verbs and answers_with_items(verbs["get"])
    ]  # fmt: skip


async def fill(caller: Caller) -> None:
    await caller.take_in("repair-orders", settled_row())
    await caller.take_in("repair-order-lines", upsell_row(), part_row())
    payment = {"order_number": "W1", "paid_on": "2026-09-08", "amount": "5.00", "method": "cash"}
    await caller.take_in("payments", payment)


async def fill_lists(caller: Caller) -> None:
    await fill(caller)
    declined = upsell_row(line_number=9, code="BR01", decision="declined")
    await caller.take_in("repair-order-lines", declined)
    await caller.make("/v1/related-work-rules", RULE)
    await caller.make("/v1/labour-rates", {"basis": "retail", "rate": "180.00"})
    why = {"zh": "常见", "en": "often"}
    await caller.make("/v1/check-rules", {"item": {"code": "TY01", "name": why, "group": why}, "why": why})
    assert (await caller.post("/v1/risk-reviews/sweep")).status_code == 202


async def test_one_store_sees_nothing_of_another(manager: Caller, stranger: Caller, app: FastAPI) -> None:
    await fill_lists(manager)
    order = await manager.read("/v1/repair-orders/by-number/W1")
    lists = lists_of(app)
    for path in (each for each in lists if "{" not in each):
        assert (await stranger.read(path))["items"] == [], path
        assert path not in FILLED or (await manager.read(path))["items"], path
    assert set(lists) >= FILLED
    for path in (each.format(order_id=order["id"]) for each in lists if "{order_id}" in each):
        assert (await manager.get(path)).status_code == 200, path
        assert (await stranger.get(path)).status_code == 404, path
    rest = {each for each in lists if "{" in each and "{order_id}" not in each}
    assert rest == OF_ONE_THING, "say how it is kept apart"
    known = {"number": "C1", "vin": "LSGXEGX97MY815823"}
    for path in OF_ONE_THING:
        answer = await stranger.get(re.sub(r"{(\w+)}", lambda name: known.get(name[1], order["id"]), path))
        assert answer.status_code == 404 or answer.json()["items"] == [], path
    for path in (f"/v1/repair-orders/{order['id']}", "/v1/overview-parts/repair-orders/W1",
                 "/v1/overview-parts/customers/C1", "/v1/overview-parts/employees/SA01"):  # fmt: skip
        assert (await stranger.get(path)).status_code == 404, path
    assert (await stranger.read("/v1/upsell-figures"))["advisors"] == []


async def test_two_stores_may_use_the_same_numbers(manager: Caller, stranger: Caller) -> None:
    await fill(manager)
    await fill(stranger)
    first, second = [(await each.read("/v1/upsells"))["items"] for each in (manager, stranger)]
    assert [u["number"] for u in first] == [u["number"] for u in second] == ["W1/7"]
    assert first[0]["id"] != second[0]["id"]


async def test_one_store_cannot_decide_for_another(manager: Caller, stranger: Caller) -> None:
    order = await make_order(manager, "in_progress")
    upsell = await manager.make(f"/v1/repair-orders/{order['id']}/upsells", upsell_body())
    refused = await stranger.post(f"/v1/upsells/{upsell['id']}/approve", {"method": "phone"}, If_Match='"1"')
    assert refused.status_code == 404


async def test_the_database_itself_keeps_stores_apart(
    manager: Caller, store: AStore, other_store: AStore, database: Clone
) -> None:
    """Without any filter of ours: what the application's role reads with another store set, or none."""
    await fill(manager)
    await manager.take_in("repair-orders", order_row())
    connection = await asyncpg.connect(database.app_url)

    async def seen() -> set[str]:
        counts = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in Model.metadata.tables}
        return {table for table, count in counts.items() if count}

    try:
        assert await seen() == set()
        await connection.execute(f"SET app.store = '{other_store.id}'")
        assert await seen() == set()
        await connection.execute(f"SET app.store = '{store.id}'")
        assert {"repair_orders", "repair_order_lines", "upsells", "payments", "repair_order_history"} <= await seen()
    finally:
        await connection.close()


async def test_the_database_refuses_a_row_for_another_store(
    manager: Caller, store: AStore, other_store: AStore, database: Clone
) -> None:
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute(f"SET app.store = '{other_store.id}'")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO vehicle_copy (store_id, vin, id, version) VALUES ($1, 'V1', uuidv7(), 1)", store.id
            )
    finally:
        await connection.close()
