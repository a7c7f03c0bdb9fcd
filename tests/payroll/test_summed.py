"""A sum over people opens into what each adds, and nobody sees by it what another is paid by."""

from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from chassis.errors import Conflict
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.run_state import as_number
from services.payroll.domain.errors import RunRefusal
from services.payroll.service.words import summed
from tests.calls import statements_of
from tests.harness import deliver
from tests.payroll import makers
from tests.payroll.plans_in_force import put_in_force
from tests.payroll.small_month import PEOPLE, TARGETS, SmallMonth
from tests.payroll.test_explanation_rules import months
from tests.payroll.test_pay_months import SECOND_MECHANIC, Office, refused

PLAN = """计划 "试" "trial"
[一] 个人(机电技师) 个人工时 own_hours = 合计(完工工时; 标准工时; 技师 = 本人; 月份(完工日期) = 本月)
[一] 班组(机电技师) 班组工时 team_hours = 汇总(个人工时)
[一] 门店 车间工时 shop_hours = 汇总(班组工时)
[一] 门店 全部工时 all_hours = 汇总(个人工时)
[二] 班组(机电技师) 池 pool = 班组工时 × 8元/工时
[二] 个人(机电技师) 分成 share = 分摊(池; 系数; "最大余数")
[三] 个人(业务接待) 提成 bonus = (车间工时 + 全部工时) × 1元/工时
[二] 发放 分成, 提成
"""
EXAMPLE: dict[str, Any] = {
    "name": {"zh": "十工时", "en": "ten hours"}, "clause": "二", "month": "2026-09",
    "people": [{"number": "J101", "post": "机电技师", "team": "一组", "coefficient": "1"}],
    "facts": [{"kind": "完工工时", "标准工时": "10", "技师": "J101", "维修类别": "一般维修", "完工日期": "2026-09-30"}],
    "expect": {"totals": {"J101": "80.00"}},
}  # fmt: skip
ALONE = {**PEOPLE[2], "row": 6, "number": "K201", "name": "单", "team": "SA01"}
"""A team that is called as an advisor is numbered."""


def test_the_parts_of_every_total_are_in_the_trace_and_add_up_to_it() -> None:
    added = 0
    for plan, given in months():
        try:
            found = evaluate(plan, given)
        except RunRefusal:
            continue
        for node in found.nodes.values():
            totals = [read for read in node.inputs if read.source == "total"]
            parts = [found.nodes[each] for each in found.parts_below(node.id)]
            assert sum(as_number(each.value) for each in parts) == sum(as_number(read.value) for read in totals), (
                node.id
            )
            added += len(parts)
    assert added > 50


@pytest.fixture
async def small_by_hours(small: SmallMonth) -> SmallMonth:
    """J101 has done four hours, J102 six, K201 ten; each advisor has forty yuan of these."""
    later = [{**each, "month": "2026-10", "signed_on": "2026-09-29", "row": row} for row, each in enumerate(TARGETS, 9)]
    await small.prepare(targets=(*TARGETS, *later))
    people = {"source": "dms", "rows": [SECOND_MECHANIC, ALONE]}
    assert (await small.client.post("/v1/bulk/employees", json=people, headers=small.headers)).status_code == 200
    created = await small.client.post("/v1/plans", json={"text": PLAN, "examples": [EXAMPLE]}, headers=small.headers)
    await put_in_force(small.client, created.json(), small.keys, small.store, effective_from="2026-09-01")
    store = small.store.id
    done = [makers.labour_event(store, "W1", line, f"{hours}.00", technician=who, team=team)
            for line, (who, hours, team) in enumerate([("J101", 4, "机电一组"), ("J102", 6, "机电一组"),
                                                       ("K201", 10, "SA01")], 1)]  # fmt: skip
    await deliver(small.app, "workorder", store, makers.order_event(store, "W1"), *done)
    return small


async def parts(small: SmallMonth, run: str, asked: str, who: dict[str, str] | None = None) -> dict[str, str]:
    page = await small.read(f"/v1/runs/{run}/summed/{asked}", who)
    return {each["node"]: each["value"] for each in page["items"]}


