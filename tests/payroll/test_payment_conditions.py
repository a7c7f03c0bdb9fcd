"""What a payment's condition read is in the trace as any step is; and what was not paid says why."""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from aftermile.client import Gateway, Refused
from aftermile.explanations import NothingToExplain, explain
from services.payroll.domain.calculation.correction import Paid, Recalculated, correct
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.given import Person
from services.payroll.domain.calculation.outcome import Outcome
from services.payroll.domain.month import Month
from services.payroll.domain.words.explanation import Explainer
from services.payroll.domain.words.replay import Written
from services.payroll.domain.words.saying import Saying
from services.payroll.domain.words.told_step import Known
from services.payroll.domain.words.told_unpaid import told_unpaid
from tests.harness import deliver
from tests.payroll import makers
from tests.payroll.plans_in_force import put_in_force
from tests.payroll.shipped_plan import MARCH, make_fact, make_input, make_person, make_target, trial
from tests.payroll.small_month import PEOPLE, SmallMonth
from tests.payroll.test_pay_months import SEPTEMBER, Office, refused

ZH, EN = Saying("zh"), Saying("en")
BODY = """[起] 参数 起付 floor = 50元 自 2000-01-01; 60元 自 2026-03-01
[一] 个人(业务接待) 奖金 bonus = 如果(起付 > 0元; 10元; 0元)
[一] 门店 门店实收 receipts = 合计(收款; 金额; 月份(收款日期) = 本月)
[二] 发放 奖金 条件 """


PLAN = """计划 "试" "trial"
[起] 参数 起付 floor = 1200元 自 2000-01-01
[一] 个人(业务接待) 本人实收 own_receipts = 合计(收款; 金额; 接待人 = 本人; 月份(收款日期) = 本月)
[一] 个人(业务接待) 奖金 bonus = 本人实收 × 10%
[一] 个人(机电技师) 工时奖 hours_bonus = 合计(完工工时; 标准工时; 班组 = 本班组; 月份(完工日期) = 本月) × 8元/工时
[二] 发放 奖金 条件 合计(收款; 金额; 接待人 = 本人; 月份(收款日期) = 本月) >= 起付
[三] 发放 工时奖
"""
EXAMPLE: dict[str, Any] = {
    "name": {"zh": "十工时", "en": "ten hours"}, "clause": "三", "month": "2026-09",
    "people": [{"number": "J101", "post": "机电技师", "team": "一组"}],
    "facts": [{"kind": "完工工时", "标准工时": "10", "班组": "一组", "维修类别": "一般维修", "完工日期": "2026-09-30"}],
    "expect": {"totals": {"J101": "80.00"}},
}  # fmt: skip


def receipt(amount: str) -> Any:
    return make_fact("r", "receipt", amount=Decimal(amount), order_kind="repair", paid_on=date(2026, 3, 5))


def outcome_of(condition: str, *facts: Any, person: Person | None = None) -> Outcome:
    given = make_input(*facts, people=(person or make_person(),), targets=(make_target(),),
                       review_scores={"SA01": Decimal(95)})  # fmt: skip
    return evaluate(trial(BODY + condition), given)


READ = [
    ("非(试用期)", True, [("person", "on_probation", "SA01")], 0),
    ("合计(收款; 金额; 月份(收款日期) = 本月) >= 起付", False, [("parameter", "floor", "2026-03-01")], 1),
    ("门店实收 > 40元 × 目标权重(“业务组”; 产值)", True,
     [("step", "receipts", "receipts"), ("target_weight", "output:team:业务组", "SA01 2026-02-25")], 0),
    ("考核成绩 >= 96", False, [("person", "review_score", "SA01")], 0),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "holds", "read", "selections"), READ)
