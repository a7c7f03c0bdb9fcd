from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from services.workorder.domain.orders.line import Authorisation
from services.workorder.domain.risk.estimates import Quantity
from services.workorder.domain.risk.risk import FlagKind, RiskPolicy
from services.workorder.domain.risk.risk_facts import OrderFact, Role, tallies
from services.workorder.domain.risk.risk_figures import Ground, PersonFigures, figures
from services.workorder.domain.risk.standing import standings
from services.workorder.repository.risk import risk_facts
from services.workorder.repository.risk.risk_facts import Window
from tests.calls import Caller, statements_of
from tests.harness import AStore
from tests.workorder.caller import make_order
from tests.workorder.quoting import in_hours, propose, revise, told
from tests.workorder.risk_queue import flags, odd_order, shop_of_decliners
from tests.workorder.risk_shop import TODAY, order_fact, upsell_fact
from tests.workorder.shop_days import shop_time

POLICY = RiskPolicy()
DECLINED = FlagKind.DECLINED_PROPOSALS


def shop(persons: int, visits: int, **overrides: Any) -> list[OrderFact]:
    return [
        order_fact(
            upsell_fact(Authorisation.DECLINED if n < 4 else Authorisation.APPROVED, finder=f"J{person}"),
            advisor=f"SA{person}", handlers=frozenset({f"J{person}"}), **overrides,
        )
        for person in range(persons) for n in range(visits)
    ]  # fmt: skip


def of(person: str, orders: list[OrderFact], policy: RiskPolicy = POLICY) -> PersonFigures:
    return next(each for each in figures(orders, policy, TODAY) if each.person == person)


def test_figures_are_those_of_the_rules() -> None:
    orders = shop(7, 20)
    found = of("SA3", orders)
    counted = tallies(DECLINED, Role.ADVISOR, orders, POLICY, TODAY)
    standing = standings([each.record for each in counted.values()], POLICY)[3]
    rate = found.rates[DECLINED]
    assert (found.role, found.orders, found.proposed, found.approved, found.declined) == (Role.ADVISOR, 20, 20, 16, 4)
    assert (rate.n, rate.successes, rate.ground) == (20, 4, Ground.ENOUGH)
    assert (rate.rate, rate.expected) == (standing.belief.mean, standing.expected)
    assert (rate.low, rate.high) == (standing.low, standing.high)
    assert of("J3", orders).rates[DECLINED] == rate
    assert of("J3", orders).overruns == {}


def test_of_too_few_nothing_is_told_but_that() -> None:
    found = of("SA3", shop(7, 9))
    assert {rate.ground for rate in found.rates.values()} == {Ground.TOO_FEW}
    for rate in found.rates.values():
        assert (rate.successes, rate.rate, rate.expected, rate.low, rate.high) == (None,) * 5
    assert {each.ground for each in found.overruns.values()} == {Ground.TOO_FEW}
    assert {each.over for each in found.overruns.values()} == {None}
    assert (found.proposed, found.declined) == (9, 4)


def test_without_peers_there_is_a_count_and_no_rate() -> None:
    rate = of("SA1", shop(5, 20)).rates[DECLINED]
    assert (rate.ground, rate.n, rate.successes, rate.rate) == (Ground.TOO_FEW_PEERS, 20, 4, None)


def test_money_is_summed_and_its_ratio_typical() -> None:
    orders = [
        *shop(1, 10, agreed=Decimal(100), final=Decimal(120)),
        *shop(1, 1, agreed=Decimal(100), final=Decimal(900)),
    ]
    money = of("SA0", orders).overruns[Quantity.MONEY]
    assert (money.n, money.estimated, money.final, money.over) == (11, Decimal(1100), Decimal(2100), Decimal(1000))
    assert money.ratio == Decimal("1.2")


async def read(caller: Caller, month: datetime) -> dict[tuple[str, str], dict[str, Any]]:
    found = await caller.read("/v1/risk-figures", month=f"{month:%Y-%m}")
    return {(each["role"], each["person"]): each for each in found["people"]}