async def test_who_sees_all_pay_opens_every_sum_down_to_the_facts(small_by_hours: SmallMonth) -> None:
    small = small_by_hours
    run = (await small.run())["id"]
    told = (await small.read(f"/v1/runs/{run}/explain/bonus/SA01?language=zh"))["sentences"]
    sums = {(each["node"], one["title"]): one for each in told for one in each["sums"]}
    assert {key: one["value"] for key, one in sums.items()} == {
        ("shop_hours", "班组工时汇总"): "20", ("all_hours", "个人工时汇总"): "20"
    }  # fmt: skip
    teams = (await small.read(f"{sums['shop_hours', '班组工时汇总']['parts']}&language=zh"))["items"]
    assert [(each["title"], each["figure"]) for each in teams] == [
        ("SA01的班组工时", "10"),
        ("机电一组的班组工时", "10"),
    ]
    group = (await small.read(f"{teams[1]['explain']}?language=zh"))["sentences"][0]
    people = (await small.read(f"{group['sums'][0]['parts']}&language=en"))["items"]
    assert [(each["title"], each["value"]) for each in people] == [
        ("own hours of 曾轩 (J101)", "4"), ("own hours of 康宁 (J102)", "6"),
    ]  # fmt: skip
    (own,) = (await small.read(people[1]["explain"]))["sentences"]
    (fact,) = (await small.read(own["selections"][0]["facts"]))["items"]
    assert (fact["order_number"], fact["hours"]) == ("W1", "6.00")
    assert await parts(small, run, "share/J101") == {"share/J101": "6/5", "share/J102": "4/5"}
    assert await parts(small, run, "all_hours") == {
        "own_hours/J101": "4",
        "own_hours/J102": "6",
        "own_hours/K201": "10",
    }


async def test_every_sum_of_a_run_is_what_its_parts_add_up_to(small_by_hours: SmallMonth) -> None:
    small, opened = small_by_hours, 0
    run = (await small.run())["id"]
    for node in ("bonus/SA01", "share/J101", "share/K201"):
        for each in (await small.read(f"/v1/runs/{run}/explain/{node}"))["sentences"]:
            for one in each["sums"]:
                found = (await small.read(one["parts"]))["items"]
                assert sum(Fraction(part["value"]) for part in found) == Fraction(one["value"].replace(",", ""))
                opened += 1
    assert opened == 6


async def test_an_employee_opens_a_sum_into_his_own_part_alone(small_by_hours: SmallMonth) -> None:
    small = small_by_hours
    run, himself = (await small.run())["id"], small_by_hours.person("J101", "technician")
    (line,) = (await small.read(f"/v1/runs/{run}/lines", himself))["items"]
    told = (await small.read(f"/v1/runs/{run}/explain/{line['id']}?language=zh", himself))["sentences"]
    assert [each["node"] for each in told] == ["share/J101", "pool/机电一组", "team_hours/机电一组", "own_hours/J101"]
    assert "J102" not in str(told)
    assert "康宁" not in str(told)
    assert await parts(small, run, "team_hours/机电一组", himself) == {"own_hours/J101": "4"}
    assert await parts(small, run, "share/J101", himself) == {"share/J101": "6/5"}
    trace = await small.read(f"/v1/runs/{run}/trace/team_hours/机电一组", himself)
    assert [(read["value"], "among" in read) for read in trace["node"]["inputs"]] == [("10", False)]
    (fact,) = (await small.read(f"/v1/runs/{run}/counted-facts/own_hours/J101", himself))["items"]
    assert fact["hours"] == "4.00"
    thread = await small.read(f"/v1/runs/{run}/explain/own_hours/J101", himself)
    assert thread["sentences"][0]["value"] == "4"


OTHERS = ["summed/team_hours/SA01", "summed/own_hours/J102", "summed/share/J102", "summed/bonus/SA01",
          "summed/shop_hours", "explain/own_hours/J102", "explain/share/J102", "trace/own_hours/J102",
          "counted-facts/own_hours/J102", "explain/team_hours/SA01", "explain/all_hours"]  # fmt: skip


async def test_an_employee_opens_nobody_elses_sum_nor_part(small_by_hours: SmallMonth) -> None:
    small = small_by_hours
    run, himself = (await small.run())["id"], small_by_hours.person("J101", "technician")
    for address in OTHERS:
        refused(await small.client.get(f"/v1/runs/{run}/{address}", headers=himself), 403, "pay-not-yours")
    for address in ("summed/team_hours/机电一组?sum=1", "summed/pool/机电一组"):
        refused(await small.client.get(f"/v1/runs/{run}/{address}", headers=himself), 404, "not-found")
    for wrong in ("-1", "x", "1001"):
        answer = await small.client.get(f"/v1/runs/{run}/summed/shop_hours?sum={wrong}", headers=small.headers)
        assert answer.status_code == 400, answer.text


