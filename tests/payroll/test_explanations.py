"""A line of pay explained over HTTP: to whom it may be shown, in his language, in a fixed number of queries."""

import httpx
import pytest
from fastapi import FastAPI

from aftermile.client import Gateway
from aftermile.explanations import NothingToExplain, explain
from tests.calls import statements_of
from tests.harness import Keys, bearer, deliver
from tests.payroll import makers
from tests.payroll.small_month import SmallMonth
from tests.payroll.test_pay_months import SECOND_MECHANIC, Office, office, refused

__all__ = ["office"]


@pytest.fixture
async def run(small: SmallMonth) -> str:
    await small.prepare()
    await small.tell()
    return str((await small.run())["id"])


async def line_of(small: SmallMonth, run: str, employee: str) -> str:
    lines = (await small.read(f"/v1/runs/{run}/lines"))["items"]
    return str(next(line["id"] for line in lines if line["employee"] == employee))


async def test_a_line_is_explained_down_to_its_facts_in_the_readers_language(small: SmallMonth, run: str) -> None:
    line = await line_of(small, run, "SA01")
    chinese = await small.read(f"/v1/runs/{run}/explain/{line}?language=zh")
    assert (chinese["language"], chinese["line"]["id"]) == ("zh", line)
    first = chinese["sentences"][0]
    assert first["text"].startswith("梁芳丽（SA01）2026-09 分成 0.90 元＝业务组奖金池 1.80 × 系数 0.4 ÷ 权重合计 0.8")
    (receipts,) = [each for each in chinese["sentences"] if each["node"] == "normal_receipts"]
    (selection,) = receipts["selections"]
    assert (selection["count"], selection["why"]) == (1, ["结算日期与收款日期的较晚者在 2026-09"])
    assert selection["facts"] == f"/v1/runs/{run}/counted-facts/normal_receipts?selection=0"
    english = await small.read(f"/v1/runs/{run}/explain/{line}", small.headers | {"Accept-Language": "en"})
    assert english["sentences"][0]["title"] == "share of 梁芳丽 (SA01)"
    assert [each["node"] for each in english["sentences"]] == [each["node"] for each in chinese["sentences"]]
    step = await small.read(f"/v1/runs/{run}/explain/output")
    assert (step["line"], step["sentences"][0]["node"]) == (None, "output")
    team = await small.read(f"/v1/runs/{run}/explain/mechanical_pool/机电一组")
    assert team["sentences"][0]["trace"] == f"/v1/runs/{run}/trace/mechanical_pool/%E6%9C%BA%E7%94%B5%E4%B8%80%E7%BB%84"


async def test_it_reads_well_in_a_terminal(small: SmallMonth, run: str) -> None:
    asked = small.headers | {"Accept": "text/plain", "Accept-Language": "zh"}
    answer = await small.client.get(f"/v1/runs/{run}/explain/output", headers=asked)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert (answer.headers["content-language"], answer.headers["vary"]) == ("zh", "Accept, Accept-Language")
    lines = answer.text.splitlines()
    assert lines[:2] == [
        "产值 600.00＝正常维修实收 600.00 + 索赔回款额 0.00 + 事故产值 0.00 + 精品产值 0.00（条款 二(1)）",
        "    公式 正常维修实收 + 索赔回款额 + 事故产值 + 精品产值",
    ]
    assert lines[2] == "  正常维修实收 600.00＝1 条收款的金额合计（条款 二(1)）"


async def test_everybody_reads_how_his_own_pay_came_about_and_nobody_elses(small: SmallMonth, run: str) -> None:
    own, other = await line_of(small, run, "SA01"), await line_of(small, run, "J101")
    mine = small.person("SA01")
    assert (await small.client.get(f"/v1/runs/{run}/explain/{own}", headers=mine)).status_code == 200
    assert (await small.client.get(f"/v1/runs/{run}/explain/output", headers=mine)).status_code == 200
    for key in (other, "mechanic_share/J101", "share/SA02"):
        refused(await small.client.get(f"/v1/runs/{run}/explain/{key}", headers=mine), 403, "pay-not-yours")


@pytest.mark.parametrize(
    ("address", "status", "slug"),
    [
        ("explain/nothing", 404, "not-found"),
        ("explain/00000000-0000-7000-8000-000000000000", 404, "not-found"),
        ("explain/output?language=fr", 400, "bad-request"),
        ("explain/output?depth=99", 400, "bad-request"),
    ],
)
async def test_what_cannot_be_explained_is_refused(
    small: SmallMonth, run: str, address: str, status: int, slug: str
) -> None:
    answer = await small.client.get(f"/v1/runs/{run}/{address}", headers=small.headers)
    refused(answer, status, slug)
    assert answer.json()["instance"] == f"/v1/runs/{run}/{address.partition('?')[0]}"


