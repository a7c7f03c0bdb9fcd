from typing import Any

import asyncpg
import httpx
import pytest

from services.workorder.domain.orders.order import allowed_moves, standings
from services.workorder.repository.orders.details import KEEP_TOLD
from tests.calls import Caller
from tests.harness import AStore, Clone, Keys, bearer, feed_of
from tests.plans import wide_scans
from tests.workorder.caller import line_body, line_row, make_order, order_body, order_row, upsell_body

SPLIT = {"amount": "75.00", "shares": {"customer": "50.00", "maker": "25.00"}}


def as_role(client: httpx.AsyncClient, keys: Keys, store: AStore, role: str, employee: str = "X1") -> Caller:
    return Caller(client, bearer(keys, "workorder", role, stores=[store], employee=employee))


def versioned(thing: dict[str, Any]) -> dict[str, str]:
    return {"If_Match": f'"{thing["version"]}"'}


async def lines_of(caller: Caller, order: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await caller.read(f"/v1/repair-orders/{order['id']}/lines"))["items"]
    return items


async def test_an_order_is_opened_with_its_people_jobs_and_lines_in_one_call(manager: Caller) -> None:
    people = {"drop_off_person": "王芳", "owner_number": "C2", "payer_number": "C3", "invoice_title": "上海某某公司"}
    jobs = [{"complaint": "冷车启动时有异响"}, {"complaint": "空调不凉"}]
    lines = [line_body(job_number=2, **SPLIT), line_body(code="P1", kind="part", origin="equivalent")]
    order = await manager.make("/v1/repair-orders", order_body(jobs=jobs, lines=lines, **people))
    assert {name: order[name] for name in people} == people
    told = await manager.read(f"/v1/repair-orders/{order['id']}/jobs")
    assert [(job["number"], job["complaint"], job["cause"]) for job in told["items"]] == [
        (1, "冷车启动时有异响", None), (2, "空调不凉", None),
    ]  # fmt: skip
    first, second = await lines_of(manager, order)
    assert (first["job_id"], first["shares"]) == (told["items"][1]["id"], SPLIT["shares"])
    assert (second["origin"], second["shares"], second["job_id"]) == ("equivalent", None, None)
    balance = await manager.read(f"/v1/repair-orders/{order['id']}/balance")
    assert balance["owed"] == "125.00"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"shares": {"customer": "50.00", "maker": "24.00"}}, "/lines/0/shares"),
        ({"shares": {"maker": "75.00"}}, "/lines/0/shares"),
        ({"shares": {"customer": "80.00", "maker": "-5.00"}}, "/lines/0/shares"),
        ({"job_number": 7}, "/lines/0/job_number"),
        ({"standard_hours": "-1"}, "/lines/0/standard_hours"),
        ({"standard_hours": "99999999999"}, "/lines/0/standard_hours"),
        ({"amount": "-1.00"}, "/lines/0/amount"),
    ],
)
async def test_an_order_with_a_wrong_line_is_not_opened(manager: Caller, wrong: dict[str, Any], pointer: str) -> None:
    refused = await manager.post("/v1/repair-orders", order_body(lines=[line_body(**wrong)]))
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert (await manager.read("/v1/repair-orders"))["items"] == []


async def test_the_whole_state_machine_is_published(manager: Caller) -> None:
    told = (await manager.read("/v1/order-states"))["items"]
    assert [each["allowed"] for each in told] == [list(allowed_moves(each)) for each in standings()]
    order = await make_order(manager, "in_progress")
    here = await manager.read(f"/v1/repair-orders/{order['id']}/transitions")
    assert {name: here[name] for name in told[0]} in told


async def test_people_of_an_order_are_changed_and_emptied(manager: Caller) -> None:
    order = await manager.make("/v1/repair-orders", order_body(drop_off_person="王芳", invoice_title="甲"))
    address = f"/v1/repair-orders/{order['id']}"
    changed = await manager.patch(address, {"drop_off_person": None, "payer_number": "C9"}, **versioned(order))
    assert changed.status_code == 200
    after = changed.json()
    assert (after["drop_off_person"], after["payer_number"], after["invoice_title"]) == (None, "C9", "甲")
    assert (await manager.patch(address, {"payer_number": "C8"}, **versioned(order))).status_code == 412
    assert (await manager.patch(address, {"payer_number": "C8"})).status_code == 428