async def test_a_team_that_is_called_as_he_is_numbered_is_not_his(small_by_hours: SmallMonth) -> None:
    small = small_by_hours
    run, himself = (await small.run())["id"], small_by_hours.person("SA01")
    for node in ("shop_hours", "all_hours"):
        assert await parts(small, run, node, himself) == {}
    told = (await small.read(f"/v1/runs/{run}/explain/bonus/SA01", himself))["sentences"]
    assert [each["node"] for each in told] == ["bonus/SA01", "shop_hours", "all_hours"]
    for address in ("explain/team_hours/SA01", "summed/team_hours/SA01", "explain/pool/SA01"):
        refused(await small.client.get(f"/v1/runs/{run}/{address}", headers=himself), 403, "pay-not-yours")


async def test_who_leads_or_manages_a_team_opens_its_sums_and_not_its_peoples_pay(small_by_hours: SmallMonth) -> None:
    small = small_by_hours
    run, workshop = (await small.run())["id"], small_by_hours.person("WM01", "workshop_manager")
    both = {"own_hours/J101": "4", "own_hours/J102": "6"}
    assert await parts(small, run, "team_hours/机电一组", workshop) == both
    assert (await small.client.get(f"/v1/runs/{run}/explain/pool/机电一组", headers=workshop)).status_code == 200
    for address in ("explain/own_hours/J101", "summed/share/J101", "summed/shop_hours", "unpaid/J101"):
        refused(await small.client.get(f"/v1/runs/{run}/{address}", headers=workshop), 403, "pay-not-yours")
    leader = small.person("J102", "technician")
    assert await parts(small, run, "team_hours/机电一组", leader) == {"own_hours/J102": "6"}
    heads = {"leader": "J102", "managers": []}
    told = await small.client.put("/v1/teams/机电一组/heads/2026-09-01", json=heads,
                                  headers=small.headers | {"If-Match": '"0"'})  # fmt: skip
    assert told.status_code == 200, told.text
    assert await parts(small, run, "team_hours/机电一组", leader) == both
    assert await parts(small, run, "share/J102", leader) == {"share/J101": "6/5", "share/J102": "4/5"}
    refused(await small.client.get(f"/v1/runs/{run}/summed/team_hours/SA01", headers=leader), 403, "pay-not-yours")
    refused(await small.client.get(f"/v1/runs/{run}/explain/share/J101", headers=leader), 403, "pay-not-yours")


async def test_parts_come_page_by_page_and_in_as_many_queries(small_by_hours: SmallMonth, payroll: FastAPI) -> None:
    small = small_by_hours
    run = (await small.run())["id"]
    with statements_of(payroll) as of_two:
        first = await small.read(f"/v1/runs/{run}/summed/all_hours?limit=2")
    with statements_of(payroll) as of_one:
        last = await small.read(first["next"])
    assert [[each["subject"] for each in page["items"]] for page in (first, last)] == [["J101", "J102"], ["K201"]]
    assert (last["next"], len(of_two) == len(of_one) <= 7) == (None, True)


async def test_the_sums_of_a_closed_month_that_is_corrected_open_too(small_by_hours: SmallMonth) -> None:
    small, store = small_by_hours, small_by_hours.store.id
    await Office(small, small.keys, small.store).close()
    late = makers.labour_event(store, "W1", 7, "2.00", technician="J102")
    await deliver(small.app, "workorder", store, late)
    run = (await small.run("2026-10"))["id"]
    assert await parts(small, run, "2026-09:team_hours/机电一组") == {
        "2026-09:own_hours/J101": "4", "2026-09:own_hours/J102": "8",
    }  # fmt: skip
    himself = small.person("J101", "technician")
    assert await parts(small, run, "2026-09:team_hours/机电一组", himself) == {"2026-09:own_hours/J101": "4"}
    lines = (await small.read(f"/v1/runs/{run}/lines", himself))["items"]
    (line,) = [each for each in lines if each["of_month"]]
    told = (await small.read(f"/v1/runs/{run}/explain/{line['id']}?language=zh", himself))["sentences"]
    assert told[-1]["text"].startswith("曾轩（J101）的个人工时 4＝1 条完工工时的标准工时合计")


def test_of_a_run_that_has_not_kept_whose_values_a_team_adds_up_nobody_is_made_up() -> None:
    total = {"name": "own_hours", "source": "total", "value": "10", "reference": "own_hours"}
    node = {"id": "team_hours/机电一组", "scope": "team", "subject": "机电一组", "inputs": [total]}
    with pytest.raises(Conflict) as refused_:
        summed._all(UUID(int=1), node, total)
    assert refused_.value.slug == "parts-not-kept"
