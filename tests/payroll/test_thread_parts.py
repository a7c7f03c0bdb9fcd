"""What payroll tells of a thread: facts, steps and lines, what exactly was counted, and to each what he may see."""

import json
from fractions import Fraction
from typing import Any
from urllib.parse import quote

import pytest

from services.payroll.domain.calculation.facts import FACT_KINDS
from services.payroll.events import SHAPES
from services.payroll.repository.runs import thread_parts
from tests.harness import AStore, Clone, Keys, bearer, deliver, make_event
from tests.payroll import makers
from tests.payroll.small_month import SmallMonth
from tests.plans import wide_scans

PART = "/v1/overview-parts/threads/"
ANCHOR = "/v1/overview-parts/thread-anchors/"


@pytest.fixture
async def run(small: SmallMonth) -> str:
    await small.prepare()
    await small.tell()
    await deliver(
        small.app, "workorder", small.store.id, makers.payment_event(small.store.id, "W1", "400.50", ordinal=2),
        makers.order_event(small.store.id, "W3"), makers.payment_event(small.store.id, "W3", "99.50"),
    )  # fmt: skip
    return str((await small.run())["id"])


def address(**key: Any) -> str:
    return PART + quote(json.dumps(key), safe="")


async def anchors_of(small: SmallMonth, told: str, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await small.read(ANCHOR + quote(told, safe=""), headers))["anchors"]
    return found


