"""Plans through the API: worked examples, what is wrong with a text, activation, trials."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from services.payroll.service.plans.plans import template_named
from tests.harness import AStore, Keys, bearer
from tests.payroll.plans_in_force import put_in_force

EXAMPLES: list[dict[str, Any]] = template_named("4s-after-sales").examples["examples"]
AS_SHIPPED = [example for example in EXAMPLES if "parameters" not in example]
SMALL = """计划 "小方案" "small plan"
[甲] 参数 每台奖金 per_car = 10元 自 2026-01-01
[甲] 门店 台次 cars = 计数(工单; 非(已取消); 月份(进厂日期) = 本月)
[乙] 个人(业务接待) 台次奖 car_bonus = 台次 × 每台奖金
[乙] 发放 台次奖
"""


@pytest.fixture
def clerk(keys: Keys, store: AStore) -> dict[str, str]:
    return bearer(keys, "payroll", "payroll_clerk", stores=[store])


def small_example(amount: str) -> dict[str, Any]:
    return {
        "name": {"zh": "两台车", "en": "two cars"}, "clause": "乙", "month": "2026-03",
        "people": [{"number": "SA01", "post": "业务接待"}],
        "facts": [
            {"kind": "order", "order_number": "W1", "order_kind": "repair", "opened_on": "2026-03-02"},
            {"kind": "工单", "order_number": "W2", "order_kind": "repair", "opened_on": "2026-03-31"},
        ],
        "expect": {"totals": {"SA01": amount}},
    }  # fmt: skip


async def draft(client: httpx.AsyncClient, clerk: dict[str, str], **body: Any) -> dict[str, Any]:
    created = await client.post("/v1/plans", json=body, headers=clerk)
    assert created.status_code == 201, created.text
    found: dict[str, Any] = created.json()
    return found


async def test_the_shipped_plan_is_offered_and_its_examples_pass(
    client: httpx.AsyncClient, clerk: dict[str, str]
) -> None:
    offered = (await client.get("/v1/plan-templates", headers=clerk)).json()["templates"]
    assert {template["name"] for template in offered} >= {"4s-after-sales"}
    plan = await draft(client, clerk, template="4s-after-sales")
    assert (plan["status"], plan["template"], plan["version"]) == ("draft", "4s-after-sales", 1)
    assert {"name": "vat_rate", "clause": "默认 15"}.items() <= next(
        parameter for parameter in plan["parameters"] if parameter["name"] == "vat_rate"
    ).items()
    checked = (await client.post(f"/v1/plans/{plan['id']}/check", headers=clerk)).json()
    assert checked["passed"], checked
    assert len(checked["examples"]) == len(EXAMPLES) > 0


@pytest.mark.parametrize("example", AS_SHIPPED, ids=[example["name"]["en"] for example in AS_SHIPPED])
async def test_a_worked_example_tried_through_the_api_gives_what_it_says(
    client: httpx.AsyncClient, clerk: dict[str, str], example: dict[str, Any]
) -> None:
    plan = await draft(client, clerk, template="4s-after-sales")
    given = {
        name: example[name] for name in ("month", "people", "targets", "review_scores", "facts") if name in example
    }
    tried = await client.post(f"/v1/plans/{plan['id']}/trial", json=given, headers=clerk)
    expected = example["expect"]
    if "refusal" in expected:
        assert tried.json()["type"] == f"urn:aftermile:problem:{expected['refusal']}"
        return
    assert tried.status_code == 200, tried.text
    body = tried.json()
    for employee, amount in expected.get("totals", {}).items():
        assert Decimal(body["totals"].get(employee, "0")) == Decimal(amount)
    for employee, lines in expected.get("lines", {}).items():
        paid = {line["component"]: Decimal(line["amount"]) for line in body["lines"] if line["employee"] == employee}
        assert paid == {name: Decimal(amount) for name, amount in lines.items() if Decimal(amount)}
    assert Decimal(body["total"]) == sum(Decimal(line["amount"]) for line in body["lines"])


async def test_a_text_with_errors_is_refused_with_lines_and_columns_and_leaves_nothing(
    client: httpx.AsyncClient, clerk: dict[str, str]
) -> None:
    refused = await client.post("/v1/plans", json={"text": SMALL.replace("计数(工单", "计数(车单")}, headers=clerk)
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (422, "urn:aftermile:problem:plan-invalid")
    assert problem["errors"][0]["pointer"].startswith("/text/3/")
    assert (await client.get("/v1/plans", headers=clerk)).json()["items"] == []
    unreadable = {"text": SMALL, "examples": [{"name": {"zh": "甲", "en": "a"}}]}
    assert (await client.post("/v1/plans", json=unreadable, headers=clerk)).status_code == 422
    assert (await client.get("/v1/plans", headers=clerk)).json()["items"] == []


async def test_a_plan_whose_example_fails_cannot_be_activated(client: httpx.AsyncClient, clerk: dict[str, str]) -> None:
    plan = await draft(client, clerk, text=SMALL, examples=[small_example("21.00")])
    refused = await client.post(
        f"/v1/plans/{plan['id']}/activate", json={"effective_from": "2026-03-01"}, headers=clerk | {"If-Match": '"1"'}
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:plan-examples-fail")
    (failed,) = refused.json()["examples"]
    assert failed["name"]["en"] == "two cars"
    assert failed["differences"] == [{"what": "SA01 total", "expected": "21.00", "actual": "20.00"}]
    read = (await client.get(f"/v1/plans/{plan['id']}", headers=clerk)).json()
    assert (read["status"], read["text"]) == ("draft", SMALL)


async def test_an_active_plan_stays_as_it_is(
    client: httpx.AsyncClient, clerk: dict[str, str], keys: Keys, store: AStore
) -> None:
    plan = await draft(client, clerk, text=SMALL, examples={"examples": [small_example("20.00")]})
    activate = f"/v1/plans/{plan['id']}/activate"
    body = {"effective_from": "2026-03-01"}
    assert (await client.post(activate, json=body, headers=clerk)).status_code == 428
    active = await put_in_force(client, plan, keys, store, **body)
    assert (active["reviewed_by"], active["activated_by"], active["effective_from"]) == (
        "second",
        "second",
        "2026-03-01",
    )
    again = await client.post(activate, json=body, headers=clerk | {"If-Match": '"3"'})
    assert (again.status_code, again.json()["type"]) == (409, "urn:aftermile:problem:plan-already-active")
    rival = await draft(client, clerk, text=SMALL, examples=[small_example("20.00")])
    headers = bearer(keys, "payroll", "service_manager", stores=[store], subject="second")
    await client.post(f"/v1/plans/{rival['id']}/review", json={"note": "看过"}, headers=headers | {"If-Match": '"1"'})
    taken = await client.post(f"/v1/plans/{rival['id']}/activate", json=body, headers=headers | {"If-Match": '"2"'})
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:aftermile:problem:plan-date-taken")


async def test_a_plan_without_examples_cannot_be_activated(client: httpx.AsyncClient, clerk: dict[str, str]) -> None:
    plan = await draft(client, clerk, text=SMALL)
    refused = await client.post(f"/v1/plans/{plan['id']}/activate", headers=clerk | {"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:plan-examples-fail")


async def test_a_trial_names_what_it_cannot_read(client: httpx.AsyncClient, clerk: dict[str, str]) -> None:
    plan = await draft(client, clerk, text=SMALL)
    given = {"month": "2026-03", "people": [], "facts": [{"kind": "receipt", "amount": 12.5}]}
    refused = await client.post(f"/v1/plans/{plan['id']}/trial", json=given, headers=clerk)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:aftermile:problem:trial-invalid")
    assert refused.json()["errors"][0]["pointer"] == "/facts/0/amount"


CREW: dict[str, Any] = {
    **{name: small_example("20.00")[name] for name in ("month", "facts")},
    "people": [{"number": "SA01", "post": "业务接待"}, {"number": "J1", "post": "机电技师"},
               {"number": "X1", "post": "洗车工（夜班）"}],
}  # fmt: skip
BOTH = SMALL.replace("(业务接待)", "")
"""Everybody gets the bonus."""


async def test_a_trial_pays_those_whom_the_plan_would_pay(
    client: httpx.AsyncClient, clerk: dict[str, str], keys: Keys, store: AStore
) -> None:
    """A draft everybody, or those of the posts that are named; an active plan those of its own."""
    examples = [{**small_example("20.00"), "people": CREW["people"], "posts": ["mechanic"],
                 "expect": {"totals": {"SA01": "0", "J1": "20.00"}}}]  # fmt: skip
    plan = await draft(client, clerk, text=BOTH, examples=examples)

    async def paid(**body: Any) -> dict[str, str]:
        tried = await client.post(f"/v1/plans/{plan['id']}/trial", json={**CREW, **body}, headers=clerk)
        assert tried.status_code == 200, tried.text
        assert sum(map(Decimal, tried.json()["totals"].values())) == Decimal(tried.json()["total"])
        found: dict[str, str] = tried.json()["totals"]
        return found

    assert await paid() == {"J1": "20.00", "SA01": "20.00", "X1": "20.00"}
    assert await paid(posts=["机电技师", "洗车工(夜班)"]) == {"J1": "20.00", "X1": "20.00"}
    await put_in_force(client, plan, keys, store, effective_from="2026-03-01", posts=["mechanic"])
    assert await paid() == {"J1": "20.00"}
    assert await paid(posts=["业务接待"]) == {"SA01": "20.00"}
    for posts, pointer in ((["mechanic", "机电师"], "/posts/1"), ([], "/posts"), ([" "], "/posts/0")):
        refused = await client.post(f"/v1/plans/{plan['id']}/trial", json={**CREW, "posts": posts}, headers=clerk)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_trial_takes_the_values_that_a_run_would_take(
    client: httpx.AsyncClient, clerk: dict[str, str], keys: Keys, store: AStore
) -> None:
    plan = await draft(client, clerk, text=SMALL, examples=[small_example("20.00")])
    value = {"plan": plan["id"], "name": "per_car", "value": "15元", "valid_from": "2026-03-01", "reason": "涨"}
    proposed = (await client.post("/v1/plan-parameters", json=value, headers=clerk)).json()
    second = bearer(keys, "payroll", "service_manager", stores=[store], subject="second")
    address = f"/v1/plan-parameters/{proposed['id']}/approve"
    for total in ("20.00", "30.00"):
        tried = await client.post(f"/v1/plans/{plan['id']}/trial", json=CREW, headers=clerk)
        assert tried.json()["total"] == total
        await client.post(address, json={"note": "同意"}, headers=second | {"If-Match": '"1"'})


async def test_plans_are_for_those_who_prepare_pay(
    client: httpx.AsyncClient, keys: Keys, store: AStore, clerk: dict[str, str], other_store: AStore
) -> None:
    plan = await draft(client, clerk, text=SMALL)
    advisor = bearer(keys, "payroll", "service_advisor", stores=[store], employee="SA01")
    assert (await client.get(f"/v1/plans/{plan['id']}", headers=advisor)).status_code == 403
    neighbour = bearer(keys, "payroll", "payroll_clerk", stores=[other_store])
    assert (await client.get(f"/v1/plans/{plan['id']}", headers=neighbour)).status_code == 404


@pytest.mark.parametrize(
    "examples",
    [
        '{"examples": [], "more": NaN}', '{"examples": [], "plan": "a\\u0000"}', '{"examples": [], "\\ud800": 1}',
        '{"examples": [], "more": ' + "[" * 400 + "]" * 400 + "}",
    ],
    ids=["no number", "no sign", "half a sign", "deep"],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/v1/plans", "/v1/plans/import"])
async def test_examples_that_cannot_be_kept_are_refused_and_leave_nothing(
    client: httpx.AsyncClient, clerk: dict[str, str], examples: str, address: str
) -> None:
    zeros = "0" * 64
    file: dict[str, Any] = {
        "format": "aftermile.plan-file/1", "chinese": "小", "english": "s", "template": None, "parameters": [],
        "text_hash": zeros, "examples_hash": zeros, "hash": zeros,
    }  # fmt: skip
    body = json.dumps({"text": SMALL, **(file if address.endswith("import") else {})})
    content = f'{body[:-1]}, "examples": {examples}}}'
    headers = {**clerk, "content-type": "application/json"}
    refused = await client.post(address, content=content, headers=headers)
    assert 400 <= refused.status_code < 500, refused.text
    assert (await client.get("/v1/plans", headers=clerk)).json()["items"] == []
