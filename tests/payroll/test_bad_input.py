"""What clerks get wrong, item by item, through the API: refused or pointed out by name, and nothing half stored."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.harness import AStore, Keys, bearer, deliver, make_event
from tests.payroll import makers
from tests.payroll.plans_in_force import put_in_force
from tests.payroll.small_month import PEOPLE, SmallMonth
from tests.payroll.test_api_plans import SMALL, small_example

STEP = "[甲] 门店 台次 cars = 计数(工单; 非(已取消); 月份(进厂日期) = 本月)"
PAYMENT = "[乙] 个人(业务接待) 台次奖 car_bonus = 台次 × 每台奖金"
REFUSED = {
    "a cycle": (
        PAYMENT, PAYMENT + " + 补贴\n[乙] 个人(业务接待) 补贴 extra = 台次奖", "cycle", "台次奖 → 补贴 → 台次奖",
    ),
    "an unknown name with a near match": ("台次 × 每台奖金", "台数 × 每台奖金", "name-unknown", "台次"),
    "a tier table with a gap": (
        "台次 × 每台奖金", "台次 × 每台奖金 × 档位(台次; <10: 1; >12: 2)", "tier-gap", "10",
    ),
    "money and hours": ("台次 × 每台奖金", "台次 × 每台奖金 + 2工时", "units-differ", "元"),
}  # fmt: skip
"""What stands there, what is written instead, what it is called, and what is said of it."""


@pytest.fixture
def clerk(keys: Keys, store: AStore) -> dict[str, str]:
    return bearer(keys, "payroll", "payroll_clerk", stores=[store])


async def test_a_plan_that_cannot_be_meant_is_refused_with_its_place_and_advice_and_not_kept(
    client: httpx.AsyncClient, clerk: dict[str, str]
) -> None:
    for what, (right, wrong, code, said) in REFUSED.items():
        assert right in SMALL
        text = SMALL.replace(right, wrong)
        answer = await client.post(
            "/v1/plans", json={"text": text, "examples": [small_example("20.00")]}, headers=clerk
        )
        problem = answer.json()
        assert (answer.status_code, problem["errors"][0]["code"]) == (422, code), (what, answer.text)
        assert said in str(problem["errors"][0]), (what, problem)
    assert (await client.get("/v1/plans", headers=clerk)).json()["items"] == []


async def test_a_plan_typed_with_a_byte_order_mark_tabs_and_full_width_signs_says_what_was_meant(
    client: httpx.AsyncClient, clerk: dict[str, str]
) -> None:
    odd = "\ufeff" + SMALL.replace("10元", "１０元").replace(" = ", "\t＝\t").replace("(", "（").replace("×", "＊")
    for text in (SMALL, odd.replace("\n", "\r\n")):
        body = {"text": text, "examples": [small_example("20.00")]}
        plan = (await client.post("/v1/plans", json=body, headers=clerk)).json()
        checked = await client.post(f"/v1/plans/{plan['id']}/check", headers=clerk)
        assert (checked.status_code, "false" in checked.text) == (200, False), checked.text
        assert plan["text"] == text, "kept as it was typed"


async def test_a_parameter_without_a_value_for_the_month_fails_the_run_with_its_name(small: SmallMonth) -> None:
    await small.prepare()
    text = SMALL.replace("自 2026-01-01", "自 2026-01-01 至 2026-08-31")
    made = await small.client.post(
        "/v1/plans", json={"text": text, "examples": [small_example("20.00")]}, headers=small.headers
    )
    await put_in_force(small.client, made.json(), small.keys, small.store, effective_from="2026-09-01")
    run = await small.run()
    assert (run["status"], run["problem"]["type"]) == ("failed", "urn:aftermile:problem:parameter-without-value")
    assert "每台奖金" in run["problem"]["detail"]


async def take_in(small: SmallMonth, resource: str, *rows: dict[str, Any]) -> list[str]:
    body = {"source": "dms", "rows": [{**row, "row": place} for place, row in enumerate(rows, 2)]}
    answer = await small.client.post(f"/v1/bulk/{resource}", json=body, headers=small.headers)
    assert answer.status_code == 200, answer.text
    return [result["outcome"] for result in answer.json()["results"]]


async def test_a_score_for_someone_who_left_pays_and_docks_nobody_and_is_pointed_out(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    left = await small.client.patch(
        "/v1/employees/SA02", json={"left_on": "2026-09-20"}, headers=small.headers | {"If-Match": '"1"'}
    )
    assert left.status_code == 200, left.text
    before = await small.run()
    await take_in(small, "review-scores", {"month": "2026-09", "employee": "SA02", "score": "80"})
    run = await small.run()
    assert "SA02" in {each["subject"] for each in run["warnings"] if each["code"] == "review-score-unknown"}
    assert run["total"] == before["total"]


async def test_pools_of_nothing_and_below_pay_nobody_and_the_rest_is_paid(small: SmallMonth) -> None:
    """A sum of coefficients of zero leaves the pool to nobody, by name; more consumables than hours are a pool of 0."""
    await small.prepare()
    await small.tell()
    await take_in(small, "employees", {**PEOPLE[2], "coefficient": "0", "effective_from": "2026-09-01"})
    run = await small.run()
    assert ("pool-unassigned", "机电一组") in {(each["code"], each["subject"]) for each in run["warnings"]}
    assert (run["status"], run["unassigned"], run["total"]) == ("completed", "184.62", "1.80")
    used = {"id": makers.identity("used"), "team": "机电一组", "used_on": "2026-09-05", "amount": "9999.00",
            "item": "砂纸", "ordinal": 1, "order_number": None}  # fmt: skip
    event = make_event("workorder.consumables.used", used, store=small.store.id)
    await deliver(small.app, "workorder", small.store.id, event)
    again = await small.run()
    assert (again["status"], again["unassigned"], Decimal(again["total"])) == ("completed", "0.00", Decimal("1.80"))
