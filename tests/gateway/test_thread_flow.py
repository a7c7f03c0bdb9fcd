"""The thread of one visit through the real services behind the real gateway, from each of its ends to every other."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from chassis.consumer import FeedEvent
from tests.calls import Caller
from tests.gateway.test_overviews import replace
from tests.gateway.upstreams import NOBODY
from tests.harness import AStore, Clone, Keys, app_of, bearer, client_of, deliver, feed_of, serving
from tests.payroll.small_month import SmallMonth
from tests.workorder.billing import pay
from tests.workorder.quoting import decide, make_link, quote_body, said
from tests.workorder.test_findings_api import propose
from tests.workorder.test_thread_parts import inspected

SERVICES = ("workorder", "survey", "payroll")
ANSWERS = {"may_use": True, "attitude": 9, "had_upsell": "yes", "promised_effect": 1}


@dataclass
class Shop:
    """Three services, the gateway before them, and who calls them."""

    apps: dict[str, FastAPI]
    clients: dict[str, httpx.AsyncClient]
    gateway: httpx.AsyncClient
    keys: Keys
    store: AStore

    def at(self, service: str, *roles: str, employee: str | None = "SA01") -> Caller:
        headers = bearer(self.keys, service, *(roles or ("administrator",)), stores=[self.store], employee=employee)
        return Caller(self.gateway if service == "gateway" else self.clients[service], headers)

    async def tell(self, source: str, *others: str) -> None:
        """What a service has published so far, handed to the others."""
        events = [
            FeedEvent(UUID(each["id"]), self.store.id, each["type"], each["subject"], each["entityversion"],
                      datetime.fromisoformat(each["time"]), each["data"])
            for each in await feed_of(self.clients[source], self.keys, source)
        ]  # fmt: skip
        for other in others:
            await deliver(self.apps[other], source, self.store.id, *events)


@pytest.fixture
async def shop(
    clone_database: Callable[[str], Clone], keys: Keys, store: AStore, gateway_app: FastAPI, gateway: httpx.AsyncClient
) -> AsyncIterator[Shop]:
    apps = {name: app_of(name, clone_database(name).app_url, keys) for name in SERVICES}
    async with AsyncExitStack() as stack:
        clients = {}
        for name, app in apps.items():
            stack.push_async_callback(app.state.database.close)
            address = await stack.enter_async_context(serving(app))
            clients[name] = await stack.enter_async_context(client_of(address))
            replace(gateway_app, name, address)
        yield Shop(apps, clients, gateway, keys, store)


async def a_visit(desk: Caller, customer: Caller) -> dict[str, Any]:
    """A finding, two proposals of which the customer approves one by link, two payments; the order it was."""
    finding = await inspected(desk)
    order = f"/v1/repair-orders/{finding['order_id']}"
    upsells = [await propose(desk, finding, code) for code in ("ME04", "ME05")]
    quote = await desk.make(f"{order}/quotes", quote_body(*(each["id"] for each in upsells)))
    await customer.make(decide(await make_link(desk, quote)), said(quote, "approved", "declined"))
    for verb in ("inspect", "make-ready"):
        await desk.make(f"{order}/{verb}", If_Match=f'"{(await desk.read(order))["version"]}"')
    for amount in ("30.00", "120.00"):
        await pay(desk, finding["order_id"], paid_on="2026-09-08", amount=amount, method="cash")
    settled = {"settled_on": "2026-09-30"}
    found: dict[str, Any] = await desk.make(
        f"{order}/settle", settled, If_Match=f'"{(await desk.read(order))["version"]}"'
    )
    return found


@pytest.fixture
async def number(shop: Shop) -> str:
    """The number of an order that was paid, answered about, and counted in September's pay."""
    order = await a_visit(shop.at("workorder"), Caller(shop.clients["workorder"], {}))
    await shop.tell("workorder", "survey", "payroll")
    rows = [{"row": 2, "questionnaire": "after-service", "order_number": order["number"], "answers": ANSWERS,
             "submitted_at": "2026-09-09T10:00:00+08:00"}]  # fmt: skip
    report = await shop.at("survey").make("/v1/bulk/responses", {"source": "dms", "rows": rows})
    assert report["counts"] == {"created": 1}, report
    await shop.tell("survey", "payroll")
    small = SmallMonth(shop.apps["payroll"], shop.clients["payroll"], shop.keys, shop.store)
    await small.prepare()
    await small.tell()
    assert (await small.run())["status"] == "completed"
    return str(order["number"])


async def thread_of(caller: Caller, told: str, **parameters: str) -> dict[str, Any]:
    found: dict[str, Any] = await caller.read(f"/v1/threads/{quote(told, safe='/')}", **parameters)
    assert reached(found, found["nodes"][0]["key"]) == {node["key"] for node in found["nodes"]}
    return found


def reached(thread: dict[str, Any], start: str) -> set[str]:
    """Along edges in either direction, none of which leads out of the document."""
    beside: dict[str, set[str]] = {node["key"]: set() for node in thread["nodes"]}
    for edge in thread["edges"]:
        beside[edge["from"]].add(edge["to"])
        beside[edge["to"]].add(edge["from"])
    found, ahead = {start}, [start]
    while ahead:
        new = beside[ahead.pop()] - found
        found |= new
        ahead += new
    return found


