"""Pages of price deviations: while orders and lines come in, each is shown once, in order, and none is left out."""

from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import date, timedelta
from itertools import count
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.workorder.service.catalogue import deviations
from tests.calls import Caller
from tests.harness import AStore, Clone

AMOUNTS = {"as published": ("75.00", "75.00"), "otherwise": ("80.00", "75.00"), "unpublished": ("5.00", None)}
LINES = st.lists(st.sampled_from([*AMOUNTS]), max_size=4)
ORDERS = st.lists(st.tuples(st.integers(0, 2), LINES), max_size=7)
Store = Callable[..., Coroutine[Any, Any, None]]
_ORDER = """
    INSERT INTO repair_orders (store_id, number, kind, opened_at, opened_on, state, settled, source, advisor)
    VALUES ($1, $2, 'repair', now(), $3, 'in_progress', false, 'dms', $4) RETURNING id
"""
_LINE = """
    INSERT INTO repair_order_lines (store_id, order_id, line_number, kind, code, name, quantity, list_price, amount,
        payer, is_upsell, source, price_basis)
    SELECT store_id, id, (SELECT count(*) + 1 FROM repair_order_lines WHERE order_id = o.id), 'part', 'XX', 'x', 1, 1,
        $2::text::numeric, 'customer', false, 'dms', CASE WHEN $3::text IS NOT NULL
            THEN jsonb_build_object('amount', $3::text) END
    FROM repair_orders o WHERE id = $1
"""


@pytest.fixture
async def connection(database: Clone, store: AStore) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(database.app_url)
    await opened.execute(f"SET app.store = '{store.id}'")
    yield opened
    await opened.close()


class Book:
    """The orders of one advisor, so that examples do not meet."""

    taken = count()

    def __init__(self, connection: asyncpg.Connection, store: AStore) -> None:
        self.connection, self.store = connection, store
        self.advisor = f"SA{next(self.taken)}"
        self.orders: list[Any] = []

    async def open(self, day: int, lines: list[str]) -> None:
        opened_on = date(2026, 9, 1) + timedelta(days=day)
        number = f"{self.advisor}-{len(self.orders)}"
        made = await self.connection.fetchval(_ORDER, self.store.id, number, opened_on, self.advisor)
        self.orders.append(made)
        await self.add(-1, lines)

    async def add(self, at: int, lines: list[str]) -> None:
        for kind in lines:
            await self.connection.execute(_LINE, self.orders[at], *AMOUNTS[kind])

    async def expected(self) -> list[tuple[str, int]]:
        rows = await self.connection.fetch(
            "SELECT o.number, l.line_number FROM repair_order_lines l JOIN repair_orders o ON o.id = l.order_id "
            "WHERE o.advisor = $1 AND l.amount = 80 ORDER BY o.opened_on DESC, o.id DESC, l.line_number",
            self.advisor,
        )
        return [(row["number"], row["line_number"]) for row in rows]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(before=ORDERS, meanwhile=ORDERS, more=LINES, limit=st.integers(1, 3))
async def test_whatever_comes_in_between_two_pages_nothing_is_left_out_and_nothing_shown_twice(
    *, manager: Caller, connection: asyncpg.Connection, store: AStore, monkeypatch: pytest.MonkeyPatch,
    before: list[tuple[int, list[str]]], meanwhile: list[tuple[int, list[str]]], more: list[str], limit: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(deviations, "LOOKED_AT", 2)
    book = Book(connection, store)
    for order in before:
        await book.open(*order)
    known = await book.expected()
    coming, shown = list(meanwhile), []
    address = f"/v1/price-deviations?advisor={book.advisor}&limit={limit}"
    while address:
        page = await manager.read(address)
        shown += [(each["order_number"], each["line_number"]) for each in page["items"]]
        assert (len(page["items"]) <= limit, len(set(shown))) == (True, len(shown)), "each once"
        address = page["next"]
        if coming:
            await book.open(*coming.pop())
            await book.add(0, more)
    whole = await book.expected()
    assert shown == [each for each in whole if each in shown], "in order"
    assert set(shown) >= set(known)


async def test_without_anything_coming_in_pages_are_the_whole_list(
    manager: Caller, connection: asyncpg.Connection, store: AStore
) -> None:
    book = Book(connection, store)
    for day in range(3):
        await book.open(day, ["otherwise"] * 4)
    shown, address, pages = [], "/v1/price-deviations?limit=4", 0
    while address:
        page = await manager.read(address)
        shown += [(each["order_number"], each["line_number"]) for each in page["items"]]
        address, pages = page["next"], pages + 1
    assert (shown, pages) == (await book.expected(), 3)