def test_a_condition_is_a_step_of_the_trace_with_what_it_read(
    condition: str, holds: bool, read: list[tuple[str, str, str]], selections: int
) -> None:  # fmt: skip
    found = outcome_of(condition, receipt("55.00"))
    node = found.nodes["bonus.condition/SA01"]
    assert (node.value, node.clause, node.formula, node.subject) == (holds, "二", condition, "SA01")
    assert [(each.source, each.name, each.reference) for each in node.inputs] == [*read, ("amount", "amount", "")]
    assert [len(each.facts) for each in node.selections] == [1] * selections
    (leads_on,) = [each for each in found.nodes["bonus/SA01"].inputs if each.source == "condition"]
    assert (leads_on.value, leads_on.reference) == (holds, node.id)
    assert [len(found.lines), len(found.withheld)] == ([1, 0] if holds else [0, 1])


def test_what_is_withheld_is_in_no_line_and_in_the_hash() -> None:
    paid, withheld = outcome_of("起付 > 0元"), outcome_of("起付 < 0元")
    (line,) = withheld.withheld
    assert [line.person, *map(str, (line.amount, withheld.pay_total, paid.pay_total))] == [
        "SA01",
        "10.00",
        "0.00",
        "10.00",
    ]
    assert paid.hash != withheld.hash
    assert paid.reached(["bonus/SA01"]) == {"bonus/SA01", "bonus.condition/SA01"}


def test_a_line_of_nothing_asks_for_no_condition() -> None:
    plan = trial("[一] 个人 奖金 bonus = 0元\n[二] 发放 奖金 条件 非(试用期)")
    assert list(evaluate(plan, make_input()).nodes) == ["bonus/SA01"]


@pytest.mark.parametrize(
    ("limit", "zh", "en"),
    [
        (Decimal("60.00"), "发放条件成立", "its condition holds: it is paid"),
        (Decimal("59.99"), "发放条件不成立，没有发放", "its condition does not hold: it is not paid"),
    ],
)
def test_it_is_told_below_the_step_that_it_pays_with_its_values_and_facts(limit: Decimal, zh: str, en: str) -> None:
    condition = "合计(收款; 金额; 月份(收款日期) = 本月) >= 起付"
    found = outcome_of(condition, receipt(str(limit)))
    known = Known(MARCH, [Written(trial(BODY + condition), {})], {})
    chinese = Explainer(ZH, known, {name: node.as_json() for name, node in found.nodes.items()}).explain("bonus/SA01")
    english = Explainer(EN, known, {name: node.as_json() for name, node in found.nodes.items()}).explain("bonus/SA01")
    assert (chinese[0].notes[-1], english[0].notes[-1]) == (zh, en)
    words = "成立" if limit >= 60 else "不成立"
    assert chinese[1].text == f"SA01的奖金发放条件 {words}＝1 条收款的金额合计 {limit} ≥ 起付 60元（条款 二）"
    assert chinese[1].notes == ["1 条收款，因为收款日期在 2026-03", "起付 60元，自 2026-03-01 起"]
    assert english[1].title == "condition of bonus of SA01"
    assert [each.depth for each in chinese] == [0, 1]


def test_what_was_not_paid_says_by_which_condition_and_how_much() -> None:
    found = outcome_of("起付 < 0元")
    nodes = {name: node.as_json() for name, node in found.nodes.items()}
    told = told_unpaid(ZH, nodes["bonus/SA01"], nodes)
    assert (told.withheld, told.clause) == (Decimal("10.00"), "二")
    assert told.text == "奖金 10.00 元 没有发放：发放条件“起付 < 0元”不成立（条款 二）"
    nothing = {**nodes["bonus/SA01"], "value": "0", "inputs": []}
    assert told_unpaid(EN, nothing, {}).text == "bonus is 0.00: there is nothing to pay"


def test_a_correction_leads_to_the_condition_by_which_nothing_is_due_any_more() -> None:
    march = outcome_of("起付 < 0元")
    paid = {("SA01", "bonus"): Paid(Decimal("10.00"), "奖金", "一")}
    april = correct(evaluate(trial(BODY + "起付 < 0元"), make_input(people=(), month=Month(2026, 4))),
                    (Recalculated(march, paid),))  # fmt: skip
    (line,) = april.lines
    assert (line.amount, line.of_month) == (Decimal("-10.00"), "2026-03")
    assert april.reached([line.node]) == {line.node, "2026-03:bonus/SA01", "2026-03:bonus.condition/SA01"}