def of_kind(thread: dict[str, Any], *kinds: str) -> list[dict[str, Any]]:
    return [node for node in thread["nodes"] if node["kind"] in kinds]


FORWARD = {"finding", "upsell", "quote_item", "decision", "order_line", "order", "payment", "response", "fact", "step",
           "pay_line", "inspection_item", "file"}  # fmt: skip


async def test_every_node_of_a_thread_leads_to_all_the_others(shop: Shop, number: str) -> None:
    manager = shop.at("gateway")
    whole = await thread_of(manager, number)
    assert {node["kind"] for node in whole["nodes"]} == FORWARD
    approved, declined = of_kind(whole, "upsell")
    assert (approved["data"]["decision"], declined["data"]["decision"]) == ("approved", "declined")
    by_link = [each["id"] for each in of_kind(whole, "decision") if each["data"]["via"] == "link"]
    for start in (approved["id"], approved["data"]["number"], by_link[0]):
        found = await thread_of(manager, start)
        assert {node["kind"] for node in found["nodes"]} == FORWARD
        assert [node["id"] for node in of_kind(found, "upsell")] == [approved["id"]]
    for node in of_kind(whole, "inspection_item", "finding", "payment", "response", "order_line"):
        found = await thread_of(manager, node["id"])
        assert node["key"] in {each["key"] for each in found["nodes"]}
        assert found["anchor"]["kind"] == node["kind"]
    (answer,) = of_kind(whole, "response")
    assert answer["data"]["promised_effect"]["answer"] == 1


async def test_a_line_of_pay_leads_back_to_the_approval_and_the_finding(shop: Shop, number: str) -> None:
    manager = shop.at("gateway")
    whole = await thread_of(manager, number)
    line = next(node for node in of_kind(whole, "pay_line") if node["data"]["employee"] == "SA01")
    found = await thread_of(manager, line["id"])
    assert {node["kind"] for node in found["nodes"]} == FORWARD
    assert [node["id"] for node in of_kind(found, "pay_line")] == [line["id"]]
    told = {(each["data"]["via"], each["data"]["method"]) for each in of_kind(found, "decision")}
    assert told == {("link", "sms_link"), ("desk", "contract")}, "of the additional work, and of the order itself"
    shares = [edge["data"]["share"] for edge in found["edges"] if edge["kind"] == "counted"
              and edge["to"].endswith("/normal_receipts")]  # fmt: skip
    assert sum(Fraction(share) for share in shares) == 1, "of what was counted nothing is left out"
    narrow = await thread_of(manager, line["id"], order=number)
    assert [node["id"] for node in of_kind(narrow, "order")] == [number]


async def test_what_was_declined_leads_to_no_money(shop: Shop, number: str) -> None:
    manager = shop.at("gateway")
    _, declined = of_kind(await thread_of(manager, number), "upsell")
    found = await thread_of(manager, declined["id"])
    assert {node["kind"] for node in found["nodes"]} == FORWARD - {"payment", "fact", "step", "pay_line"}


async def test_each_sees_of_a_thread_what_is_his_to_see(
    shop: Shop, number: str, keys: Keys, other_store: AStore
) -> None:
    own = await thread_of(shop.at("gateway", "service_advisor", employee="SA02"), number)
    assert {node["data"]["employee"] for node in of_kind(own, "pay_line")} == {"SA02"}
    other = next(n for n in of_kind(await thread_of(shop.at("gateway"), number), "pay_line")
                 if n["data"]["employee"] == "SA01")  # fmt: skip
    refused = await shop.at("gateway", "service_advisor", employee="SA02").get(f"/v1/threads/{other['id']}")
    assert refused.status_code == 404
    auditor = await thread_of(shop.at("gateway", "auditor", employee=None), number)
    assert auditor["parts"]["payroll"]["status"] == "forbidden"
    assert {node["service"] for node in auditor["nodes"]} == {"workorder", "survey"}
    stranger = Caller(shop.gateway, bearer(keys, "gateway", "administrator", stores=[other_store]))
    for told in (number, other["id"], "01900000-0000-7000-8000-000000000001"):
        assert (await stranger.get(f"/v1/threads/{quote(told)}")).status_code == 404
    assert (await shop.at("gateway").get("/v1/threads/W99")).status_code == 404


async def test_without_orders_what_payroll_and_survey_know_of_an_upsell_is_told(
    shop: Shop, number: str, gateway_app: FastAPI
) -> None:
    upsell = (await shop.at("workorder").read("/v1/upsells"))["items"][0]
    replace(gateway_app, "workorder", NOBODY)
    response = await shop.at("gateway").get(f"/v1/threads/{upsell['id']}", require="payroll")
    assert (response.status_code, response.headers["x-completed"]) == (200, "false")
    assert response.json()["parts"]["workorder"]["status"] == "unavailable"
    assert {node["kind"] for node in response.json()["nodes"]} == {"response", "fact", "step", "pay_line"}
