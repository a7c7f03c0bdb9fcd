"""Who sees pay, and payroll's parts of the overviews."""

import httpx
import pytest

from tests.harness import AStore, Keys, bearer, deliver
from tests.payroll import makers
from tests.payroll.small_month import SmallMonth


@pytest.fixture
async def run(small: SmallMonth) -> str:
    await small.prepare()
    await small.tell()
    return str((await small.run())["id"])


async def test_an_employee_sees_his_own_lines_and_those_who_prepare_pay_see_all(small: SmallMonth, run: str) -> None:
    for resource in ("lines", "statements"):
        address = f"/v1/runs/{run}/{resource}"
        own = await small.read(address, small.person("SA01"))
        assert [each["employee"] for each in own["items"]] == ["SA01"]
        assert len((await small.read(address))["items"]) == 3
    for resource in ("", "/figures"):
        refused = await small.client.get(f"/v1/runs/{run}{resource}", headers=small.person("SA01"))
        assert refused.status_code == 403
    assert (await small.client.get("/v1/runs", headers=small.person("SA01"))).status_code == 403


async def test_whom_a_run_does_not_pay_sees_nothing_and_no_fault(small: SmallMonth, run: str) -> None:
    somebody = small.person("NOBODY", "technician")
    found = await small.read(f"/v1/runs/{run}/statements", somebody)
    assert found["total"] == "0.00"
    assert (await small.read(f"/v1/runs/{run}/lines", somebody))["items"] == []


async def test_an_employee_walks_his_own_lines_and_nobody_elses(small: SmallMonth, run: str) -> None:
    lines = {line["employee"]: line for line in (await small.read(f"/v1/runs/{run}/lines"))["items"]}
    himself = small.person("SA01")
    own = await small.read(f"/v1/runs/{run}/trace/{lines['SA01']['id']}", himself)
    assert own["line"]["amount"] == "0.90"
    receipts = await small.read(f"/v1/runs/{run}/trace/normal_receipts", himself)
    assert receipts["facts"][0]["order_number"] == "W1"
    for strange in (lines["J101"]["id"], lines["SA02"]["node"], "team_hours/机电一组"):
        refused = await small.client.get(f"/v1/runs/{run}/trace/{strange}", headers=himself)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:aftermile:problem:pay-not-yours")
    assert (await small.client.get(f"/v1/runs/{run}/trace/nothing", headers=small.headers)).status_code == 404


@pytest.mark.parametrize("resource", ["lines", "statements", "trace/normal_receipts"])
async def test_a_customer_or_a_partner_system_sees_no_pay(
    small: SmallMonth, run: str, keys: Keys, store: AStore, resource: str
) -> None:
    customer = bearer(keys, "payroll", "customer", stores=[store], kind="customer")
    partner = bearer(keys, "payroll", "dms", stores=[store], kind="client")
    for headers in (customer, partner):
        assert (await small.client.get(f"/v1/runs/{run}/{resource}", headers=headers)).status_code == 403


async def test_the_newest_run_is_listed_first_and_the_month_can_be_chosen(small: SmallMonth, run: str) -> None:
    again = (await small.run())["id"]
    listed = await small.read("/v1/runs?month=2026-09")
    assert [item["id"] for item in listed["items"]] == [again, run]
    assert (await small.read("/v1/runs?month=2026-08"))["items"] == []
    first = await small.read("/v1/runs?limit=1")
    following = await small.read(first["next"])
    assert [item["id"] for item in following["items"]] == [run]


