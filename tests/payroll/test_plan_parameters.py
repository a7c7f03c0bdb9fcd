"""Values of parameters beside a plan's text: the language reads them, two people set them, runs say which they took."""

import asyncio
from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest

from services.payroll.domain.calculation.amendment import Amendment, amended
from services.payroll.domain.calculation.plan import DatedValue
from services.payroll.domain.plans.plan_file import FileValue, value_hash
from services.payroll.language import ParameterValueInvalid, amending_statement, parse_plan, read_amendment
from tests.harness import AStore, Clone, Keys, bearer, feed_of
from tests.payroll.plans_in_force import put_in_force
from tests.payroll.shipped_plan import make_input, shipped_plan, shipped_text
from tests.payroll.small_month import SmallMonth
from tests.payroll.test_events import faults_of

DAY = date(2026, 9, 1)
PLAN = """计划 "台次奖" "per car"  # 说明
[甲] 参数 每台奖金 per_car = 10元/台 自 2026-01-01; 12元/台 自 2026-06-01  # 每台
[甲] 参数 计入事故 accidents_count = 是 自 2026-01-01
[甲] 个人(业务接待) 台次 cars = 计数(工单; 接待人 = 本人; 或(计入事故; 维修类别 <> "事故"); 月份(进厂日期) = 本月)
[乙] 个人(业务接待) 台次奖 car_bonus = 台次 × 每台奖金
[乙] 发放 台次奖
"""
EXAMPLE: dict[str, Any] = {
    "name": {"zh": "一台", "en": "one car"}, "clause": "乙", "month": "2026-09",
    "people": [{"number": "SA01", "post": "业务接待"}],
    "facts": [{"kind": "工单", "维修类别": "保养", "接待人": "SA01", "进厂日期": "2026-09-02"}],
    "expect": {"totals": {"SA01": "12.00"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "written", "means"),
    [
        ("output_rate", "0.6%", "3/500"),
        ("output_rate", "０．６％", "3/500"),
        ("mechanic_hour_price", "130元/工时", "130"),
        ("attainment_capped", "是", "True"),
        ("receipt_period", "结算", "结算"),
        ("receipt_period", '"结算"', "结算"),
    ],
)
def test_a_value_is_read_as_in_a_plan(name: str, written: str, means: str) -> None:
    parameter = shipped_plan().parameters[name]
    found = read_amendment(amending_statement(shipped_text(), parameter, written, DAY), "v1")
    assert (found.parameter, str(found.value.value), found.value.since) == (name, means, DAY)
    assert found.value.reference == "2026-09-01 v1"


@pytest.mark.parametrize(
    ("name", "written", "code"),
    [
        ("output_rate", "6元", "units-differ"),
        ("mechanic_hour_price", "130元/台", "units-differ"),
        ("output_rate", "是", "type-mismatch"),
        ("output_rate", "档位(<1: 0%; >=1: 5%)", "type-mismatch"),
        ("complaint_tiers", "档位(<1: 0%; >=2: 5%)", "tier-gap"),
        ("complaint_tiers", "档位(>=1: 5%)", "tier-not-total"),
        ("complaint_tiers", "5%", "type-mismatch"),
        ("receipt_period", "收款", "name-unknown"),
        ("receipt_period", '"收款"', "choice-unknown"),
        ("post_coefficients", "按岗位(业务接侍: 0.4)", "post-unknown"),
        ("output_rate", "0.6% 自 2026-01-01; 0.7%", "syntax"),
        ("output_rate", "0.6% 自 2026-01-01\n[一] 门店 甲 a = 1元 #", "syntax"),
        ("output_rate", "0.6% #", "character-not-allowed"),
        ("output_rate", "", "syntax"),
    ],
)
def test_a_value_that_the_plan_cannot_use_is_refused_with_the_reason(name: str, written: str, code: str) -> None:
    with pytest.raises(ParameterValueInvalid) as refused:
        amending_statement(shipped_text(), shipped_plan().parameters[name], written, DAY)
    assert code in {error["code"] for error in refused.value.errors}
    assert {error["pointer"] for error in refused.value.errors} == {"/value"}


def test_the_value_begun_last_holds_and_of_one_day_the_last_that_was_set() -> None:
    plan = parse_plan(PLAN)
    price = plan.parameters["per_car"].values[0]

    def value(since: date, version: str) -> Amendment:
        return Amendment("per_car", DatedValue(price.value, "", since, None, version))

    with_values = amended(plan, [value(date(2026, 6, 1), "v1"), value(date(2026, 9, 1), "v2"), value(DAY, "v3")])

    def holding(day: date) -> str:
        found = with_values.parameters["per_car"].in_force(day)
        return "" if found is None else found.reference

    assert holding(date(2026, 5, 31)) == "2026-01-01"
    assert holding(date(2026, 8, 31)) == "2026-06-01 v1"
    assert holding(date(2026, 9, 30)) == "2026-09-01 v3"
    assert amended(plan, []) == plan
    assert make_input().amendments == ()


class Office:
    def __init__(self, small: SmallMonth, plan: str) -> None:
        self.small, self.client, self.plan = small, small.client, plan

    def who(self, subject: str, role: str = "payroll_clerk") -> dict[str, str]:
        return bearer(self.small.keys, "payroll", role, stores=[self.small.store], subject=subject)

    async def propose(self, **changes: Any) -> httpx.Response:
        body = {"plan": self.plan, "name": "per_car", "value": "15元/台", "valid_from": "2026-09-01", "reason": "调价"}
        return await self.client.post("/v1/plan-parameters", json={**body, **changes}, headers=self.who("wang"))

    async def act(self, value: str, verb: str, subject: str, version: int = 1) -> httpx.Response:
        headers = self.who(subject) | {"If-Match": f'"{version}"'}
        return await self.client.post(f"/v1/plan-parameters/{value}/{verb}", json={"note": "核对"}, headers=headers)

    async def set(self, **changes: Any) -> dict[str, Any]:
        proposed = await self.propose(**changes)
        assert proposed.status_code == 201, proposed.text
        approved = await self.act(proposed.json()["id"], "approve", "li")
        assert approved.status_code == 200, approved.text
        found: dict[str, Any] = approved.json()
        return found


def said(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body["status"] if answer.is_success else body["type"].rpartition(":")[2]


@pytest.fixture
async def office(small: SmallMonth) -> Office:
    """SA01 has two cars in September: with the text's own value 24.00."""
    await small.prepare()
    await small.tell()
    created = await small.client.post("/v1/plans", json={"text": PLAN, "examples": [EXAMPLE]}, headers=small.headers)
    plan = await put_in_force(small.client, created.json(), small.keys, small.store, effective_from="2026-01-01")
    return Office(small, plan["id"])


async def test_a_value_counts_once_somebody_else_approves_it_and_the_trace_says_which(office: Office) -> None:
    proposed = (await office.propose()).json()
    assert (await office.small.run())["total"] == "24.00"
    assert said(await office.act(proposed["id"], "approve", "wang")) == (409, "second-person-needed")
    assert said(await office.act(proposed["id"], "approve", "li")) == (200, "approved")
    run = await office.small.run()
    assert run["total"] == "30.00"
    node = (await office.small.read(f"/v1/runs/{run['id']}/trace/car_bonus/SA01"))["node"]
    (price,) = (read for read in node["inputs"] if read["source"] == "parameter")
    assert price["reference"] == f"2026-09-01 v1 {proposed['hash'][:12]}"
    assert said(await office.act(proposed["id"], "withdraw", "li", 2)) == (409, "parameter-decided")


async def test_a_value_that_decides_which_facts_count_is_in_the_trace_too(office: Office) -> None:
    value = await office.set(name="计入事故", value="否")
    run = await office.small.run()
    node = (await office.small.read(f"/v1/runs/{run['id']}/trace/cars/SA01"))["node"]
    (read,) = (read for read in node["inputs"] if read["source"] == "parameter")
    assert (read["name"], read["chinese"], read["value"]) == ("accidents_count", "计入事故", False)
    assert read["reference"].endswith(value["hash"][:12])


async def test_values_hold_from_their_day_and_supersede_each_other(office: Office) -> None:
    await office.set(valid_from="2026-10-01", value="99元/台")
    assert (await office.small.run())["total"] == "24.00"
    await office.set(valid_from="2026-09-30", value="15元/台")
    assert (await office.small.run())["total"] == "30.00"
    await office.set(valid_from="2026-09-30", value="16元/台")
    assert (await office.small.run())["total"] == "32.00"
    found = await office.small.read(f"/v1/plans/{office.plan}/parameters?on=2026-09-30")
    price = next(each for each in found["parameters"] if each["name"] == "per_car")
    assert (price["value"], price["since"], price["number"]) == ("16元/台", "2026-09-30", 3)
    text = await office.small.read(f"/v1/plans/{office.plan}/parameters?on=2026-08-31")
    own = next(each for each in text["parameters"] if each["name"] == "per_car")
    assert (own["value"], own["number"], own["hash"]) == ("12元/台", None, None)
    history = await office.small.read(f"/v1/plan-parameters?plan={office.plan}&name=per_car")
    assert [(each["number"], each["value"], each["proposed_by"], each["decided_by"]) for each in history["items"]] == [
        (1, "99元/台", "wang", "li"), (2, "15元/台", "wang", "li"), (3, "16元/台", "wang", "li"),
    ]  # fmt: skip


async def test_an_older_value_of_a_day_is_not_approved_after_a_newer_one(office: Office) -> None:
    older, newer = [(await office.propose(value=value)).json() for value in ("15元/台", "16元/台")]
    assert said(await office.act(newer["id"], "approve", "li")) == (200, "approved")
    assert said(await office.act(older["id"], "approve", "li")) == (409, "parameter-superseded")
    assert said(await office.act(older["id"], "withdraw", "wang")) == (200, "withdrawn")


async def test_the_examples_of_the_plan_run_with_the_values_of_its_text(office: Office) -> None:
    await office.set()
    checked = await office.client.post(f"/v1/plans/{office.plan}/check", headers=office.who("wang"))
    assert checked.json()["passed"]


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"name": "per_cars"}, (422, "parameter-unknown")),
        ({"value": "15元"}, None),
        ({"value": "15"}, (422, "parameter-value-invalid")),
        ({"value": "很多"}, (422, "parameter-value-invalid")),
        ({"valid_from": "1999-12-31"}, (422, "invalid")),
        ({"reason": " "}, (422, "invalid")),
        ({"plan": "019984f0-0000-7000-8000-000000000000"}, (404, "not-found")),
    ],
)
async def test_a_value_that_cannot_be_is_refused_and_leaves_nothing(
    office: Office, changes: dict[str, Any], refused: tuple[int, str] | None
) -> None:
    answer = await office.propose(**changes)
    assert said(answer) == (refused or (201, "proposed"))
    assert changes.get("name") is None or answer.json()["detail"].endswith(" → per_car")
    kept = (await office.small.read("/v1/plan-parameters"))["items"]
    assert len(kept) == (refused is None)


