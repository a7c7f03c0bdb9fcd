"""A thread: what an id means is asked first, then the parts about its orders; one document, to each what he may see."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.overviews import Overview, Part
from gateway.threads import PARTS, Anchor, Thread, walk
from tests.gateway.upstreams import FakeService, FourServices
from tests.harness import AStore, Keys, bearer

Staff = dict[str, str]
UPSELL = "01900000-0000-7000-8000-000000000001"
THREAD = f"/v1/threads/{UPSELL}"
FORWARD = (
    ("proposed", "finding:1", "upsell:1"), ("consists_of", "upsell:1", "order_line:1"),
    ("part_of", "order_line:1", "order:W1"), ("proposed_on", "upsell:1", "order:W1"),
    ("proposed_on", "upsell:2", "order:W1"), ("consists_of", "upsell:2", "order_line:2"),
    ("paid_by", "order:W1", "payment:1"),
)  # fmt: skip
PAID = (
    ("reported", "payment:1", "fact:1"), ("reported", "order_line:3", "fact:2"), ("counted", "fact:1", "step:1"),
    ("counted", "fact:2", "step:2"), ("rests_on", "step:1", "pay_line:1"), ("rests_on", "step:2", "pay_line:2"),
)  # fmt: skip


def an_anchor(kind: str = "upsell", *keys: str, **given: Any) -> dict[str, Any]:
    anchor = {"kind": kind, "keys": list(keys or ("upsell:1",)), "orders": ["W1"], "line": None, "fact": None}
    return {**anchor, "truncated": False, **given}


def a_part(*edges: tuple[str, str, str], nodes: Sequence[str] = (), **given: Any) -> dict[str, Any]:
    """With a node for every end of an edge but those that `nodes` names instead."""
    keys = nodes or list(dict.fromkeys(end for _, before, after in edges for end in (before, after)))
    told = [{"key": key, "kind": key.partition(":")[0], "href": f"/v1/things/{key}"} for key in keys]
    return {
        "nodes": told, "edges": [{"kind": kind, "from": before, "to": after} for kind, before, after in edges],
        "kinds": {kind: {"zh": kind, "en": kind} for kind, _, _ in edges}, "truncated": False, **given,
    }  # fmt: skip


class Told:
    """What a small service answers: what an id means, and its part."""

    def __init__(self, anchors: Sequence[Mapping[str, Any]], part: Mapping[str, Any]) -> None:
        self.anchors, self.part = anchors, part

    def __call__(self, target: str) -> tuple[int, bytes]:
        if "/thread-anchors/" in target:
            return (200, orjson.dumps({"anchors": self.anchors})) if self.anchors else (404, b"{}")
        return 200, orjson.dumps(self.part)


RESPONSE = a_part(("asked", "order:W1", "response:1"), nodes=["response:1"])
PAY = a_part(*PAID, nodes=["fact:1", "fact:2", "step:1", "step:2", "pay_line:1", "pay_line:2"])


@pytest.fixture
def told(services: FourServices) -> FourServices:
    services.workorder.answers = Told([an_anchor()], a_part(*FORWARD))
    services.survey.answers = Told([], RESPONSE)
    services.payroll.answers = Told([], PAY)
    return services


def keys(response: httpx.Response) -> set[str]:
    assert response.status_code == 200, response.text
    return {node["key"] for node in response.json()["nodes"]}


def targets(service: FakeService) -> list[str]:
    return [seen.target for seen in service.seen]


def slug(response: httpx.Response) -> str:
    return str(response.json()["type"]).rpartition(":")[2]


async def test_a_thread_holds_what_lies_before_and_after_in_the_order_of_the_walk(
    gateway: httpx.AsyncClient, told: FourServices, staff: Staff
) -> None:
    response = await gateway.get(THREAD, headers=staff)
    document = response.json()
    assert [node["key"] for node in document["nodes"]] == [
        "finding:1", "upsell:1", "order_line:1", "order:W1", "payment:1", "response:1", "fact:1", "step:1",
        "pay_line:1",
    ]  # fmt: skip
    assert [node["service"] for node in document["nodes"]] == ["workorder"] * 5 + ["survey"] + ["payroll"] * 3
    assert document["nodes"][0]["href"] == "/v1/things/finding%3A1"
    ends = {end for edge in document["edges"] for end in (edge["from"], edge["to"])}
    assert ends <= keys(response), "no edge leads nowhere"
    assert {edge["kind"] for edge in document["edges"]} <= set(document["kinds"])
    assert (document["anchor"]["kind"], document["currency"], document["truncated"]) == ("upsell", "CNY", False)
    assert {name: part["status"] for name, part in document["parts"].items()} == dict.fromkeys(PARTS, "ok")
    assert response.headers["x-completed"] == "true"


async def test_every_service_is_asked_twice_and_no_other(
    gateway: httpx.AsyncClient, told: FourServices, staff: Staff
) -> None:
    await gateway.get(THREAD, headers=staff)
    key = "%7B%22orders%22%3A%5B%22W1%22%5D%2C%22line%22%3Anull%2C%22fact%22%3Anull%7D"
    for name in PARTS:
        assert targets(told.named(name)) == [
            f"/v1/overview-parts/thread-anchors/{UPSELL}", f"/v1/overview-parts/threads/{key}",
        ]  # fmt: skip
    assert told.customer.seen == []


@pytest.mark.parametrize("address", ["/v1/threads/W1/3", "/v1/threads/W1%2F3"])
async def test_a_number_with_a_slash_is_asked_for_as_it_is(
    gateway: httpx.AsyncClient, told: FourServices, staff: Staff, address: str
) -> None:
    assert (await gateway.get(address, headers=staff)).status_code == 200
    assert targets(told.survey)[0] == "/v1/overview-parts/thread-anchors/W1%2F3"


async def test_work_that_was_declined_is_of_its_order_and_leads_to_none_of_its_money(
    gateway: httpx.AsyncClient, told: FourServices, staff: Staff
) -> None:
    told.workorder.answers = Told([an_anchor("upsell", "upsell:2")], a_part(*FORWARD))
    response = await gateway.get(THREAD, headers=staff)
    assert keys(response) == {"upsell:2", "order_line:2", "order:W1", "response:1"}
    assert ("proposed_on", "order:W1") in {(edge["kind"], edge["to"]) for edge in response.json()["edges"]}


@pytest.mark.parametrize("kind", ["order", "response"])
async def test_the_thread_of_an_order_or_of_an_answer_is_everything_about_it(
    gateway: httpx.AsyncClient, told: FourServices, staff: Staff, kind: str
) -> None:
    told.workorder.answers = Told([an_anchor(kind, "order:W1")], a_part(*FORWARD))
    assert len(keys(await gateway.get(THREAD, headers=staff))) == 7 + 1 + 6


async def test_a_line_of_pay_leads_back_to_its_own_facts(
    gateway: httpx.AsyncClient, told: FourServices, staff: Staff
) -> None:
    told.workorder.answers = Told([], a_part(*FORWARD))
    told.payroll.answers = Told([an_anchor("pay_line", "pay_line:1", line=UPSELL, truncated=True)], PAY)
    response = await gateway.get(THREAD, headers=staff)
    assert keys(response) == {
        "finding:1", "upsell:1", "order_line:1", "order:W1", "payment:1", "response:1", "fact:1", "step:1",
        "pay_line:1",
    }  # fmt: skip
    assert response.json()["truncated"]
    assert "%22line%22%3A%2201900000" in targets(told.workorder)[1]
    narrowed = await gateway.get(THREAD, params={"order": "W7"}, headers=staff)
    assert (narrowed.json()["anchor"]["orders"], narrowed.json()["truncated"]) == (["W7"], False)


@pytest.mark.parametrize("dead", PARTS)
async def test_a_dead_service_costs_its_part_and_no_other(
    gateway: httpx.AsyncClient, told: FourServices, staff: Staff, dead: str
) -> None:
    told.payroll.answers = Told([an_anchor("upsell", "upsell:1")], PAY)
    told.named(dead).hang_up = True
    response = await gateway.get(THREAD, headers=staff)
    states = {name: part["status"] for name, part in response.json()["parts"].items()}
    assert states == {name: "unavailable" if name == dead else "ok" for name in PARTS}
    assert response.json()["parts"][dead]["problem"]["status"] == 503
    assert response.headers["x-completed"] == "false"
    ours = {"workorder": {"upsell:1"}, "survey": {"response:1"}, "payroll": {"fact:1"}}
    for name in PARTS:
        assert (ours[name] <= keys(response)) is (name != dead)
    required = await gateway.get(THREAD, params={"require": dead}, headers=staff)
    assert (required.status_code, slug(required)) == (503, "overview-unavailable")


async def test_who_may_not_see_pay_gets_the_rest(gateway: httpx.AsyncClient, told: FourServices, staff: Staff) -> None:
    told.payroll.answers = lambda _target: (403, b"{}")
    response = await gateway.get(THREAD, headers=staff)
    assert response.json()["parts"]["payroll"]["status"] == "forbidden"
    assert keys(response) == {"finding:1", "upsell:1", "order_line:1", "order:W1", "payment:1", "response:1"}
    assert response.headers["x-completed"] == "true"


async def test_a_customer_sees_no_thread(
    gateway: httpx.AsyncClient, told: FourServices, keys: Keys, store: AStore
) -> None:
    customer = bearer(keys, "gateway", "customer", stores=[store], kind="customer")
    refused = await gateway.get(THREAD, headers=customer)
    assert (refused.status_code, slug(refused)) == (403, "role-missing")
    assert told.workorder.seen == []


@pytest.mark.parametrize(
    ("statuses", "answer"),
    [((404, 404, 404), 404), ((404, 404, 403), 404), ((403, 403, 403), 403), ((500, 404, 404), 503)],
)
async def test_what_nobody_knows_or_could_tell(
    gateway: httpx.AsyncClient, told: FourServices, staff: Staff, statuses: tuple[int, ...], answer: int
) -> None:
    for name, status in zip(PARTS, statuses, strict=True):
        told.named(name).answers = None
        told.named(name).status = status
    response = await gateway.get(THREAD, headers=staff)
    assert response.status_code == answer
    assert response.headers["x-completed"] == str(answer != 503).lower()
    assert all(len(told.named(name).seen) == 1 for name in PARTS), "nothing more is asked"


async def test_a_number_of_several_things_is_told_apart_by_its_kind(
    gateway: httpx.AsyncClient, told: FourServices, staff: Staff
) -> None:
    both = [an_anchor(), an_anchor("order", "order:W1/3", orders=["W1/3"])]
    told.workorder.answers = Told(both, a_part(*FORWARD))
    told.payroll.answers = Told([an_anchor("upsell", "upsell:other")], PAY)
    refused = await gateway.get("/v1/threads/W1/3", headers=staff)
    assert (refused.status_code, slug(refused), refused.json()["kinds"]) == (
        409, "thread-ambiguous", ["order", "upsell"],
    )  # fmt: skip
    chosen = await gateway.get("/v1/threads/W1/3", params={"kind": "upsell"}, headers=staff)
    assert chosen.json()["anchor"]["keys"] == ["upsell:1"], "who owns a thing says what it is"
    assert (await gateway.get("/v1/threads/W1/3", params={"kind": "payment"}, headers=staff)).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    ["/v1/threads/x?kind=car", "/v1/threads/x?require=customer", "/v1/threads/x?month=2026-09",
     f"/v1/threads/{'9' * 101}", "/v1/threads/a/%2e%2e/b", "/v1/threads/%0a", "/v1/threads/x?order=%0a",
     "/v1/threads/x?budget_ms=soon"],
)  # fmt: skip
async def test_what_is_asked_must_make_sense(
    gateway: httpx.AsyncClient, told: FourServices, staff: Staff, wrong: str
) -> None:
    assert (await gateway.get(wrong, headers=staff)).status_code == 400
    assert told.workorder.seen == []


async def test_a_caller_of_several_stores_names_one(
    gateway: httpx.AsyncClient, told: FourServices, keys: Keys, store: AStore, other_store: AStore
) -> None:
    both = bearer(keys, "gateway", "cashier", stores=[store, other_store])
    assert slug(await gateway.get(THREAD, headers=both)) == "store-required"
    assert (await gateway.get(THREAD, headers={**both, "X-Store": "S2"})).status_code == 200


async def test_an_unchanged_thread_is_not_sent_again(
    gateway: httpx.AsyncClient, told: FourServices, staff: Staff
) -> None:
    etag = (await gateway.get(THREAD, headers=staff)).headers["etag"]
    again = await gateway.get(THREAD, headers={**staff, "If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


NAMES = st.sampled_from("abcdefgh")
EDGES = st.lists(
    st.tuples(NAMES, NAMES).filter(lambda pair: pair[0] < pair[1]).map(
        lambda pair: {"kind": "leads", "from": pair[0], "to": pair[1]}
    ),
    max_size=20,
)  # fmt: skip


@given(EDGES, st.sets(NAMES, min_size=1, max_size=3))
def test_a_walk_is_reached_from_its_beginning_and_nothing_lies_beside_it(
    edges: list[dict[str, str]], starts: set[str]
) -> None:
    found = walk(edges, starts)
    assert starts <= found
    for each in found - starts:
        assert any(each in walk(edges, [start]) for start in starts)
        assert walk(edges, [each]) & starts, "and one walks back from each"
    reversed_ = [{**edge, "from": edge["to"], "to": edge["from"]} for edge in edges]
    assert walk(reversed_, starts) == found


def test_all_of_an_order_is_told_when_what_ties_it_together_is_not() -> None:
    parts = {
        "workorder": Part("unavailable", None, None),
        "survey": Part("ok", 0.0, orjson.dumps(RESPONSE)),
        "payroll": Part("ok", 0.0, orjson.dumps(PAY)),
    }
    thread = Thread(parts, Anchor("finding", ["finding:1"], ["W1"], None, None, truncated=False), "CNY")
    assert len(orjson.loads(thread.body())["nodes"]) == 7
    assert isinstance(thread, Overview)