@pytest.fixture
async def small_by_receipts(small: SmallMonth) -> SmallMonth:
    """SA01 has 1,100 of the 1,200 yuan from which the bonus is paid, SA02 none, J101 ten hours."""
    await small.prepare()
    body = {"text": PLAN, "examples": [EXAMPLE]}
    created = await small.client.post("/v1/plans", json=body, headers=small.headers)
    await put_in_force(small.client, created.json(), small.keys, small.store, effective_from="2026-09-01")
    await small.tell()
    return small


async def test_who_was_not_paid_asks_why_and_is_led_to_the_facts(small_by_receipts: SmallMonth) -> None:
    small, himself = small_by_receipts, small_by_receipts.person("SA01")
    run = (await small.run())["id"]
    (bonus,) = (await small.read(f"/v1/runs/{run}/unpaid/SA01?language=zh", himself))["items"]
    assert (bonus["node"], bonus["withheld"], bonus["clause"]) == ("bonus/SA01", "110.00", "二")
    assert bonus["text"].startswith("奖金 110.00 元 没有发放：发放条件“合计(收款;")
    told = (await small.read(f"{bonus['explain']}?language=zh", himself))["sentences"]
    assert [each["node"] for each in told] == ["bonus/SA01", "own_receipts/SA01", "bonus.condition/SA01"]
    assert told[0]["notes"] == ["发放条件不成立，没有发放"]
    assert told[2]["text"].startswith("梁芳丽（SA01）的奖金发放条件 不成立＝2 条收款的金额合计 1,100.00 ≥ 起付 1200元")
    (selection,) = told[2]["selections"]
    facts = (await small.read(selection["facts"], himself))["items"]
    assert sorted(fact["amount"] for fact in facts) == ["500.00", "600.00"]
    trace = await small.read(told[2]["trace"], himself)
    assert [(read["chinese"], read["value"]) for read in trace["node"]["inputs"]] == [("起付", "1200"), ("金额", "110")]
    (nothing,) = (await small.read(f"/v1/runs/{run}/unpaid/SA02?language=en"))["items"]
    assert (nothing["withheld"], nothing["text"]) == (None, "bonus is 0.00: there is nothing to pay")
    assert (await small.read(f"/v1/runs/{run}/unpaid/J101"))["items"] == []


async def test_why_somebody_was_not_paid_is_his_own_affair(small_by_receipts: SmallMonth) -> None:
    small, other = small_by_receipts, small_by_receipts.person("SA02")
    run = (await small.run())["id"]
    for address in ("unpaid/SA01", "explain/bonus/SA01", "explain/bonus.condition/SA01", "trace/bonus.condition/SA01",
                    "counted-facts/bonus.condition/SA01", "explain/own_receipts/SA01"):  # fmt: skip
        refused(await small.client.get(f"/v1/runs/{run}/{address}", headers=other), 403, "pay-not-yours")
    assert [each["withheld"] for each in (await small.read(f"/v1/runs/{run}/unpaid/SA02", other))["items"]] == [None]
    workshop = small.person("WM01", "workshop_manager")
    refused(await small.client.get(f"/v1/runs/{run}/unpaid/J101", headers=workshop), 403, "pay-not-yours")
    refused(await small.client.get(f"{SEPTEMBER}/unpaid/SA02", headers=other), 409, "month-not-closed")


async def test_a_statement_says_what_was_not_paid_and_why(small_by_receipts: SmallMonth) -> None:
    small = small_by_receipts
    rows = [{**PEOPLE[0], "base_pay": "3000.00", "effective_from": "2026-09-01"}]
    answer = await small.client.post("/v1/bulk/employees", json={"source": "dms", "rows": rows}, headers=small.headers)
    assert answer.status_code == 200
    office = Office(small, small.keys, small.store)
    await office.close()
    himself = small.person("SA01")
    told = await small.read(f"{SEPTEMBER}/statements/SA01/explain?language=zh", himself)
    (bonus,) = told["unpaid"]
    assert (told["total"], bonus["withheld"], len(bonus["sentences"])) == ("3000.00", "110.00", 3)
    asked = himself | {"Accept": "text/plain", "Accept-Language": "zh"}
    text = (await small.client.get(f"{SEPTEMBER}/statements/SA01/explain", headers=asked)).text
    assert "奖金 110.00 元 没有发放" in text
    assert "奖金发放条件 不成立＝2 条收款的金额合计 1,100.00" in text
    link = (await office.send(f"{SEPTEMBER}/statements/SA01/link", himself)).json()["token"]
    (page,) = (await small.read(f"/v1/statement-links/{link}?language=zh"))["unpaid"]
    assert [len(step["facts"]) for step in page["steps"]] == [0, 2, 2]
    (closed,) = (await small.read(f"{SEPTEMBER}/unpaid/SA02?language=zh", small.person("SA02")))["items"]
    assert closed["text"] == "奖金 为 0.00，没有可发放的"


