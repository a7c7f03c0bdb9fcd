"""Figures entered by hand: nothing counts that nobody else approved, a correction supersedes, the trace names both."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from tests.harness import Clone, Keys, bearer, feed_of
from tests.payroll.plans_in_force import put_in_force
from tests.payroll.small_month import SmallMonth
from tests.payroll.test_events import faults_of

PLAN = """计划 "返工扣款" "rework fines"
[甲] 参数 每次扣款 fine = 50元 自 2026-01-01
[甲] 个人(机电技师) 返工次数 reworks = 合计(手工指标; 数值; 指标 = "返工"; 员工 = 本人; 月份(发生日期) = 本月)
[甲] 个人(机电技师) 返工扣款 rework_fine = -返工次数 × 每次扣款
[甲] 发放 返工扣款
"""
EXAMPLE: dict[str, Any] = {
    "name": {"zh": "两次", "en": "twice"}, "clause": "甲", "month": "2026-09",
    "people": [{"number": "J101", "post": "机电技师"}],
    "facts": [{"kind": "手工指标", "指标": "返工", "数值": "2", "员工": "J101", "发生日期": "2026-09-30"}],
    "expect": {"totals": {"J101": "-100.00"}},
}  # fmt: skip
REWORK: dict[str, Any] = {
    "measure": "返工", "occurred_on": "2026-09-12", "employee": "J101", "number": "2", "document": "返工单 2026-09",
    "reason": "按方案扣款",
}  # fmt: skip


class Entries:
    """What people of the shop do with figures of their own."""

    def __init__(self, small: SmallMonth) -> None:
        self.small, self.client = small, small.client

    def who(self, subject: str, role: str = "payroll_clerk") -> dict[str, str]:
        return bearer(self.small.keys, "payroll", role, stores=[self.small.store], subject=subject)

    async def enter(self, who: dict[str, str], **changes: Any) -> httpx.Response:
        return await self.client.post("/v1/measures", json={**REWORK, **changes}, headers=who)

    async def act(self, measure: str, verb: str, who: dict[str, str], **body: Any) -> httpx.Response:
        address = f"/v1/measures/{measure}"
        found = await self.client.get(address, headers=self.who("auditor", "auditor"))
        headers = who | {"If-Match": found.headers["ETag"]}
        if not verb:
            return await self.client.patch(address, json=body, headers=headers)
        return await self.client.post(f"{address}/{verb}", json=body, headers=headers)

    async def total(self) -> str:
        return str((await self.small.run())["total"])


def said(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body["status"] if answer.is_success else body["type"].rpartition(":")[2]


@pytest.fixture
async def entries(small: SmallMonth) -> Entries:
    await small.prepare()
    created = await small.client.post("/v1/plans", json={"text": PLAN, "examples": [EXAMPLE]}, headers=small.headers)
    await put_in_force(small.client, created.json(), small.keys, small.store, effective_from="2026-09-01")
    return Entries(small)


async def test_a_figure_counts_once_somebody_else_has_approved_it(entries: Entries) -> None:
    entered = await entries.enter(entries.who("wang", "workshop_manager"))
    assert said(entered) == (201, "proposed")
    measure = entered.json()["id"]
    assert await entries.total() == "0.00"
    assert said(await entries.act(measure, "approve", entries.who("wang"), note="ok")) == (409, "second-person-needed")
    approved = await entries.act(measure, "approve", entries.who("li"), note="与返工单核对")
    assert (said(approved), approved.json()["counted_version"]) == ((200, "approved"), 2)
    assert await entries.total() == "-100.00"
    again = await entries.act(measure, "approve", entries.who("zhao"), note="ok")
    assert said(again) == (409, "measure-approved")


async def test_the_trace_shows_the_document_and_who_approved_it(entries: Entries) -> None:
    measure = (await entries.enter(entries.who("wang"))).json()["id"]
    await entries.act(measure, "approve", entries.who("li"), note="ok")
    run = (await entries.small.run())["id"]
    (fact,) = (await entries.small.read(f"/v1/runs/{run}/trace/reworks/J101"))["facts"]
    assert (fact["kind_chinese"], fact["subject"], fact["source"]) == ("手工指标", measure, "payroll")
    assert {
        "document": "返工单 2026-09", "reason": "按方案扣款", "entered_by": "wang", "decided_by": "li",
    }.items() <= fact["attributes"].items()  # fmt: skip


async def test_a_correction_counts_once_it_is_approved_and_what_was_before_stays_to_be_read(entries: Entries) -> None:
    measure = (await entries.enter(entries.who("wang"))).json()["id"]
    await entries.act(measure, "approve", entries.who("li"), note="ok")
    corrected = await entries.act(measure, "", entries.who("wang"), number="3", reason="漏记一次")
    assert (said(corrected), corrected.json()["counted_version"]) == ((200, "proposed"), 2)
    assert await entries.total() == "-100.00"
    await entries.act(measure, "approve", entries.who("li"), note="ok")
    assert await entries.total() == "-150.00"
    history = await entries.small.read(f"/v1/measures/{measure}/history")
    assert [(each["version"], each["state"]["status"], each["state"]["number"]) for each in history["items"]] == [
        (1, "proposed", "2"), (2, "approved", "2"), (3, "proposed", "3"),
    ]  # fmt: skip


async def test_a_rejected_correction_leaves_what_was_approved_before_counting(
    entries: Entries, client: httpx.AsyncClient, keys: Keys
) -> None:
    measure = (await entries.enter(entries.who("wang", "workshop_manager"), amount="0.10")).json()["id"]
    assert said(await entries.act(measure, "reject", entries.who("li"), because="x")) == (409, "measure-not-corrected")
    approved = (await entries.act(measure, "approve", entries.who("li"), note="核对")).json()
    assert said(await entries.act(measure, "reject", entries.who("li"), because="x")) == (409, "measure-not-corrected")
    wish = {"number": "9", "amount": None, "employee": "SA01", "document": "返工单 B", "reason": "多记"}
    await entries.act(measure, "", entries.who("zhao", "payroll_clerk"), **wish)
    assert said(await entries.act(measure, "reject", entries.who("li"))) == (422, "invalid")
    stranger = await entries.act(measure, "reject", entries.who("sun", "workshop_manager"), because="x")
    assert said(stranger) == (404, "not-found")
    rejected = await entries.act(measure, "reject", entries.who("li"), because="单据不符")
    assert said(rejected) == (200, "approved")
    changing = {"version", "counted_version", "updated_at"}
    assert {k: v for k, v in rejected.json().items() if k not in changing} == {
        k: v for k, v in approved.items() if k not in changing
    }
    assert (rejected.json()["version"], rejected.json()["counted_version"]) == (5, 5)
    assert await entries.total() == "-100.00"
    history = await entries.small.read(f"/v1/measures/{measure}/history")
    states = [(each["version"], each["state"]["status"], each["state"]["note"]) for each in history["items"]]
    assert states == [
        (1, "proposed", None), (2, "approved", "核对"), (3, "proposed", None), (4, "rejected", "单据不符"),
    ]  # fmt: skip
    events = [e for e in await feed_of(client, keys, "payroll") if e["type"] == "payroll.measure.changed"]
    assert [(e["entityversion"], e["data"]["status"]) for e in events] == [
        (1, "proposed"), (2, "approved"), (3, "proposed"), (4, "rejected"), (5, "approved"),
    ]  # fmt: skip
    assert not any(faults_of(each["type"], each["data"]) for each in events)
    again = await entries.act(measure, "", entries.who("zhao"), number="3", reason="漏记一次")
    assert said(again) == (200, "proposed")


async def test_a_correction_is_not_rejected_into_what_another_measure_says_meanwhile(entries: Entries) -> None:
    measure = (await entries.enter(entries.who("wang"))).json()["id"]
    await entries.act(measure, "approve", entries.who("li"), note="ok")
    await entries.act(measure, "", entries.who("wang"), document="返工单 B", reason="单号有误")
    assert said(await entries.enter(entries.who("wang"))) == (201, "proposed")
    assert said(await entries.act(measure, "reject", entries.who("li"), because="x")) == (409, "measure-exists")
    history = await entries.small.read(f"/v1/measures/{measure}/history")
    assert [each["version"] for each in history["items"]] == [1, 2]


async def test_measures_are_facts_again_after_all_facts_were_emptied_and_the_feeds_read_anew(
    entries: Entries, payroll_database: Clone
) -> None:
    """One that counts, one with a correction that waits, one withdrawn, one that nobody approved."""
    made = [(await entries.enter(entries.who("wang"), document=f"返工单 {n}")).json()["id"] for n in range(4)]
    for measure in made[:3]:
        await entries.act(measure, "approve", entries.who("li"), note="ok")
    await entries.act(made[1], "", entries.who("wang"), number="7", reason="x")
    await entries.act(made[2], "withdraw", entries.who("li"), note="x")
    await entries.small.tell()
    before = await entries.small.run()
    assert before["total"] == "-200.00"
    connection = await asyncpg.connect(payroll_database.owner_url)
    for table in ("fact_selection", "fact_history", "fact"):
        await connection.execute(f"TRUNCATE {table} CASCADE")
    await connection.close()
    await entries.small.tell()
    again = await entries.small.run()
    assert (again["total"], again["hash"]) == (before["total"], before["hash"])


async def test_what_counts_is_withdrawn_by_a_second_person_and_counts_no_more(entries: Entries) -> None:
    measure = (await entries.enter(entries.who("wang"))).json()["id"]
    await entries.act(measure, "approve", entries.who("li"), note="ok")
    assert said(await entries.act(measure, "withdraw", entries.who("wang"), note="x")) == (409, "second-person-needed")
    assert said(await entries.act(measure, "withdraw", entries.who("li"), note="记错人")) == (200, "withdrawn")
    assert await entries.total() == "0.00"
    for verb, body in (("approve", {"note": "x"}), ("withdraw", {"note": "x"}), ("", {"reason": "x"})):
        assert said(await entries.act(measure, verb, entries.who("li"), **body)) == (409, "measure-withdrawn")
    assert said(await entries.enter(entries.who("wang"))) == (201, "proposed")


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"number": None}, (422, "invalid")),
        ({"number": "two"}, (422, "invalid")),
        ({"number": "0.1234567891"}, (422, "invalid")),
        ({"hours": "0.1234567891"}, (422, "invalid")),
        ({"amount": "1.5"}, (422, "invalid")),
        ({"document": " "}, (422, "invalid")),
        ({"employee": "J999"}, (422, "measure-subject-unknown")),
        ({"team": "没有的组"}, (422, "measure-subject-unknown")),
        ({"colour": "red"}, (422, "invalid")),
    ],
)
async def test_a_figure_that_cannot_be_is_refused_and_leaves_nothing(
    entries: Entries, changes: dict[str, Any], refused: tuple[int, str]
) -> None:
    assert said(await entries.enter(entries.who("wang"), **changes)) == refused
    assert (await entries.small.read("/v1/measures"))["items"] == []


async def test_the_same_figure_of_a_document_is_entered_once(entries: Entries) -> None:
    assert said(await entries.enter(entries.who("wang"))) == (201, "proposed")
    assert said(await entries.enter(entries.who("li"), number="5")) == (409, "measure-exists")


async def test_an_import_proposes_corrects_and_knows_what_it_has_brought(entries: Entries) -> None:
    async def load(*rows: dict[str, Any]) -> dict[str, Any]:
        body = {"source": "excel", "rows": [{"row": 2 + place, **row} for place, row in enumerate(rows)]}
        answer = await entries.client.post("/v1/bulk/measures", json=body, headers=entries.who("wang"))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    profit = {
        "measure": "毛利",
        "occurred_on": "2026-09-30",
        "amount": "81234.50",
        "document": "9月报表",
        "reason": "绩效",
    }
    stranger, empty = {**REWORK, "employee": "J999"}, {**REWORK, "document": "其他", "number": None}
    report = await load(REWORK, profit, REWORK, stranger, empty)
    assert report["counts"] == {"created": 3, "duplicate": 1, "rejected": 1}
    assert report["results"][3]["warnings"][0]["code"] == "employee-unknown"
    measure = (await entries.small.read("/v1/measures?measure=返工"))["items"][0]["id"]
    await entries.act(measure, "approve", entries.who("li"), note="ok")
    assert (await load(REWORK, {**profit, "amount": "81235.00"}))["counts"] == {"unchanged": 1, "updated": 1}
    assert await entries.total() == "-100.00"
    hours = {name: value for name, value in profit.items() if name != "amount"} | {"hours": "3"}
    assert (await load(hours))["counts"] == {"updated": 1}
    told = (await entries.small.read("/v1/measures?measure=毛利"))["items"][0]
    assert (told["amount"], told["hours"]) == ("81235.00", "3")
    assert (await load({**REWORK, "number": "3"}))["counts"] == {"updated": 1}
    assert await entries.total() == "-100.00"
    await entries.act(measure, "approve", entries.who("li"), note="ok")
    assert await entries.total() == "-150.00"


async def test_who_enters_figures_sees_his_own_and_those_who_prepare_pay_see_all(entries: Entries) -> None:
    own = (await entries.enter(entries.who("wang", "workshop_manager"))).json()["id"]
    other = (await entries.enter(entries.who("li"), document="另一张单")).json()["id"]
    wang = entries.who("wang", "workshop_manager")
    assert [each["id"] for each in (await entries.small.read("/v1/measures?month=2026-09", wang))["items"]] == [own]
    assert [each["id"] for each in (await entries.small.read("/v1/measures?status=proposed"))["items"]] == [own, other]
    assert (await entries.client.get(f"/v1/measures/{other}", headers=wang)).status_code == 404
    assert (await entries.act(own, "approve", wang, note="x")).status_code == 403
    advisor = entries.who("chen", "service_advisor")
    assert (await entries.client.get("/v1/measures", headers=advisor)).status_code == 403


async def test_of_two_who_approve_at_once_one_does(entries: Entries, client: httpx.AsyncClient, keys: Keys) -> None:
    measure = (await entries.enter(entries.who("wang"))).json()["id"]
    answers = await asyncio.gather(
        *(
            client.post(
                f"/v1/measures/{measure}/approve", json={"note": "ok"},
                headers=entries.who(subject) | {"If-Match": '"1"'},
            )
            for subject in ("li", "zhao")
        )
    )  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert await entries.total() == "-100.00"
    told = [each for each in await feed_of(client, keys, "payroll") if each["type"] == "payroll.measure.changed"]
    assert [each["data"]["status"] for each in told] == ["proposed", "approved"]
    assert not [fault for each in told for fault in faults_of(each["type"], each["data"])]


async def test_the_database_itself_refuses_what_one_person_approves_alone(
    entries: Entries, payroll_database: Clone
) -> None:
    await entries.enter(entries.who("wang"))
    connection = await asyncpg.connect(payroll_database.app_url)
    await connection.execute("SELECT set_config('app.store', $1, false)", str(entries.small.store.id))
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(
            "UPDATE measure SET status = 'approved', decided_by = 'wang', decided_at = now(), counted_version = version"
        )
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await connection.execute("DELETE FROM measure")
    await connection.close()