async def test_an_explanation_takes_as_many_queries_however_deep_it_goes(
    small: SmallMonth, run: str, payroll: FastAPI
) -> None:
    counts = []
    for key in ("car_count", "output", await line_of(small, run, "SA01")):
        with statements_of(payroll) as sent:
            await small.read(f"/v1/runs/{run}/explain/{key}")
        counts.append(len(sent))
    assert (counts[0], counts[1], counts[2]) == (counts[0], counts[0], counts[0] + 1), "a line is found by one more"
    assert counts[0] <= 5


async def test_a_correction_is_explained_by_the_plan_of_its_month(office: Office) -> None:
    small, store = office.small, office.small.store.id
    await office.close()
    late = makers.labour_event(store, "W1", 2, "4.00")
    await deliver(small.app, "workorder", store, late)
    run = await small.run("2026-10")
    lines = (await small.read(f"/v1/runs/{run['id']}/lines"))["items"]
    line = next(line for line in lines if line["of_month"] and line["employee"] == "J101")
    told = await small.read(f"/v1/runs/{run['id']}/explain/{line['id']}?language=zh")
    first, share, pool, hours, *_ = told["sentences"]
    assert first["text"].startswith(
        "曾轩（J101）2026-10 更正 2026-09 的机电分成 44.31 元＝应发 155.08 元 − 已发 110.77 元"
    )
    assert first["correction"]["of_month"] == "2026-09"
    assert share["text"].startswith("曾轩（J101）的机电分成 155.076923…＝")
    assert (pool["node"], hours["node"]) == ("2026-09:mechanical_pool/机电一组", "2026-09:team_hours/机电一组")
    assert hours["selections"][0]["why"] == ["完工日期在 2026-09"]


async def test_a_value_set_beside_the_plan_is_named_with_its_version(
    small: SmallMonth, client: httpx.AsyncClient, keys: Keys
) -> None:
    await small.prepare()
    await small.tell()
    plan = (await small.read("/v1/plans"))["items"][0]["id"]
    body = {"plan": plan, "name": "output_rate", "value": "0.6%", "valid_from": "2026-09-01", "reason": "x"}
    clerk = bearer(keys, "payroll", "payroll_clerk", stores=[small.store], subject="clerk")
    made = await client.post("/v1/plan-parameters", json=body, headers=clerk)
    assert made.status_code == 201, made.text
    agreed = await client.post(
        f"/v1/plan-parameters/{made.json()['id']}/approve", json={"note": "x"},
        headers=small.headers | {"If-Match": '"1"'},
    )  # fmt: skip
    assert agreed.status_code == 200, agreed.text
    run = await small.run()
    first, *_ = (await small.read(f"/v1/runs/{run['id']}/explain/output_commission?language=zh"))["sentences"]
    assert "产值提成比例 0.6%" in first["text"]
    (rate,) = first["parameters"]
    assert (rate["since"], rate["version"].split(" ")[0]) == ("2026-09-01", "v1")


async def test_every_fact_that_a_step_counted_says_by_which_days_it_is_in_the_month(
    small: SmallMonth, run: str
) -> None:
    address = f"/v1/runs/{run}/counted-facts/normal_receipts"
    (fact,) = (await small.read(f"{address}?language=zh"))["items"]
    assert (fact["version"], fact["amount"], fact["order_number"]) == (1, "600.00", "W1")
    assert fact["why"] == ["结算日期与收款日期的较晚者 2026-09-04，在 2026-09"]
    assert {cell["title"]: cell["value"] for cell in fact["fields"]} == {
        "金额": "600.00", "收款日期": "2026-09-04", "维修类别": "一般维修", "结算日期": "2026-09-04", "已取消": "否",
    }  # fmt: skip
    assert (fact["superseded"], fact["counts_now"]) == (False, None)
    assert (fact["order"], fact["thread"]) == ("/v1/threads/W1?kind=order", f"/v1/threads/{fact['id']}?kind=fact")
    trace = await small.read(f"/v1/runs/{run}/trace/normal_receipts")
    assert fact["rule"] == trace["node"]["selections"][0]["text"]