async def test_whoever_has_the_content_computes_the_hash_again(office: Office) -> None:
    value = await office.set()
    plan = await office.small.read(f"/v1/plans/{office.plan}")
    assert value["hash"] == value_hash(plan["hash"], FileValue("per_car", "15元/台", DAY, ""))


async def test_two_values_proposed_at_once_have_numbers_of_their_own(office: Office) -> None:
    answers = await asyncio.gather(*(office.propose(value=f"{price}元/台") for price in (15, 16, 17)))
    assert sorted(answer.json()["number"] for answer in answers) == [1, 2, 3]


async def test_values_are_told_and_for_those_who_prepare_pay(
    office: Office, client: httpx.AsyncClient, keys: Keys, other_store: AStore
) -> None:
    value = await office.set()
    told = [each for each in await feed_of(client, keys, "payroll") if each["type"] == "payroll.parameter.changed"]
    assert [each["data"]["status"] for each in told] == ["proposed", "approved"]
    assert not [fault for each in told for fault in faults_of(each["type"], each["data"])]
    advisor, neighbour = office.who("chen", "service_advisor"), bearer(
        keys, "payroll", "administrator", stores=[other_store]
    )  # fmt: skip
    address = f"/v1/plan-parameters/{value['id']}"
    assert (await client.get(address, headers=advisor)).status_code == 403
    assert (await client.get(address, headers=neighbour)).status_code == 404
    assert (await client.get("/v1/plan-parameters", headers=neighbour)).json()["items"] == []
    approve = await client.post(f"{address}/approve", json={"note": "x"}, headers=neighbour | {"If-Match": '"2"'})
    assert approve.status_code == 404