async def test_a_months_figures_are_those_of_its_orders(
    manager: Caller, chief: Caller, app: FastAPI, store: AStore
) -> None:
    await shop_of_decliners(manager)
    month = shop_time() - timedelta(days=40)
    found = await read(chief, month)
    assert len(found) == 14
    him = found["advisor", "SA6"]
    assert (him["orders"], him["proposed"], him["approved"], him["declined"]) == (30, 30, 6, 24)
    assert him["money"]["ground"] == "too_few"
    window = Window(*(datetime.fromisoformat(f"{month:%Y-%m}-{day}").date() for day in ("01", "28")))
    async with app.state.database.transaction(store.id) as session:
        orders = await risk_facts.facts(session, store.id, replace(window, end=shop_time().date()), POLICY)
    rule = of("SA6", list(orders)).rates[DECLINED]
    told = him["rates"]["declined_proposals"]
    assert (told["n"], told["successes"], told["ground"]) == (30, 24, "enough")
    for name in ("rate", "expected", "low", "high"):
        assert float(told[name]) == pytest.approx(getattr(rule, name), abs=5e-5), name
    assert await read(chief, month - timedelta(days=62)) == {}


async def test_a_flag_that_was_confirmed_counts_for_whom_it_is_about_as_what_he_was_there(
    manager: Caller, chief: Caller, sweep: Callable[[], Any]
) -> None:
    await odd_order(manager, evidence=None)
    await make_order(manager, advisor="J104")
    await sweep()
    [flag] = await flags(chief)
    assert (await read(chief, shop_time()))["finder", "J104"]["confirmed_flags"] == 0
    outcome = {"outcome": "coached", "note": "photos from now on"}
    await chief.make(f"/v1/risk-flags/{flag['id']}/close", outcome, If_Match='"1"')
    found = await read(chief, shop_time())
    assert {key: each["confirmed_flags"] for key, each in found.items()} == {
        ("advisor", "SA01"): 1, ("finder", "J104"): 1, ("advisor", "J104"): 0,
    }  # fmt: skip


async def test_an_advisor_reads_his_own_figures_reckoned_against_all(
    manager: Caller, chief: Caller, caller_as: Callable[..., Caller], stranger: Caller
) -> None:
    await shop_of_decliners(manager)
    month = shop_time() - timedelta(days=40)
    everybody = await read(chief, month)
    for role, employee, key in (("service_advisor", "SA6", "advisor"), ("technician", "J6", "finder")):
        own = await read(caller_as(role, employee=employee), month)
        assert own == {(key, employee): everybody[key, employee]}
    assert await read(stranger, month) == {}
    assert (await caller_as("cashier", employee="K1").get("/v1/risk-figures", month="2026-09")).status_code == 403


@pytest.mark.parametrize("month", ["2026-13", "2026-9", "September", "2026-09-01", ""])
async def test_a_month_that_is_none_is_refused(chief: Caller, month: str) -> None:
    assert (await chief.get("/v1/risk-figures", month=month)).status_code == 400


async def test_figures_take_the_same_queries_however_many_there_are(
    manager: Caller, chief: Caller, app: FastAPI
) -> None:
    await shop_of_decliners(manager)
    with statements_of(app) as sent:
        await read(chief, shop_time() - timedelta(days=40))
        assert len(sent) == 6


async def test_what_is_known_of_an_order_is_what_was_agreed_promised_and_done(
    manager: Caller, app: FastAPI, store: AStore
) -> None:
    promised = in_hours(3)
    order = await make_order(manager, "in_progress", promised_at=promised)
    [upsell] = await propose(manager, order, "75.10")
    quote = await revise(manager, order["id"], upsell["id"], ready_by=in_hours(5))
    await manager.make(f"/v1/quotes/{quote['id']}/decisions", told(quote, "approved"))
    address = f"/v1/repair-orders/{order['id']}"

    async def fact() -> OrderFact:
        async with app.state.database.transaction(store.id) as session:
            [found] = await risk_facts.facts(session, store.id, Window(shop_time().date(), shop_time().date()), POLICY)
        assert found.id == UUID(order["id"])
        return found

    agreed = await fact()
    assert (agreed.agreed, agreed.final) == (Decimal("834.10"), Decimal("834.10"))
    assert agreed.promised_at == datetime.fromisoformat(quote["ready_by"])
    assert (agreed.done_at, agreed.settled) == (None, False)
    [added] = agreed.upsells
    assert (added.approved, added.told, added.by_hand, added.evidence) == (True, True, True, None)
    now = await manager.read(address)
    for verb in ("inspect", "make-ready"):
        now = await manager.make(f"{address}/{verb}", If_Match=f'"{now["version"]}"')
    ready = await fact()
    assert ready.done_at is not None
    assert abs(ready.done_at - datetime.now(UTC)) < timedelta(minutes=5)