def of_kind(part: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [node for node in part["nodes"] if node["kind"] == kind]


def edges(part: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [edge for edge in part["edges"] if edge["kind"] == kind]


async def line_of(small: SmallMonth, run: str, employee: str) -> dict[str, Any]:
    lines = (await small.read(f"/v1/runs/{run}/lines"))["items"]
    found: dict[str, Any] = next(line for line in lines if line["employee"] == employee)
    return found


async def test_an_order_leads_over_its_facts_and_the_steps_that_counted_them_to_pay(
    small: SmallMonth, run: str
) -> None:
    part = await small.read(address(orders=["W1"]))
    facts = of_kind(part, "fact")
    assert sorted(fact["data"]["kind"] for fact in facts) == ["labour", "order", "receipt", "receipt"]
    assert {step["data"]["step"] for step in of_kind(part, "step")} == {"normal_receipts", "car_count", "team_hours"}
    assert [line["data"]["employee"] for line in of_kind(part, "pay_line")] == ["J101", "SA01", "SA02"]
    payment, line = makers.identity("payment", "W1", 1), makers.identity("line", "W1", 1)
    reported = {edge["from"] for edge in edges(part, "reported")}
    assert {f"payment:{payment}", f"order_line:{line}", "order:W1"} <= reported
    keys = {node["key"] for node in part["nodes"]}
    assert {edge["to"] for edge in part["edges"]} <= keys
    assert {edge["from"] for edge in [*edges(part, "counted"), *edges(part, "rests_on")]} <= keys
    assert set(part["kinds"]) == {"reported", "counted", "rests_on"}


async def test_what_a_fact_is_of_what_was_counted_is_told_exactly(small: SmallMonth, run: str) -> None:
    part = await small.read(address(orders=["W1", "W3"]))
    counted = [edge["data"] for edge in edges(part, "counted") if edge["to"].endswith("/normal_receipts")]
    assert {(data["part"], data["of"], data["share"]) for data in counted} == {
        ("600.00", "1100", "6/11"), ("400.50", "1100", "801/2200"), ("99.50", "1100", "199/2200"),
    }  # fmt: skip
    assert sum(Fraction(data["share"]) for data in counted) == 1
    cars = [edge["data"] for edge in edges(part, "counted") if edge["to"].endswith("/car_count")]
    assert {(data["part"], data["of"], data["share"]) for data in cars} == {("1", "3", "1/3")}
    (hours,) = [edge["data"] for edge in edges(part, "counted") if "/team_hours/" in edge["to"]]
    assert (hours["part"], hours["share"]) == ("10.00", "1")


async def test_what_was_counted_is_the_version_that_was_counted(small: SmallMonth, run: str) -> None:
    corrected = makers.payment_event(small.store.id, "W1", "650.00", version=2)
    await deliver(small.app, "workorder", small.store.id, corrected)
    part = await small.read(address(orders=["W1"]))
    (fact,) = [f for f in of_kind(part, "fact") if f["data"]["subject"] == makers.identity("payment", "W1", 1)]
    (edge,) = [edge for edge in edges(part, "counted") if edge["from"] == fact["key"]]
    assert (fact["data"]["version"], fact["data"]["amount"]) == (2, "650.00")
    assert (edge["data"]["version"], edge["data"]["part"]) == (1, "600.00")


async def test_money_given_back_takes_from_what_was_counted(small: SmallMonth, run: str) -> None:
    await deliver(small.app, "workorder", small.store.id, makers.refund_event(small.store.id, "W1", "100.00"))
    await small.run()
    part = await small.read(address(orders=["W1"]))
    (edge,) = [edge for edge in edges(part, "reported") if edge["from"].startswith("refund:")]
    (counted,) = [each["data"] for each in edges(part, "counted") if each["from"] == edge["to"]]
    assert (counted["part"], counted["of"], counted["share"]) == ("-100.00", "1000", "-1/10")
    (anchor,) = await anchors_of(small, edge["from"].removeprefix("refund:"))
    assert (anchor["kind"], anchor["keys"]) == ("refund", [edge["from"]])


async def test_no_share_is_told_where_a_step_adds_up_more_than_one_field(small: SmallMonth, run: str) -> None:
    approval = make_event(
        "workorder.insurer.approved",
        {"id": makers.identity("approval", "W4"), "order_number": "W4", "approved_on": "2026-09-05",
         "approved_amount": "50.00", "owner_share": "5.00"}, store=small.store.id,
    )  # fmt: skip
    order = makers.order_event(small.store.id, "W4", kind="accident")
    await deliver(small.app, "workorder", small.store.id, order, approval)
    await small.run()
    part = await small.read(address(orders=["W4"]))
    (edge,) = [edge for edge in edges(part, "counted") if edge["to"].endswith("/accident_output")]
    assert edge["data"] == {"selection": 0, "version": 1, "of": "55"}


async def test_a_line_leads_back_to_what_it_rests_on_and_nothing_else(small: SmallMonth, run: str) -> None:
    line = await line_of(small, run, "SA01")
    (anchor,) = await anchors_of(small, line["id"])
    assert (anchor["kind"], anchor["keys"], anchor["orders"]) == (
        "pay_line", [f"pay_line:{line['id']}"], ["W1", "W2", "W3"],
    )  # fmt: skip
    assert (anchor["line"], anchor["truncated"]) == (line["id"], False)
    part = await small.read(address(orders=anchor["orders"], line=line["id"]))
    (told,) = of_kind(part, "pay_line")
    assert (told["data"]["clause"], told["data"]["amount"]) == (line["clause"], line["amount"])
    assert told["data"]["pool"]["weight"] == "2/5"
    assert told["data"]["pool"]["sum_of_weights"] == "4/5"
    assert {fact["data"]["kind"] for fact in of_kind(part, "fact")} == {"receipt", "order"}, (
        "hours are not its business"
    )
    assert {step["data"]["clause"] for step in of_kind(part, "step")} == {"二(1)", "默认 9"}
    assert not part["truncated"]


async def test_orders_with_approved_work_and_answers_come_first(small: SmallMonth, run: str) -> None:
    store = small.store.id
    await deliver(small.app, "workorder", store, makers.upsell_event(store, "W3", 1))
    line = await line_of(small, run, "SA01")
    (anchor,) = await anchors_of(small, line["id"])
    assert anchor["orders"] == ["W1", "W3", "W2"]


async def test_a_line_of_a_run_that_was_repeated_still_has_its_own_thread(small: SmallMonth, run: str) -> None:
    line = await line_of(small, run, "SA01")
    again = await small.run()
    (anchor,) = await anchors_of(small, line["id"])
    part = await small.read(address(orders=anchor["orders"], line=line["id"]))
    assert [node["data"]["run"] for node in of_kind(part, "pay_line")] == [run]
    newest = await small.read(address(orders=["W1"]))
    assert {node["data"]["run"] for node in of_kind(newest, "pay_line")} == {again["id"]}


async def test_a_fact_without_an_order_is_a_beginning_of_its_own(small: SmallMonth, run: str) -> None:
    sale = makers.sale_event(small.store.id, "S1", "780.00")
    await deliver(small.app, "workorder", small.store.id, sale)
    again = (await small.run())["id"]
    (anchor,) = await anchors_of(small, makers.identity("sale", "S1"))
    assert (anchor["kind"], anchor["orders"]) == ("fact", [])
    part = await small.read(address(orders=[], fact=anchor["fact"]))
    (fact,) = of_kind(part, "fact")
    assert fact["label"] == {"zh": "事实:精品销售 行车记录仪 780.00", "en": "Fact: accessory sale 行车记录仪 780.00"}
    assert edges(part, "reported") == []
    assert {line["data"]["employee"] for line in of_kind(part, "pay_line")} == {"SA01", "SA02"}
    line = await line_of(small, again, "SA02")
    (anchor,) = await anchors_of(small, line["id"])
    whole = await small.read(address(orders=anchor["orders"], line=line["id"]))
    assert fact["key"] in {node["key"] for node in whole["nodes"]}


@pytest.mark.parametrize(
    ("told", "kind", "key"),
    [
        ("W1", "order", "order:W1"),
        (makers.identity("payment", "W1", 1), "payment", f"payment:{makers.identity('payment', 'W1', 1)}"),
        (makers.identity("line", "W1", 1), "order_line", f"order_line:{makers.identity('line', 'W1', 1)}"),
        (makers.identity("upsell", "W1", 3), "upsell", f"upsell:{makers.identity('upsell', 'W1', 3)}"),
        ("W1/3", "upsell", f"upsell:{makers.identity('upsell', 'W1', 3)}"),
        (makers.identity("response", "W1"), "response", f"response:{makers.identity('response', 'W1')}"),
    ],
)
async def test_what_others_own_is_known_for_what_it_is(
    small: SmallMonth, run: str, told: str, kind: str, key: str
) -> None:
    (anchor,) = await anchors_of(small, told)
    assert (anchor["kind"], anchor["keys"], anchor["orders"]) == (kind, [key], ["W1"])
    part = await small.read(address(orders=["W1"], fact=anchor["fact"]))
    assert of_kind(part, "fact")


async def test_an_employee_is_shown_his_own_lines_and_only_the_steps_below_them(small: SmallMonth, run: str) -> None:
    himself = small.person("SA02")
    part = await small.read(address(orders=["W1"]), himself)
    assert {line["data"]["employee"] for line in of_kind(part, "pay_line")} == {"SA02"}
    assert {step["data"]["step"] for step in of_kind(part, "step")} == {"normal_receipts", "car_count"}
    assert "labour" in {fact["data"]["kind"] for fact in of_kind(part, "fact")}
    line = await line_of(small, run, "SA01")
    refused = await small.client.get(ANCHOR + line["id"], headers=himself)
    assert refused.status_code == 404
    other = await small.read(address(orders=["W1"], line=line["id"]), himself)
    assert other["nodes"] == []
    own = await line_of(small, run, "SA02")
    assert [a["kind"] for a in await anchors_of(small, own["id"], himself)] == ["pay_line"]


async def test_who_sees_no_pay_is_told_nothing(small: SmallMonth, run: str, keys: Keys, store: AStore) -> None:
    for caller in (
        bearer(keys, "payroll", "customer", stores=[store], kind="customer", employee="SA01"),
        bearer(keys, "payroll", "dms", stores=[store], kind="client"),
        bearer(keys, "payroll", "auditor", stores=[store]),
    ):
        for path in (ANCHOR + "W1", address(orders=["W1"])):
            assert (await small.client.get(path, headers=caller)).status_code == 403


async def test_a_thread_stays_in_its_store(small: SmallMonth, run: str, keys: Keys, other_store: AStore) -> None:
    stranger = bearer(keys, "payroll", "service_manager", stores=[other_store])
    line = await line_of(small, run, "SA01")
    assert (await small.client.get(ANCHOR + line["id"], headers=stranger)).status_code == 404
    for key in ({"orders": ["W1"]}, {"orders": ["W1"], "line": line["id"]}):
        assert (await small.read(address(**key), stranger))["nodes"] == []


@pytest.mark.parametrize("key", ["x", "[]", "5", "null", '{"orders": 5}', '{"orders": [], "line": "x"}', "{}"])
async def test_a_key_that_means_nothing_finds_nothing(small: SmallMonth, key: str) -> None:
    part = await small.read(PART + quote(key, safe=""))
    assert (part["nodes"], part["edges"], part["truncated"]) == ([], [], False)


async def test_more_orders_than_a_thread_has_are_cut_off_and_that_is_said(small: SmallMonth) -> None:
    await small.prepare()
    store = small.store.id
    numbers = [f"W{n:03}" for n in range(thread_parts.MOST_ORDERS + 1)]
    orders = [makers.order_event(store, number) for number in numbers]
    await deliver(small.app, "workorder", store, *orders, *(makers.payment_event(store, n, "90.00") for n in numbers))
    run = (await small.run())["id"]
    (anchor,) = await anchors_of(small, (await line_of(small, run, "SA01"))["id"])
    assert (len(anchor["orders"]), anchor["truncated"]) == (thread_parts.MOST_ORDERS, True)


def test_each_field_that_a_step_may_add_up_is_found_where_events_put_it() -> None:
    for shape in SHAPES.values():
        told = thread_parts.MEASURES.get(shape.kind, {})
        places = {place: field for field, place in told.items()}
        assert places.get("amount", "") == shape.amount or shape.kind == "complaint"
        assert places.get("hours", "") == shape.hours
        assert set(told) - {shape.amount, shape.hours} <= set(shape.attributes)
        assert set(told) <= {field.name for field in FACT_KINDS[shape.kind].fields}


KEYS = ['{"orders": ["W1"]}', '{"orders": ["W1"], "line": "%s"}', '{"orders": [], "fact": "%s"}']


@pytest.mark.parametrize(
    ("sql", "key"),
    [(thread_parts.ANCHORS, "W1"), *((thread_parts.THREAD, key.replace("%s", makers.identity("x"))) for key in KEYS)],
)
async def test_a_thread_is_read_by_indexes(
    small: SmallMonth, run: str, payroll_database: Clone, store: AStore, sql: str, key: str
) -> None:
    """Of completed runs there are a few a month, and the newest of each is looked for among all of them."""
    wide = await wide_scans(payroll_database.app_url, store, sql, key, "SA01", "true", "Asia/Shanghai")
    assert [scan for scan in wide if not scan.startswith("run_of_month ")] == []