async def test_a_fact_that_has_become_another_since_says_what_it_was_counted_with(small: SmallMonth, run: str) -> None:
    store = small.store.id
    corrected = makers.payment_event(store, "W1", "650.00", version=2)
    settled_later = makers.order_event(store, "W1", version=2, settled_on="2026-10-05")
    await deliver(small.app, "workorder", store, corrected, settled_later)
    address = f"/v1/runs/{run}/counted-facts/normal_receipts?language=en"
    (fact,) = (await small.read(address))["items"]
    assert (fact["version"], fact["present_version"], fact["order_version"], fact["present_order_version"]) == (
        1,
        2,
        1,
        2,
    )
    assert fact["why"] == ["the later of settled on and paid on, 2026-09-04, is in 2026-09"]
    changed = {cell["name"]: (cell["value"], cell["now"]) for cell in fact["fields"] if cell["now"] is not None}
    assert changed == {"amount": ("600.00", "650.00"), "settled_on": ("2026-09-04", "2026-10-05")}
    assert (fact["superseded"], fact["counts_now"]) == (True, False)


async def test_facts_come_page_by_page_all_of_them_and_each_once(small: SmallMonth, run: str, payroll: FastAPI) -> None:
    store = small.store.id
    more = [makers.payment_event(store, "W1", "1.00", ordinal=n) for n in range(2, 9)]
    await deliver(small.app, "workorder", store, *more)
    again = (await small.run())["id"]
    address: str | None = f"/v1/runs/{again}/counted-facts/normal_receipts?limit=3&selection=0"
    seen: list[str] = []
    queries = []
    while address:
        with statements_of(payroll) as sent:
            page = await small.read(address)
        queries.append(len(sent))
        seen += [fact["id"] for fact in page["items"]]
        address = page["next"]
    assert (len(seen), len(set(seen)), len(set(queries))) == (8, 8, 1)
    assert queries[0] <= 6
    other = await small.read(f"/v1/runs/{again}/counted-facts/normal_receipts?selection=1")
    assert other["items"] == []


async def test_facts_are_shown_to_whom_their_step_is(small: SmallMonth, run: str) -> None:
    address = f"/v1/runs/{run}/counted-facts"
    mine, wrench = small.person("SA01"), small.person("J101", "technician")
    assert (await small.client.get(f"{address}/normal_receipts", headers=mine)).status_code == 200
    refused(await small.client.get(f"{address}/normal_receipts", headers=wrench), 403, "pay-not-yours")
    hours = await small.read(f"{address}/team_hours/机电一组?language=zh", wrench)
    (labour,) = hours["items"]
    assert labour["why"] == ["完工日期 2026-09-04，在 2026-09"]
    assert ("班组", "机电一组") in [(cell["title"], cell["value"]) for cell in labour["fields"]]
    refused(await small.client.get(f"{address}/nothing", headers=small.headers), 404, "not-found")


ALLOWANCE = {"employee": "J102", "name_zh": "餐补", "name_en": "Meals", "amount": "20.00", "from_month": "2026-09",
             "basis": "calendar_days", "reason": "夜班"}  # fmt: skip


@pytest.fixture
async def closed(office: Office) -> Office:
    """J102 came on the 16th, with base pay and an allowance; the pool was shared otherwise."""
    row = {**SECOND_MECHANIC, "base_pay": "6000.00", "hired_on": "2026-09-16", "effective_from": "2026-09-01"}
    body = {"source": "dms", "rows": [row]}
    await office.small.client.post("/v1/bulk/employees", json=body, headers=office.small.headers)
    made = await office.small.client.post("/v1/pay-items", json=ALLOWANCE, headers=office.small.headers)
    assert made.status_code == 201, made.text
    at = await office.lock()
    pool = (await office.small.read("/v1/pay-months/2026-09/pools"))["items"][0]["pool"]
    shares = [{"employee": "J101", "amount": "-5.00"}, {"employee": "J102", "amount": "5.00"}]
    asked = {"pool": pool, "owner": "机电一组", "reason": "请假三天", "shares": shares}
    adjusted = (await office.send("/v1/pay-months/2026-09/adjustments", office.workshop, asked)).json()
    await office.done(f"/v1/adjustments/{adjusted['id']}/approve", office.manager, 1, {})
    for move, who in (("approve", office.workshop), ("approve", office.manager), ("close", office.clerk)):
        at = await office.done(f"/v1/pay-months/2026-09/{move}", who, at["version"])
    return office


