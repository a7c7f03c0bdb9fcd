"""A store sees its own, by the application's filters and without them; personal values are sealed at rest."""

from uuid import UUID

import asyncpg
import pytest
from fastapi import FastAPI

from services.customer.models import Base
from tests.calls import Caller, statements_of
from tests.customer.caller import ID_NUMBER, VIN, complaint_row, customer_row, vehicle_row, visit_data
from tests.harness import AStore, Clone, deliver, make_event


@pytest.fixture
async def filled(app: FastAPI, store: AStore, manager: Caller) -> str:
    """One of everything in the first store; the id of its customer."""
    rows = customer_row(id_number=ID_NUMBER), customer_row(number="C9", id_number=ID_NUMBER)
    await manager.take_in("customers", *rows)
    await manager.take_in("vehicles", vehicle_row())
    await manager.take_in("vehicles", vehicle_row(plate="苏B9"))
    await manager.take_in("complaints", complaint_row())
    await manager.take_in("complaints", complaint_row(verified=True))
    await deliver(app, "workorder", store.id, make_event("workorder.order.opened", visit_data(), store=store.id))
    customer = str((await manager.read("/v1/customers/by-number/C1"))["id"])
    await manager.make(f"/v1/customers/{customer}/notes", {"text": "喜欢周末来"})
    return customer


async def test_another_store_sees_nothing(filled: str, stranger: Caller) -> None:
    for path in ("customers", "vehicles", "complaints", "merges", "waiting-visits"):
        assert (await stranger.read(f"/v1/{path}"))["items"] == []
    for path in (f"customers/{filled}", "customers/by-number/C1", f"vehicles/by-vin/{VIN}",
                 "overview-parts/customers/C1", "overview-parts/repair-orders/W1"):  # fmt: skip
        assert (await stranger.get(f"/v1/{path}")).status_code == 404
    assert (await stranger.patch(f"/v1/customers/{filled}", {"hobbies": "x"}, If_Match='"2"')).status_code == 404


async def test_two_stores_use_the_same_numbers(filled: str, manager: Caller, stranger: Caller) -> None:
    assert await stranger.outcomes("customers", customer_row(name="李静")) == ["created"]
    assert (await stranger.read("/v1/customers/by-number/C1"))["name"] == "李静"
    assert (await manager.read("/v1/customers/by-number/C1"))["name"] == "王磊"
    assert (await stranger.take_in("vehicles", vehicle_row()))["counts"]["created"] == 1


async def _rows(url: str, store: UUID | None, table: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            if store is not None:
                await connection.execute(f"SET LOCAL app.store = '{store}'")
            return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))
    finally:
        await connection.close()


async def test_without_filters_the_application_role_sees_its_own_store_only(
    filled: str, database: Clone, store: AStore, other_store: AStore
) -> None:
    for table in Base.metadata.tables:
        assert await _rows(database.app_url, store.id, table) > 0, table
        assert await _rows(database.app_url, other_store.id, table) == 0, table
        assert await _rows(database.app_url, None, table) == 0, table
        assert await _rows(database.owner_url, None, table) == 0, table


async def test_nothing_can_be_written_into_another_store(filled: str, database: Clone, other_store: AStore) -> None:
    connection = await asyncpg.connect(database.app_url)
    await connection.execute(f"SET app.store = '{other_store.id}'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("INSERT INTO customer_name_token VALUES ($1, 'x', $2)", UUID(int=1), UUID(int=2))
    await connection.close()


async def test_no_table_holds_a_personal_value_in_clear(filled: str, database: Clone, store: AStore) -> None:
    connection = await asyncpg.connect(database.app_url)
    await connection.execute(f"SET app.store = '{store.id}'")
    tables = [*Base.metadata.tables, "feed_event", "idempotency_key"]
    told = [await connection.fetchval(f"SELECT string_agg(t::text, ' ') FROM {table} t") for table in tables]
    await connection.close()
    everything = " ".join(filter(None, told))
    assert "王磊" in everything
    assert "13800001111" not in everything
    assert ID_NUMBER not in everything


@pytest.mark.parametrize("path", ["customers", "vehicles", "complaints", "merges"])
async def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(app: FastAPI, manager: Caller, path: str) -> None:
    async def queries() -> int:
        with statements_of(app) as sent:
            await manager.read(f"/v1/{path}")
        return len(sent)

    await _fill(manager, 1)
    few = await queries()
    await _fill(manager, 30)
    assert await queries() == few <= 2


async def _fill(manager: Caller, count: int) -> None:
    numbers = [f"{kind}{n}" for n in range(count) for kind in ("A", "B")]
    await manager.take_in("customers", *(customer_row(number=n, name=f"王{n[1:]}") for n in numbers))
    await manager.take_in("vehicles", *(vehicle_row(vin=f"LSGPBVL31NJ2209{n:02}") for n in range(count)))
    await manager.take_in("complaints", *(complaint_row(number=f"T{n}") for n in range(count)))