async def test_the_part_of_an_order_shows_its_facts_and_the_lines_that_rest_on_them(
    small: SmallMonth, run: str
) -> None:
    part = await small.read("/v1/overview-parts/repair-orders/W1")
    facts = {fact["kind"]: fact for fact in part["facts"]}
    assert (facts["receipt"]["amount"], facts["receipt"]["counted_in"]) == ("600.00", ["2026-09"])
    (why,) = facts["receipt"]["why"]
    assert (why["month"], why["step"], why["clause"]) == ("2026-09", "normal_receipts", "二(1)")
    assert "较晚(结算日期; 收款日期)" in why["rule"]
    assert (facts["labour"]["hours"], facts["labour"]["team"]) == ("10.00", "机电一组")
    assert [(line["employee"], line["amount"]) for line in part["pay_lines"]] == [
        ("J101", "184.62"), ("SA01", "0.90"), ("SA02", "0.90"),
    ]  # fmt: skip
    seen_by_advisor = await small.read("/v1/overview-parts/repair-orders/W1", small.person("SA02"))
    assert [line["employee"] for line in seen_by_advisor["pay_lines"]] == ["SA02"]
    unsettled = await small.read("/v1/overview-parts/repair-orders/W2")
    assert {fact["kind"]: fact["counted_in"] for fact in unsettled["facts"]} == {"order": ["2026-09"], "receipt": []}
    assert (await small.client.get("/v1/overview-parts/repair-orders/W7", headers=small.headers)).status_code == 404


async def test_the_part_of_a_customer_follows_merges(small: SmallMonth, run: str) -> None:
    store = small.store.id
    order = makers.order_event(store, "W3", customer={"source": "dms", "number": "C00009", "id": None})
    await deliver(small.app, "workorder", store, order, makers.payment_event(store, "W3", "50.00"))
    merged = makers.customer_event(store, "C00009", version=2, merged_into="C00001")
    await deliver(small.app, "customer", store, merged, makers.customer_event(store, "C00009", version=1))
    for number in ("C00001", "C00009"):
        part = await small.read(f"/v1/overview-parts/customers/{number}")
        assert (part["numbers"], part["orders"]) == (["C00001", "C00009"], 3)
        receipts = next(kind for kind in part["facts"] if kind["kind"] == "receipt")
        assert (receipts["count"], receipts["amount"]) == (3, "1150.00")
    assert (await small.client.get("/v1/overview-parts/customers/C7", headers=small.headers)).status_code == 404


async def test_the_part_of_an_employee_is_for_himself_and_those_who_prepare_pay(small: SmallMonth, run: str) -> None:
    for headers in (small.headers, small.person("J101", "technician")):
        part = await small.read("/v1/overview-parts/employees/J101", headers)
        assert (part["terms"]["team"], part["terms"]["coefficient"]) == ("机电一组", "1.2")
        (month,) = part["months"]
        assert (month["month"], month["total"], month["run"]) == ("2026-09", "184.62", run)
        assert [line["component"] for line in month["lines"]] == ["team"]
    refused = await small.client.get("/v1/overview-parts/employees/J101", headers=small.person("SA01"))
    assert refused.status_code == 403


async def test_the_part_of_a_store_is_its_latest_run(small: SmallMonth, run: str) -> None:
    again = await small.run()
    part = await small.read("/v1/overview-parts/stores/2026-09")
    assert (part["run"], part["hash"], part["total"], part["employees"]) == (again["id"], again["hash"], "186.42", 3)
    assert {pool["step"] for pool in part["pools"]} >= {"share", "mechanic_share"}
    assert (await small.client.get("/v1/overview-parts/stores/2026-08", headers=small.headers)).status_code == 404
    assert (
        await small.client.get("/v1/overview-parts/stores/2026-09", headers=small.person("SA01"))
    ).status_code == 403


async def test_a_run_is_asked_for_once_per_idempotency_key(
    small: SmallMonth, client: httpx.AsyncClient, run: str
) -> None:
    headers = small.headers | {"Idempotency-Key": "september"}
    first = await client.post("/v1/runs", json={"month": "2026-09"}, headers=headers)
    second = await client.post("/v1/runs", json={"month": "2026-09"}, headers=headers)
    assert second.headers["idempotent-replayed"] == "true"
    assert first.json()["id"] == second.json()["id"]
