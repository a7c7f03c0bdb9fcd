import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.calls import Caller
from tests.harness import AStore, Clone, eventually
from tests.workorder.quoting import decide, make_link, make_quote, problem, quote_body, said, shown


async def test_of_two_who_decide_by_one_link_one_wins(manager: Caller, customer: Caller) -> None:
    quote = await make_quote(manager)
    link = await make_link(manager, quote)
    answers = await asyncio.gather(
        *(customer.post(decide(link), said(quote, decision)) for decision in ("approved", "declined"))
    )
    assert sorted(problem(a) if a.status_code != 200 else (200, "") for a in answers) == [(200, ""), (410, "link-used")]
    assert len((await manager.read(f"/v1/quotes/{quote['id']}"))["decisions"]) == 1


async def test_of_the_owner_and_the_driver_with_a_link_each_one_wins(manager: Caller, customer: Caller) -> None:
    quote = await make_quote(manager, "75.10", "20.05")
    links = [await make_link(manager, quote) for _ in range(2)]
    answers = await asyncio.gather(
        *(
            customer.post(decide(link), said(quote, which, which))
            for link, which in zip(links, ("approved", "declined"), strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [lost] = [answer for answer in answers if answer.status_code == 409]
    assert problem(lost) == (409, "upsell-already-decided")
    decisions = (await manager.read(f"/v1/quotes/{quote['id']}"))["decisions"]
    assert len({each["decision"] for each in decisions}) == 1
    assert len(decisions) == 2


@pytest.fixture
def held_order(database: Clone, store: AStore) -> Any:
    """Holds an order's row from a connection of its own, so that requests queue behind it in the order they came."""

    async def hold(order_id: str) -> Any:
        connection = await asyncpg.connect(database.app_url)
        await connection.execute("BEGIN")
        await connection.execute(f"SET LOCAL app.store = '{store.id}'")
        await connection.execute("SELECT FROM repair_orders WHERE id = $1 FOR UPDATE", UUID(order_id))
        return connection

    return hold


async def queued(connection: Any, count: int) -> None:
    """Until as many requests wait for the row."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    async def reached() -> bool:
        await connection.execute("SELECT pg_stat_clear_snapshot()")
        return bool(await connection.fetchval(query) == count)

    await eventually(reached)


@pytest.mark.parametrize("first", ["customer", "advisor"])
async def test_while_the_customer_approves_and_the_advisor_revises_one_wins_and_the_other_is_told(
    manager: Caller, customer: Caller, held_order: Any, first: str
) -> None:
    quote = await make_quote(manager)
    link = await make_link(manager, quote)
    acts = {
        "customer": lambda: customer.post(decide(link), said(quote, "approved")),
        "advisor": lambda: manager.post(f"/v1/repair-orders/{quote['order_id']}/quotes", quote_body(*shown(quote))),
    }
    holder = await held_order(quote["order_id"])
    tasks = []
    for count, who in enumerate(sorted(acts, key=lambda each: each != first), start=1):
        tasks.append(asyncio.create_task(acts[who]()))
        await queued(holder, count)
    await holder.execute("COMMIT")
    await holder.close()
    won, lost = [await task for task in tasks]
    assert won.status_code in {200, 201}, won.text
    assert problem(lost) == ((422, "quote-items-refused") if first == "customer" else (409, "quote-superseded"))
    newest = (await manager.read(f"/v1/quotes/{quote['id']}"))["newest"]
    assert newest == (1 if first == "customer" else 2)
