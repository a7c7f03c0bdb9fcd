"""How the busiest reads reach their rows, on the database that `bench orders` measures: by indexes, policed or not."""

import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import postgresql

from bench import shop
from chassis.database import _HOT, _of_store
from services.workorder.models import RepairOrder
from services.workorder.repository.orders.board import BOARD
from services.workorder.repository.orders.figures import ORDER_FIGURES
from services.workorder.repository.orders.histories import visits_of_customer, visits_of_vehicle
from services.workorder.repository.orders.orders import OrderFilter, orders
from tests.harness import AStore, Clone

BOARD_INDEXES = {"repair_orders_here_idx", "repair_orders_left_on_opened_on_idx", "upsells_order_id_idx"}
FIGURES_INDEXES = {
    *BOARD_INDEXES, "repair_orders_opened_on_idx", "repair_orders_settled_on_idx", "payments_paid_on_idx",
}  # fmt: skip


@pytest.fixture
async def connection(database: Clone, store: AStore) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """The application's role, who may avoid an index only where there is none to use."""
    await shop.fill(database.owner_url, [store.id], 2000)
    settings = {**_HOT, "enable_seqscan": "off"}
    connection = await asyncpg.connect(database.app_url, server_settings=settings)
    await connection.execute(f"SET app.store = '{store.id}'")
    yield connection
    await connection.close()


async def plan(connection: "asyncpg.Connection[asyncpg.Record]", sql: str) -> str:
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}"))


@pytest.mark.parametrize(
    ("sql", "parameters", "indexes"), [(BOARD, 6, BOARD_INDEXES), (ORDER_FIGURES, 3, FIGURES_INDEXES)]
)
async def test_boards_and_figures_are_read_by_indexes(
    connection: Any, sql: str, parameters: int, indexes: set[str]
) -> None:
    """By the plan for whatever values, which readers keep."""
    await connection.execute(f"PREPARE reading AS {_of_store(sql, parameters + 1)}")
    found = await plan(connection, f"EXECUTE reading ({', '.join(['NULL'] * (parameters + 1))})")
    assert "Seq Scan" not in found
    assert indexes <= set(re.findall(r"using (\w+)", found)), found


async def test_histories_and_lists_of_a_customer_are_read_by_indexes(connection: Any, store: AStore) -> None:
    keys = RepairOrder.opened_at.desc(), RepairOrder.id.desc()

    async def planned(query: Select[Any]) -> str:
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        compiled = query.order_by(*keys).limit(51).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        return await plan(connection, str(compiled))

    of_vehicle = await planned(visits_of_vehicle(store.id, "LBENCH00000000001"))
    assert "using repair_orders_vin_opened_at_idx" in of_vehicle
    for query in (visits_of_customer(store.id, "C99"), orders(store.id, OrderFilter(customer="C99"))):
        of_customer = await planned(query)
        assert "Seq Scan" not in of_customer
        assert re.search(r"Index Cond: .*customer_number = ANY", of_customer), of_customer