@pytest.mark.parametrize("change", ["UPDATE plan_parameter SET value = '1元/台'", "DELETE FROM plan_parameter"])
async def test_the_database_itself_keeps_an_approved_value(
    office: Office, payroll_database: Clone, change: str
) -> None:
    await office.set()
    connection = await asyncpg.connect(payroll_database.app_url)
    await connection.execute("SELECT set_config('app.store', $1, false)", str(office.small.store.id))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await connection.execute(change)
    await connection.close()


async def test_no_value_begins_in_a_month_that_is_locked(office: Office) -> None:
    waiting = (await office.propose()).json()
    run = await office.small.run()
    locked = await office.client.post(
        "/v1/pay-months/2026-09/lock", json={"run": run["id"]}, headers=office.small.headers | {"If-Match": '"0"'}
    )
    assert locked.status_code == 200, locked.text
    assert said(await office.act(waiting["id"], "approve", "li")) == (409, "month-settled")
    assert said(await office.propose(valid_from="2026-09-30")) == (409, "month-settled")
    assert said(await office.propose(valid_from="2026-10-01")) == (201, "proposed")


async def test_the_difference_of_plans_tells_approved_values_beside_their_texts(office: Office) -> None:
    """A proposed one counts in no run, and is no difference."""
    text = {"text": PLAN, "examples": [EXAMPLE]}
    other = (await office.small.client.post("/v1/plans", json=text, headers=office.small.headers)).json()["id"]
    address = f"/v1/plans/{office.plan}/difference?from={other}"
    await office.propose(value="14元/台")
    assert (await office.small.read(address))["changes"] == []
    await office.set(value="15元/台")
    (change,) = (await office.small.read(address))["changes"]
    assert (change["name"], change["changes_pay"]) == ("per_car", True)
    assert "15元/台" in change["chinese"]