async def test_a_change_that_names_nothing_changes_nothing_and_what_is_emptied_is_told(manager: Caller) -> None:
    order = await make_order(manager, drop_off_person="王芳", jobs=[{"complaint": "刹车异响"}])
    address = f"/v1/repair-orders/{order['id']}"
    for part in ("", "/jobs/1", "/lines/1"):
        assert (await manager.patch(address + part, {}, **versioned(order))).status_code == 422, part
    assert (await manager.read(address))["version"] == order["version"]
    emptied = {"drop_off_person": None, "invoice_title": None, "payer_number": "C9"}
    await manager.patch(address, emptied, **versioned(order))
    [entry, *_] = (await manager.read(f"{address}/timeline"))["items"]
    assert entry["detail"] == {"payer_number": "C9", "emptied": ["drop_off_person", "invoice_title"]}


async def test_a_job_beyond_the_hundredth_is_named_by_lines(manager: Caller) -> None:
    order = await manager.make("/v1/repair-orders", order_body())
    address = f"/v1/repair-orders/{order['id']}"
    for _ in range(3):
        await manager.make(f"{address}/jobs", {"jobs": [{"complaint": "异响"}] * 40})
    added = await manager.make(f"{address}/lines", {"lines": [line_body(job_number=120)]})
    [line] = added["items"]
    assert line["job_id"] is not None


async def test_what_another_system_promised_is_among_the_promises(manager: Caller) -> None:
    first = "2199-01-01T10:00:00+08:00"
    await manager.take_in("repair-orders", order_row(promised_at=first))
    await manager.take_in("repair-orders", order_row(promised_at=first, odometer_km=1))
    order = await manager.read("/v1/repair-orders/by-number/W1")
    address = f"/v1/repair-orders/{order['id']}"
    later = {"promised_at": "2199-01-01T15:00:00+08:00", "reason": "配件未到"}
    await manager.make(f"{address}/promise", later, **versioned(order))
    promises = (await manager.read(f"{address}/promises"))["items"]
    told = [(each["promised_at"], each["made_by"]) for each in promises]
    assert told == [("2199-01-01T07:00:00Z", "SA01"), ("2199-01-01T02:00:00Z", "dms")]


async def test_promises_that_another_system_tells_are_looked_for_by_their_orders(
    manager: Caller, database: Clone, store: AStore
) -> None:
    """Of thousands of orders in one statement, none of which has one yet, while there are thousands of promises."""
    await manager.take_in("repair-orders", order_row(promised_at="2199-01-01T10:00:00+08:00"))
    order = (await manager.read("/v1/repair-orders/by-number/W1"))["id"]
    connection = await asyncpg.connect(database.owner_url)
    await connection.execute("SELECT set_config('app.store', $1, false)", str(store.id))
    await connection.execute(
        "INSERT INTO order_promises (store_id, order_id, promised_at, made_by, made_at) "
        "SELECT store_id, order_id, promised_at, made_by, made_at FROM order_promises, generate_series(1, 20000)"
    )
    await connection.close()
    sql = str(KEEP_TOLD).replace(":orders", "$1")
    told = f"SELECT count(*) FROM ({sql[sql.index('SELECT') :]}) told"
    wide = await wide_scans(database.app_url, store, told, f"{{{order}}}")
    assert [scan for scan in wide if scan.startswith("order_promises")] == []


async def test_a_time_is_promised_again_only_with_a_reason_and_both_are_kept(manager: Caller) -> None:
    order = await manager.make("/v1/repair-orders", order_body(promised_at="2199-01-01T10:00:00+08:00"))
    address = f"/v1/repair-orders/{order['id']}"
    later = {"promised_at": "2199-01-01T15:00:00+08:00"}
    refused = await manager.post(f"{address}/promise", later, **versioned(order))
    assert refused.json()["type"] == "urn:aftermile:problem:promise-reason-missing"
    kept = await manager.make(f"{address}/promise", {**later, "reason": "配件未到"}, **versioned(order))
    assert kept["promised_at"] == "2199-01-01T07:00:00Z"
    past = {"promised_at": "2020-01-01T10:00:00+08:00", "reason": "x"}
    assert (await manager.post(f"{address}/promise", past, **versioned(kept))).status_code == 422
    promises = (await manager.read(f"{address}/promises"))["items"]
    assert [(each["reason"], each["made_by"]) for each in promises] == [("配件未到", "SA01"), (None, "SA01")]