class Told(Gateway):
    """September is closed; SA01 has no statement, and was withheld what he would have had of a sum of two parts."""

    def __init__(self, status: int) -> None:
        self.status = status

    def get(self, path: str, **_: str) -> Any:
        if "statements" in path:
            raise Refused({"status": self.status, "title": "x"})
        parts = [{"title": "J1的份", "figure": "1"}, {"title": "J2的份", "figure": "2"}]
        one = {"title": "份汇总", "value": "3", "parts": "/parts"}
        of = {"/v1/pay-months/2026-09": {"state": "closed", "run_id": "kept"}, "/parts": parts,
              "/v1/runs/kept/unpaid/SA01": [{"explain": "/why"}],
              "/why": {"sentences": [{"sums": [one]}, {"sums": [one]}]}}  # fmt: skip
        return found if isinstance(found := of.get(path, []), dict) else {"items": found, "next": None}

    def answer(self, method: str, path: str, **_: object) -> httpx.Response:
        return httpx.Response(200, text=f"{method} {path}")


def test_the_command_tells_why_to_whom_a_closed_month_gave_no_statement() -> None:
    assert list(explain(Told(404), "SA01", "2026-09")) == ["GET /why"]
    with pytest.raises(NothingToExplain):
        list(explain(Told(404), "SA02", "2026-09"))
    with pytest.raises(Refused):
        list(explain(Told(503), "SA01", "2026-09"))


def test_the_command_opens_each_sum_once_when_it_is_asked_to() -> None:
    told = list(explain(Told(404), "SA01", "2026-09", sums=True))
    assert told == ["GET /why", "份汇总 3\n  J1的份 1\n  J2的份 2"]


async def test_a_line_paid_in_a_closed_month_is_taken_back_by_its_condition(small_by_receipts: SmallMonth) -> None:
    """200 yuan more and SA01 is paid; taken back in October they are what he lacks."""
    small, store = small_by_receipts, small_by_receipts.store.id
    await deliver(small.app, "workorder", store, makers.payment_event(store, "W1", "200.00", ordinal=2))
    later = [{"row": 9, "subject": "业务组", "metric": each, "value": "1000", "month": "2026-10",
              "signed_on": "2026-09-29", "signed_by": "SA01"} for each in ("output", "car_count")]  # fmt: skip
    await small.client.post("/v1/bulk/targets", json={"source": "dms", "rows": later}, headers=small.headers)
    await Office(small, small.keys, small.store).close()
    gone = makers.payment_event(store, "W1", "1.00", ordinal=2, version=2)
    await deliver(small.app, "workorder", store, gone)
    run = (await small.run("2026-10"))["id"]
    (line,) = [each for each in (await small.read(f"/v1/runs/{run}/lines"))["items"] if each["of_month"]]
    assert (line["employee"], line["amount"]) == ("SA01", "-130.00")
    told = (await small.read(f"/v1/runs/{run}/explain/{line['id']}?language=zh", small.person("SA01")))["sentences"]
    assert [each["node"].removeprefix("2026-09:") for each in told] == [
        "correction/bonus/SA01", "bonus/SA01", "own_receipts/SA01", "bonus.condition/SA01",
    ]  # fmt: skip
    assert "不成立＝3 条收款的金额合计 1,101.00 ≥ 起付 1200元" in told[3]["text"]
