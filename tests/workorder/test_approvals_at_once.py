import asyncio

import pytest

from tests.calls import Caller
from tests.harness import AStore, Clone
from tests.workorder.at_once import one_after_the_other
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


@pytest.mark.parametrize("first", ["customer", "advisor"])
async def test_while_the_customer_approves_and_the_advisor_revises_one_wins_and_the_other_is_told(
    manager: Caller, customer: Caller, database: Clone, store: AStore, first: str
) -> None:
    quote = await make_quote(manager)
    link = await make_link(manager, quote)
    acts = {
        "customer": lambda: customer.post(decide(link), said(quote, "approved")),
        "advisor": lambda: manager.post(f"/v1/repair-orders/{quote['order_id']}/quotes", quote_body(*shown(quote))),
    }
    ordered = [acts[who] for who in sorted(acts, key=lambda each: each != first)]
    won, lost = await one_after_the_other(database, store, quote["order_id"], ordered)
    assert won.status_code in {200, 201}, won.text
    assert problem(lost) == ((422, "quote-items-refused") if first == "customer" else (409, "quote-superseded"))
    newest = (await manager.read(f"/v1/quotes/{quote['id']}"))["newest"]
    assert newest == (1 if first == "customer" else 2)