async def test_an_order_goes_to_the_quality_check_when_every_job_has_cause_and_correction(
    manager: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    order = await make_order(manager, "in_progress", jobs=[{"complaint": "刹车异响"}])
    address = f"/v1/repair-orders/{order['id']}"
    refused = await manager.post(f"{address}/inspect", **versioned(order))
    assert (refused.status_code, refused.json()["jobs"]) == (409, [1])
    assert (await manager.read(address))["state"] == "in_progress"
    technician = as_role(client, keys, store, "technician")
    done = {"cause": "刹车片磨损", "correction": "更换刹车片"}
    changed = await technician.patch(f"{address}/jobs/1", done, If_Match='"1"')
    assert changed.status_code == 200
    words = await technician.patch(f"{address}/jobs/1", {"complaint": "别的"}, If_Match='"2"')
    assert words.json()["type"] == "urn:aftermile:problem:complaint-fixed"
    assert (await manager.make(f"{address}/inspect", **versioned(order)))["state"] == "quality_check"


async def test_a_job_that_comes_during_the_quality_check_is_finished_before_the_car_is_ready(manager: Caller) -> None:
    order = await make_order(manager, "in_progress")
    address = f"/v1/repair-orders/{order['id']}"
    order = await manager.make(f"{address}/inspect", **versioned(order))
    await manager.make(f"{address}/jobs", {"jobs": [{"complaint": "洗车后有异响"}]})
    refused = await manager.post(f"{address}/make-ready", **versioned(order))
    assert (refused.status_code, refused.json()["jobs"]) == (409, [1])
    done = {"cause": "护板松动", "correction": "紧固"}
    assert (await manager.patch(f"{address}/jobs/1", done, If_Match='"1"')).status_code == 200
    await manager.make(f"{address}/make-ready", **versioned(order))
    late = await manager.post(f"{address}/jobs", {"jobs": [{"complaint": "还有一件事"}]})
    assert (late.status_code, late.json()["type"]) == (409, "urn:aftermile:problem:jobs-closed")


async def test_a_price_is_changed_with_reason_and_person(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    order = await make_order(manager, "approved")
    address = f"/v1/repair-orders/{order['id']}"
    [line] = await lines_of(manager, order)
    assert line["agreed_amount"] == "75.00"
    cheaper = {"amount": "70.00", "shares": {"customer": "60.00", "goodwill": "10.00"}}
    without = await manager.patch(f"{address}/lines/1", cheaper, **versioned(line))
    assert without.json()["type"] == "urn:aftermile:problem:price-reason-missing"
    changed = await manager.patch(f"{address}/lines/1", {**cheaper, "reason": "老客户"}, **versioned(line))
    assert (changed.json()["amount"], changed.json()["agreed_amount"]) == ("70.00", "75.00")
    [told] = (await manager.read(f"{address}/price-changes"))["items"]
    assert (told["former_amount"], told["amount"], told["reason"], told["changed_by"]) == (
        "75.00", "70.00", "老客户", "SA01",
    )  # fmt: skip
    assert (told["former_shares"], told["shares"]) == ({"customer": "75.00"}, cheaper["shares"])
    dearer = await manager.patch(f"{address}/lines/1", {"amount": "80.00", "reason": "x"}, If_Match='"3"')
    assert dearer.json()["type"] == "urn:aftermile:problem:customer-pays-more"
    changes = [e for e in await feed_of(client, keys, "workorder") if e["type"] == "workorder.line.changed"]
    assert [(e["data"]["amount"], e["data"]["shares"]) for e in changes] == [
        ("75.00", None), ("75.00", None), ("70.00", cheaper["shares"]),
    ]  # fmt: skip


async def test_the_upsell_of_a_changed_line_is_what_its_lines_are(manager: Caller) -> None:
    order = await make_order(manager, "in_progress")
    upsell = await manager.make(f"/v1/repair-orders/{order['id']}/upsells", upsell_body())
    number = upsell["line_numbers"][1]
    path = f"/v1/repair-orders/{order['id']}/lines/{number}"
    changed = await manager.patch(path, {"amount": "600.00", "reason": "副厂件"}, If_Match='"1"')
    assert changed.status_code == 200
    after = await manager.read(f"/v1/upsells/{upsell['id']}")
    assert (after["amount"], after["version"]) == ("675.00", upsell["version"] + 1)


async def test_the_money_of_an_imported_line_is_changed_where_it_came_from(manager: Caller) -> None:
    await manager.take_in("repair-orders", order_row())
    await manager.take_in("repair-order-lines", line_row())
    order = await manager.read("/v1/repair-orders/by-number/W1")
    path = f"/v1/repair-orders/{order['id']}/lines/1"
    refused = await manager.patch(path, {"amount": "1.00", "reason": "x"}, If_Match='"1"')
    assert refused.json()["type"] == "urn:aftermile:problem:line-of-another-system"
    assert (await manager.patch(path, {"technician": "J1"}, If_Match='"1"')).status_code == 200


async def test_cost_and_gross_profit_are_for_those_who_may_see_them(
    manager: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    order = await make_order(manager, "in_progress")
    address = f"/v1/repair-orders/{order['id']}"
    keeper = as_role(client, keys, store, "parts_clerk")
    costs = {"items": [{"line_number": 1, "cost": "30.00"}]}
    told = await keeper.make(f"{address}/costs", costs)
    assert (told["gross_profit"], told["uncosted"], told["items"][0]["gross_profit"]) == ("45.00", 0, "45.00")
    for role in ("service_advisor", "technician", "cashier"):
        other = as_role(client, keys, store, role)
        assert (await other.get(f"{address}/margin")).status_code == 403
        assert (await other.post(f"{address}/costs", costs)).status_code == 403
        assert "cost" not in (await lines_of(other, order))[0]
    unknown = await keeper.post(f"{address}/costs", {"items": [{"line_number": 9, "cost": "1.00"}]})
    assert unknown.json()["errors"][0]["pointer"] == "/items/0/line_number"
    twice = await keeper.post(f"{address}/costs", {"items": [{"line_number": 1, "cost": c} for c in ("1.00", "2.00")]})
    assert [(e["pointer"], e["code"]) for e in twice.json()["errors"]] == [("/items/1/line_number", "line-twice")]
    assert (await keeper.read(f"{address}/margin"))["cost"] == "30.00"


async def test_the_timeline_tells_what_happened_and_by_whom_in_both_languages(manager: Caller) -> None:
    order = await make_order(manager, "in_progress", promised_at="2199-01-01T10:00:00+08:00")
    await manager.make(f"/v1/repair-orders/{order['id']}/upsells", upsell_body())
    path = f"/v1/repair-orders/{order['id']}/timeline"
    english = (await manager.read(path))["items"]
    assert [each["what"] for each in reversed(english)] == [
        "order.opened", "lines.added", *["order.moved"] * 2, "order.approved", "order.moved", "upsell.proposed",
    ]  # fmt: skip
    assert {each["who"] for each in english} == {"SA01"}
    assert english[-1]["detail"] == {"state": "checked_in", "promised_at": "2199-01-01T02:00:00+00:00"}
    chinese = (await manager.client.get(path, headers={**manager.headers, "Accept-Language": "zh-CN"})).json()["items"]
    assert (english[0]["text"], chinese[0]["text"]) == ("Additional work proposed", "提出加项")


async def test_another_store_sees_and_changes_none_of_it(manager: Caller, stranger: Caller) -> None:
    order = await make_order(manager, "approved", jobs=[{"complaint": "异响"}])
    address = f"/v1/repair-orders/{order['id']}"
    for part in ("jobs", "promises", "price-changes", "margin", "timeline"):
        assert (await stranger.get(f"{address}/{part}")).status_code == 404, part
    for path, body in (
        (address, {"advisor": "X"}),
        (f"{address}/jobs/1", {"cause": "x"}),
        (f"{address}/lines/1", {"team": "X"}),
    ):
        assert (await stranger.patch(path, body, If_Match='"1"')).status_code == 404, path