async def test_a_closed_statement_is_explained_line_by_line(closed: Office, payroll: FastAPI) -> None:
    own = closed.small.person("J102", "technician")
    with statements_of(payroll) as sent:
        told = await closed.small.read("/v1/pay-months/2026-09/statements/J102/explain?language=zh", own)
    assert len(sent) <= 11
    base, meals, share, adjusted = told["lines"]
    assert base["text"] == "基本工资 3,000.00 元＝每月 6,000.00 元 × 在职 15 天 ÷ 当月 30 天（条款 一.1）"
    assert meals["text"].startswith("餐补 10.00 元＝每月 20.00 元 × 在职 15 天 ÷ 当月 30 天（条款 一.1）；夜班（")
    assert share["text"].startswith("康宁（J102）2026-09 机电分成 73.85 元＝机电班组奖金池 184.615384… × 系数 0.8")
    assert [each["node"] for each in share["sentences"]][:2] == ["mechanic_share/J102", "mechanical_pool/机电一组"]
    assert adjusted["text"] == "机电分成 临时调整 5.00 元：请假三天 (WM01 → SM01)（条款 四）"
    asked = own | {"Accept": "text/plain"}
    text = (await closed.small.client.get("/v1/pay-months/2026-09/statements/J102/explain", headers=asked)).text
    assert (
        "base pay 3,000.00 CNY = 6,000.00 CNY a month × 15 days employed ÷ 30 days of the month (clause 一.1)" in text
    )
    assert "康宁 (J102), 2026-09, team: 73.85 CNY = mechanical pool" in text
    other = closed.small.person("J101", "technician")
    refused(
        await closed.small.client.get("/v1/pay-months/2026-09/statements/J102/explain", headers=other), 404, "not-found"
    )


async def test_the_page_of_a_statement_is_told_in_the_readers_language(
    closed: Office, client: httpx.AsyncClient
) -> None:
    link = await closed.send("/v1/pay-months/2026-09/statements/J102/link", closed.clerk)
    address = f"/v1/statement-links/{link.json()['token']}"
    english = (await client.get(address, headers={"Accept-Language": "en"})).json()["lines"][2]["steps"]
    chinese = (await client.get(f"{address}?language=zh")).json()["lines"][2]["steps"]
    (hours,) = [step for step in chinese if step["text"].startswith("机电一组的班组工时 10")]
    (fact,) = hours["facts"]
    assert (fact["order_number"], fact["hours"], fact["superseded"]) == ("W1", "10.00", False)
    assert fact["why"] == ["完工日期 2026-09-04，在 2026-09"]
    assert [step["depth"] for step in english] == [step["depth"] for step in chinese] == [0, 1, 2, 2, 1]
    assert english[2]["text"].startswith("team hours of 机电一组 10 = standard hours of 1 labour line")


class Asked(Gateway):
    """The gateway as the command sees it: September is closed, August locked, October calculated, July not."""

    def __init__(self) -> None:
        """Nobody logs in."""

    def get(self, path: str, **parameters: str) -> object:
        if "unpaid" in path:
            return {"items": [], "next": None}
        if path.startswith("/v1/runs/"):
            return {"items": [{"employee": "J101", "id": "a"}, {"employee": "J102", "id": "b"}], "next": None}
        if path == "/v1/runs":
            return {"items": [{"id": "latest"}] if parameters["month"] == "2026-10" else []}
        return {"state": "closed" if path.endswith("09") else "open", "run_id": "kept" if path.endswith("08") else None}

    def answer(self, method: str, path: str, **call: object) -> httpx.Response:
        return httpx.Response(200, text=f"{method} {path} {call['headers']}")


@pytest.mark.parametrize(
    ("month", "path"),
    [
        ("2026-09", "pay-months/2026-09/statements/J102/explain"),
        ("2026-08", "runs/kept/explain/b"),
        ("2026-10", "runs/latest/explain/b"),
    ],
)
def test_the_command_tells_what_is_closed_else_the_run_at_hand(month: str, path: str) -> None:
    assert list(explain(Asked(), "J102", month)) == [f"GET /v1/{path} {{'Accept': 'text/plain'}}"]


@pytest.mark.parametrize(("employee", "month"), [("J102", "2026-07"), ("J999", "2026-10")])
def test_the_command_says_that_there_is_nothing_to_explain(employee: str, month: str) -> None:
    with pytest.raises(NothingToExplain) as nothing:
        list(explain(Asked(), employee, month))
    assert month in str(nothing.value)
