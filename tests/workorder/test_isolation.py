import asyncpg
import pytest

from services.workorder.models import Model
from tests.calls import Caller
from tests.harness import AStore, Clone
from tests.workorder.caller import make_order, order_row, part_row, settled_row, upsell_body, upsell_row

LISTS = [
    "/v1/repair-orders", "/v1/upsells", "/v1/payments", "/v1/reimbursements", "/v1/insurer-approvals",
    "/v1/accessory-sales", "/v1/consumables", "/v1/hours-deductions", "/v1/operations", "/v1/deferred-work",
    "/v1/check-rules",
]  # fmt: skip


async def fill(caller: Caller) -> None:
    await caller.take_in("repair-orders", settled_row())
    await caller.take_in("repair-order-lines", upsell_row(), part_row())
    payment = {"order_number": "W1", "paid_on": "2026-09-08", "amount": "5.00", "method": "cash"}
    await caller.take_in("payments", payment)


async def test_one_store_sees_nothing_of_another(manager: Caller, stranger: Caller) -> None:
    await fill(manager)
    order = await manager.read("/v1/repair-orders/by-number/W1")
    for path in LISTS:
        assert (await stranger.read(path))["items"] == [], path
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
