"""What one store knows no other store sees: not through the API, and not with the filters of the application gone."""

import asyncpg
import pytest
from fastapi import FastAPI

from services.survey.models import Model
from tests.calls import statements_of
from tests.harness import AStore, Clone, deliver
from tests.survey.caller import DMS, Caller, make_customer, make_order, make_row

TABLES = sorted(Model.metadata.tables)


async def fill(app: FastAPI, caller: Caller, store: AStore) -> None:
    await deliver(app, "customer", store.id, make_customer(store, "C1"))
    await deliver(app, "workorder", store.id, make_order(store, "W1"))
    await caller.imports([make_row("W1"), make_row("W2")])
    await caller.imports([make_row("W1", answers={"skill": 3})])


async def test_two_stores_use_the_same_numbers_and_see_their_own(
    app: FastAPI, manager: Caller, stranger: Caller, store: AStore
) -> None:
    await fill(app, manager, store)
    (response, _) = (await manager.read("/v1/responses"))["items"]
    assert (await stranger.read("/v1/responses"))["items"] == []
    assert (await stranger.read("/v1/questionnaires"))["items"] == []
    for address in (
        f"/v1/responses/{response['id']}",
        f"/v1/questionnaires/{DMS}",
        "/v1/overview-parts/customers/C1",
        "/v1/overview-parts/repair-orders/W1",
        "/v1/overview-parts/employees/SA01",
    ):
        assert (await manager.get(address)).status_code == 200
        assert (await stranger.get(address)).status_code == 404
    assert (await stranger.read("/v1/overview-parts/stores/2026-09"))["n"] == 0
    result = await stranger.imports([make_row("W1")])
    assert result["counts"] == {"created": 1}
    (own,) = (await stranger.read("/v1/responses"))["items"]
    assert (own["order_known"], own["advisor"]) == (False, None)


@pytest.mark.parametrize("table", TABLES)
async def test_the_database_shows_a_store_its_own_rows_only(
    app: FastAPI, manager: Caller, database: Clone, store: AStore, other_store: AStore, table: str
) -> None:
    await fill(app, manager, store)
    connection = await asyncpg.connect(database.app_url)
    try:
        for seen_by, visible in ((store, True), (other_store, False), (None, False)):
            await connection.execute("SELECT set_config('app.store', $1, false)", str(seen_by.id) if seen_by else "")
            assert (await connection.fetchval(f"SELECT count(*) FROM {table}") > 0) is visible
    finally:
        await connection.close()


async def test_a_store_cannot_write_a_row_for_another(database: Clone, store: AStore, other_store: AStore) -> None:
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute("SELECT set_config('app.store', $1, false)", str(store.id))
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute("INSERT INTO questionnaire (store_id, code) VALUES ($1, 'a')", other_store.id)
    finally:
        await connection.close()


async def test_the_number_of_queries_does_not_grow_with_the_answers(
    app: FastAPI, manager: Caller, store: AStore
) -> None:
    period = {"from": "2026-09-01", "to": "2026-09-30"}
    counts: list[tuple[int, int, int]] = []
    await manager.imports([make_row("warm")])
    for size in (1, 60):
        rows = [make_row(f"W{size}-{n}") for n in range(size)]
        with statements_of(app) as importing:
            await manager.imports(rows)
        orders = [make_order(store, row["order_number"], advisor=f"SA{n}") for n, row in enumerate(rows)]
        await deliver(app, "workorder", store.id, *orders)
        with statements_of(app) as listing:
            await manager.read("/v1/responses", limit=100)
        with statements_of(app) as scoring:
            await manager.read("/v1/scores", questionnaire=DMS, by="advisor", **period)
        counts.append((len(importing), len(listing), len(scoring)))
    assert counts[0] == counts[1]
    assert counts[0][1:] == (1, 5)
