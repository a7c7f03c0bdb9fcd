"""Two shipped plans at once, one for the mechanics, one for everybody else: from a run to a corrected month."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from services.payroll.domain.month import Month
from services.payroll.models import Run
from services.payroll.service.forecasts import target_proposals
from tests.calls import statements_of
from tests.harness import deliver
from tests.payroll import makers
from tests.payroll.plans_in_force import activated, put_in_force
from tests.payroll.small_month import SmallMonth
from tests.payroll.test_pay_months import SEPTEMBER, Office, office, refused
from tests.payroll.test_what_ifs import answered, ask

__all__ = ["office"]
MECHANICS = ["机电技师"]


async def add_tiered(small: SmallMonth, **body: Any) -> dict[str, Any]:
    """Mechanics by their own hours: 8 yuan an hour up to 120."""
    created = await small.client.post("/v1/plans", json={"template": "tiered-attainment"}, headers=small.headers)
    body = {"effective_from": "2026-09-01", "posts": MECHANICS, **body}
    return await put_in_force(small.client, created.json(), small.keys, small.store, **body)


async def work(small: SmallMonth, line: int, hours: str, technician: str = "J101") -> None:
    store = small.store.id
    done = makers.labour_event(store, "W1", line, hours, technician=technician)
    await deliver(small.app, "workorder", store, done)


async def totals(small: SmallMonth, run: dict[str, Any]) -> dict[str, str]:
    assert run["status"] == "completed", run["problem"]
    found = await small.read(f"/v1/runs/{run['id']}/statements")
    assert found["total"] == run["total"]
    return {each["employee"]: each["total"] for each in found["items"]}


async def test_a_month_by_two_plans_pays_each_person_what_his_own_would(office: Office) -> None:
    """The desk as before: 600 × 0.5% × 0.6 × 1 = 1.80, halved. Of ten hours of the team J101 did 4, J102 12.5:
    32.00 and 100.00, where the pool of 26.5 hours × 120 ÷ 1.17 × 18% would have been 489.23."""
    small = office.small
    await work(small, 5, "4.00")
    await work(small, 6, "12.50", "J102")
    before = await small.run()
    tiered = await add_tiered(small)
    run = await small.run()
    assert await totals(small, run) == {"SA01": "0.90", "SA02": "0.90", "J101": "32.00", "J102": "100.00"}
    assert sum(Decimal(each) for number, each in (await totals(small, before)).items() if number[0] == "J") == Decimal(
        "489.23"
    )
    assert [(each["prefix"], each["posts"], each["of_month"]) for each in run["plans"]] == [
        ("", None, None), ("mechanic:", ["mechanic"], None),
    ]  # fmt: skip
    assert (run["plans"][1]["plan_id"], run["plans"][1]["hash"]) == (tiered["id"], tiered["hash"])
    assert (run["plan_id"], run["plan_hash"]) == (before["plan_id"], before["plan_hash"])
    assert [each["plan_id"] for each in before["plans"]] == [before["plan_id"]]
    again = await small.run()
    assert again["hash"] == run["hash"] != before["hash"]
    assert run["unassigned"] == "0.00"
    assert not [each for each in run["warnings"] if each["code"] in {"person-unknown", "pool-unassigned"}]


async def test_figures_pools_and_traces_of_two_plans_stay_apart(office: Office) -> None:
    small = office.small
    await work(small, 5, "4.00")
    await add_tiered(small)
    run = await small.run()
    figures = await small.read(f"/v1/runs/{run['id']}/figures")
    assert figures["people"]["mechanic:own_hours"] == {"J101": "4", "J102": "0"}
    assert figures["teams"]["team_hours"] == {}
    assert figures["store"]["car_count"] == figures["store"]["mechanic:car_count"] == "2"
    assert [(pool["step"], pool["paid"]) for pool in figures["pools"] if pool["paid"] != "0.00"] == [("share", "1.80")]
    lines = (await small.read(f"/v1/runs/{run['id']}/lines"))["items"]
    (own,) = [line for line in lines if line["employee"] == "J101"]
    assert (own["node"], own["component"], own["clause"]) == (
        "mechanic:hours_commission/J101",
        "hours_commission",
        "二.1",
    )
    (nothing,) = (await small.read(f"/v1/runs/{run['id']}/unpaid/J102", small.person("J102", "technician")))["items"]
    assert (nothing["node"], nothing["withheld"]) == ("mechanic:hours_commission/J102", None)
    paid = await small.read(f"/v1/runs/{run['id']}/explain/mechanic:hours_commission.condition/J101?language=zh")
    assert paid["sentences"][0]["text"] == "曾轩（J101）的工时提成发放条件 成立＝非 试用期（否）（条款 四）"
    himself = small.person("J101", "technician")
    trace = await small.read(f"/v1/runs/{run['id']}/trace/{own['id']}", himself)
    read = {each["chinese"]: each["reference"] for each in trace["node"]["inputs"]}
    assert read["第一段"] == "mechanic:first_band/J101"
    band = await small.read(f"/v1/runs/{run['id']}/trace/{read['第一段']}", himself)
    hours = await small.read(f"/v1/runs/{run['id']}/trace/{band['node']['inputs'][0]['reference']}", himself)
    assert [(fact["kind"], fact["hours"], fact["person"]) for fact in hours["facts"]] == [("labour", "4.00", "J101")]
    refused(await small.client.get(f"/v1/runs/{run['id']}/trace/share/SA01", headers=himself), 403, "pay-not-yours")
    told = await small.read(f"/v1/runs/{run['id']}/explain/{own['id']}?language=zh", himself)
    assert told["sentences"][0]["text"].startswith(
        "曾轩（J101）2026-09 工时提成 32.00 元＝第一段 32.00 + 第二段 0.00 + 第三段 0.00"
    )


async def test_a_closed_month_is_corrected_by_the_plans_that_it_was_closed_on(office: Office) -> None:
    """Two hours more of J101's for September, after it was closed by two plans: 16.00 in October, when the first plan
    pays everybody again; and nothing for the pool of the first plan, which had not paid the mechanics."""
    small, store = office.small, office.small.store.id
    await work(small, 5, "4.00")
    tiered = await add_tiered(small)
    closed = await office.close()
    assert closed["total"] == "33.80"
    proof = await small.read(f"{SEPTEMBER}/statements/J101", small.person("J101", "technician"))
    assert (proof["total"], '"node":"mechanic:hours_commission/J101"' in proof["document"]) == ("32.00", True)
    await put_away(small, tiered)
    await work(small, 6, "2.00")
    await deliver(small.app, "workorder", store, makers.payment_event(store, "W1", "400.00", ordinal=2))
    run = await small.run("2026-10")
    assert run["status"] == "completed", run["problem"]
    assert [(each["prefix"], each["of_month"]) for each in run["plans"]] == [
        ("", None), ("", "2026-09"), ("mechanic:", "2026-09"),
    ]  # fmt: skip
    lines = (await small.read(f"/v1/runs/{run['id']}/lines"))["items"]
    late = {line["employee"]: line for line in lines if line["of_month"]}
    assert {number: line["amount"] for number, line in late.items()} == {
        "J101": "16.00",
        "SA01": "1.60",
        "SA02": "1.60",
    }
    trace = await small.read(f"/v1/runs/{run['id']}/trace/{late['J101']['id']}")
    assert [(each["source"], each["chinese"], each["reference"]) for each in trace["node"]["inputs"]] == [
        ("paid", "已发", "2026-09"), ("step", "工时提成", "2026-09:mechanic:hours_commission/J101"),
    ]  # fmt: skip


async def test_a_month_is_not_locked_on_a_run_from_before_one_of_its_plans_ended(office: Office) -> None:
    small = office.small
    tiered = await add_tiered(small)
    run = await small.run("2026-10")
    await put_away(small, tiered)
    old = await office.send("/v1/pay-months/2026-10/lock", office.clerk, {"run": run["id"]}, 0)
    refused(old, 409, "run-outdated")
    assert (await office.lock("2026-10"))["state"] == "locked"


async def test_no_plan_begins_or_ends_in_a_month_that_is_locked(office: Office) -> None:
    small = office.small
    tiered = await add_tiered(small)
    await office.lock()
    draft = (await small.client.post("/v1/plans", json={"template": "pay-per-car"}, headers=small.headers)).json()
    late = await activated(small.client, draft, small.keys, small.store, effective_from="2026-09-30")
    refused(late, 409, "month-settled")
    refused(await ended(small, tiered, "2026-09-30"), 409, "month-settled")
    assert (await ended(small, tiered, "2026-10-01")).json()["ended_from"] == "2026-10-01"


async def put_away(small: SmallMonth, plan: dict[str, Any]) -> None:
    answer = await ended(small, plan, "2026-10-01")
    assert answer.status_code == 200, answer.text


async def ended(small: SmallMonth, plan: dict[str, Any], day: str) -> httpx.Response:
    headers = small.headers | {"If-Match": f'"{plan["version"]}"'}
    body = {"effective_from": day, "because": "试行结束"}
    return await small.client.post(f"/v1/plans/{plan['id']}/end", json=body, headers=headers)


async def test_what_if_another_plan_were_for_some_posts_or_one_of_two_had_other_values(office: Office) -> None:
    small = office.small
    await work(small, 5, "4.00")
    await small.run()
    created = await small.client.post("/v1/plans", json={"template": "tiered-attainment"}, headers=small.headers)
    plan = created.json()["id"]
    tried = await answered(small, plan_id=plan, posts=MECHANICS)
    assert tried["posts"] == ["mechanic"]
    found = await pay(small, tried)
    assert (set(found), found["J101"][1]) == ({"J101", "J102"}, "32.00"), "the desk is paid as before"
    assert (tried["result"]["unchanged"], tried["result"]["losers"]["people"]) == (0, 2)
    tiered = await add_tiered(small)
    run = await small.run()
    assert await totals(small, run) == {"SA01": "0.90", "SA02": "0.90", "J101": "32.00"}
    assert tried["months"][0]["then"] == tried["result"]["then"] == run["total"], "the cost is the whole store's"
    dearer = {"parameters": [{"name": "第一段单价", "value": "10元/工时"}]}
    for asked in (dearer, dearer | {"plan_id": tiered["id"]}):
        month = (tried := await answered(small, **asked))["months"][0]
        assert await pay(small, tried) == {"J101": ("32.00", "40.00")}, "for the posts that the plan pays"
        assert (month["same_as_run"], month["now"], month["difference"]) == (True, run["total"], "8.00")
    general = await small.client.post("/v1/plans", json={"template": "4s-after-sales"}, headers=small.headers)
    back = await answered(small, plan_id=general.json()["id"], posts=MECHANICS)
    assert (await pay(small, back))["J101"][0] == "32.00"
    same = await answered(small, plan_id=general.json()["id"])
    assert {month["difference"] for month in same["months"]} == {"0.00"}


async def pay(small: SmallMonth, what_if: dict[str, Any]) -> dict[str, tuple[str, str]]:
    assert what_if["status"] == "completed", what_if["problem"]
    items = (await small.read(f"/v1/what-ifs/{what_if['id']}/pay"))["items"]
    return {each["employee"]: (each["now"], each["then"]) for each in items}


@pytest.mark.parametrize(
    ("body", "status", "slug", "pointer"),
    [
        ({"posts": MECHANICS, "parameters": [{"name": "output_rate", "value": "1%"}]}, 422, "invalid", ""),
        ({"posts": ["机电师"], "plan": True}, 422, "plan-post-unknown", "/posts/0"),
        ({"posts": [], "plan": True}, 422, "invalid", "/posts"),
        ({"parameters": [{"name": "third_price", "value": "1元"}]}, 422, "parameter-value-invalid",
         "/parameters/0/value"),
        ({"parameters": [{"name": "fourth_price", "value": "1元"}]}, 422, "parameter-unknown", "/parameters/0/name"),
    ],
)  # fmt: skip
async def test_what_cannot_be_tried_over_two_plans_is_refused_by_name(
    *, office: Office, body: dict[str, Any], status: int, slug: str, pointer: str
) -> None:
    small = office.small
    tiered = await add_tiered(small)
    await small.run()
    asked = {name: value for name, value in body.items() if name != "plan"}
    answer = await ask(small, **asked, **({"plan_id": tiered["id"]} if "plan" in body else {}))
    refused(answer, status, slug)
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_plan_that_stops_a_run_of_two_is_named(office: Office) -> None:
    small = office.small
    created = await small.client.post("/v1/plans", json={"template": "pay-per-car"}, headers=small.headers)
    body = {"effective_from": "2026-09-01", "posts": ["mechanic"]}
    await put_in_force(small.client, created.json(), small.keys, small.store, **body)
    run = await small.run()
    assert (run["status"], run["plans"]) == ("failed", [])
    assert "〔单车计件方案〕" in run["problem"]["detail"]


async def test_whom_no_plan_pays_gets_nothing_and_is_named(office: Office) -> None:
    small = office.small
    await work(small, 5, "4.00")
    everybody = (await small.read("/v1/plans"))["items"][0]
    await add_tiered(small)
    body = {"effective_from": "2026-09-01", "because": "x"}
    headers = small.headers | {"If-Match": f'"{everybody["version"]}"'}
    ended = await small.client.post(f"/v1/plans/{everybody['id']}/end", json=body, headers=headers)
    assert ended.status_code == 200, ended.text
    run = await small.run()
    assert await totals(small, run) == {"J101": "32.00"}
    left = [each["subject"] for each in run["warnings"] if each["code"] == "person-without-plan"]
    assert left == ["SA01", "SA02"]


NIGHT = """计划 "夜班" "night"
[甲] 个人 夜班奖 night = 100元
[甲] 发放 夜班奖
"""


@pytest.mark.parametrize("named", ["洗车工(夜班)", "洗车工（夜班）"])
async def test_a_post_of_the_shops_own_is_the_same_however_it_is_typed(office: Office, named: str) -> None:
    small = office.small
    washer = {"row": 9, "number": "X1", "name": "洗", "post": "洗车工（夜班）"}
    await small.client.post("/v1/bulk/employees", json={"source": "dms", "rows": [washer]}, headers=small.headers)
    example = {"name": {"zh": "夜", "en": "night"}, "clause": "甲", "month": "2026-09", "posts": [named],
               "people": [{"number": "X1", "post": "洗车工(夜班)"}, {"number": "SA01", "post": "业务接待"}],
               "expect": {"totals": {"X1": "100.00", "SA01": "0"}}}  # fmt: skip
    draft = await small.client.post("/v1/plans", json={"text": NIGHT, "examples": [example]}, headers=small.headers)
    since = {"effective_from": "2026-09-01", "posts": [named]}
    await put_in_force(small.client, draft.json(), small.keys, small.store, **since)
    run = await small.run()
    assert run["plans"][1]["posts"] == ["洗车工(夜班)"]
    assert (await totals(small, run))["X1"] == "100.00"


async def test_a_pool_of_a_plan_by_posts_is_adjusted_and_told_by_its_own_name(office: Office) -> None:
    """The same text for the mechanics as for the others: together what one plan pays, from pools with two names."""
    small = office.small
    one = await totals(small, await small.run())
    created = await small.client.post("/v1/plans", json={"template": "4s-after-sales"}, headers=small.headers)
    since = {"effective_from": "2026-09-01", "posts": MECHANICS}
    await put_in_force(small.client, created.json(), small.keys, small.store, **since)
    run = await small.run()
    assert await totals(small, run) == one
    figures = await small.read(f"/v1/runs/{run['id']}/figures")
    assert {pool["step"]: pool["paid"] for pool in figures["pools"] if pool["paid"] != "0.00"} == {
        "share": "1.80", "mechanic:mechanic_share": "184.62",
    }  # fmt: skip
    at = await office.lock()
    shares = (await small.read(f"{SEPTEMBER}/pools"))["items"]
    assert {(each["pool"], each["owner"]) for each in shares} == {("mechanic:mechanic_share", "机电一组")}
    moved = [{"employee": "J101", "amount": "-5.00"}, {"employee": "J102", "amount": "5.00"}]
    body = {"pool": "mechanic:mechanic_share", "owner": "机电一组", "reason": "J101 请假三天", "shares": moved}
    without = await office.send(f"{SEPTEMBER}/adjustments", office.clerk, {**body, "pool": "mechanic_share"})
    refused(without, 404, "not-found")
    made = await office.send(f"{SEPTEMBER}/adjustments", office.workshop, body)
    assert made.status_code == 201, made.text
    await office.done(f"/v1/adjustments/{made.json()['id']}/approve", office.manager, 1, {"note": "同意"})
    at = await office.done(f"{SEPTEMBER}/approve", office.workshop, at["version"])
    at = await office.done(f"{SEPTEMBER}/approve", office.manager, at["version"])
    await office.done(f"{SEPTEMBER}/close", office.clerk, at["version"])
    proof = await small.read(f"{SEPTEMBER}/statements/J102")
    assert Decimal(proof["total"]) == Decimal(one["J102"]) + 5
    assert '"line":"mechanic:mechanic_share"' in proof["document"]


async def test_one_plan_for_everybody_asks_the_database_no_more_than_one_of_several_would(office: Office) -> None:
    small = office.small
    alone, beside = await small.ask(), await small.ask()
    with statements_of(small.app) as by_one:
        await small.compute(alone)
    await add_tiered(small)
    with statements_of(small.app) as by_two:
        await small.compute(beside)
    assert len(by_two) == len(by_one)
    assert sum("FROM plan_post" in statement for statement in by_one) == 1
    with statements_of(small.app) as sent:
        await small.read("/v1/plans")
    assert sum("plan_post" in statement for statement in sent) == 1


@pytest.mark.parametrize(
    ("step", "subject", "value"),
    [("own_hours", "J101", 4), ("mechanic:own_hours", "J101", 4), ("cars", "J101", 7), ("mechanic:cars", "SA01", 9),
     ("share", "SA01", 2), ("own_hours", "SA01", None)],
)  # fmt: skip
def test_a_target_is_proposed_from_a_step_named_with_its_plan_or_without(
    step: str, subject: str, value: int | None
) -> None:
    figures = {
        "store": {"mechanic:cars": "9", "cars": "7"}, "teams": {},
        "people": {"share": {"SA01": "2"}, "mechanic:own_hours": {"J101": "4"}},
    }  # fmt: skip
    found = target_proposals._reached([Run(month="2026-09", figures=figures)], ("person", subject), step)
    assert found == ({} if value is None else {Month(2026, 9): value})
