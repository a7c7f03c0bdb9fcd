"""What stops a run by its name, what it points out, and what it bounds."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from services.payroll.domain import errors
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.facts import FACT_KINDS, Fact, FactValue, fact_kind
from services.payroll.domain.calculation.formula import number_of, value_of
from services.payroll.domain.calculation.given import Person, Target
from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.calculation.plan import (
    Attribute,
    Coefficient,
    Literal,
    ParameterValue,
    PersonValue,
    Place,
)
from services.payroll.domain.calculation.selection import FactReading
from services.payroll.domain.calculation.tables import TierTable
from services.payroll.domain.month import Month
from services.payroll.domain.vocabulary import POSTS
from tests.payroll.shipped_plan import (
    MARCH,
    lines_of,
    make_fact,
    make_input,
    make_person,
    make_target,
    trial,
)

ATTAINMENT = '[一.5] 门店 率 rate = 达成率(50元; "业务组"; 产值; 业务接待)'


@pytest.mark.parametrize(
    ("target", "refusal", "said"),
    [
        (None, errors.TargetMissing, "业务组 产值 (output)"),
        (make_target(metric="car_count"), errors.TargetMissing, "业务组 产值"),
        (make_target(value=Decimal(0)), errors.TargetNotPositive, "业务组 产值"),
        (make_target(value=Decimal(-5)), errors.TargetNotPositive, "-5"),
        (make_target(value=Decimal("NaN")), errors.TargetNotPositive, "业务组"),
        (make_target(signed_by=None), errors.TargetUnsigned, "业务组 产值"),
        (make_target(signed_on=None), errors.TargetUnsigned, "业务组 产值"),
        (make_target(signed_by="业务组"), errors.TargetUnsigned, "业务组 产值"),
        (make_target(signed_by="SA99"), errors.TargetUnsigned, "SA99"),
        (make_target(signed_by="QT01"), errors.TargetUnsigned, "QT01"),
        (make_target(signed_by="J101"), errors.TargetUnsigned, "J101"),
    ],
)
def test_a_target_that_is_missing_zero_or_unsigned_stops_the_run_with_its_name(
    target: Target | None, refusal: type[errors.RunRefusal], said: str
) -> None:
    people = (
        make_person(),
        make_person("QT01", post="前台主管"),
        make_person("J101", post="service_advisor", team="机电一组"),
    )
    with pytest.raises(refusal, match="第 2 行第 28 列 / line 2, column 28") as stopped:
        evaluate(trial(ATTAINMENT), make_input(people=people, targets=() if target is None else (target,)))
    assert said in str(stopped.value)
    assert (stopped.value.clause, stopped.value.step) == ("一.5", "率")


def test_a_target_is_known_by_either_name_of_its_metric_and_given_once() -> None:
    outcome = evaluate(trial(ATTAINMENT), make_input(targets=(make_target(metric="产值"),)))
    assert outcome.figures.store["rate"] == Fraction(1, 2)
    (read,) = outcome.nodes["rate"].inputs
    assert (read.name, read.source) == ("output:team:业务组", "target")
    assert (read.value, read.reference) == (100, "SA01 2026-02-25")
    with pytest.raises(errors.TargetRepeated):
        evaluate(trial(ATTAINMENT), make_input(targets=(make_target(metric="产值"), make_target())))


DESK = "[一.5] 门店 率 rate = 达成率(50元; 班组(业务接待); 产值; 业务接待)"
TWO_TEAMS = (make_person(team="接待一组"), make_person("SA02", team="接待二组"))
FIRST, SECOND = make_target(subject="接待一组"), make_target(subject="接待二组", signed_by="SA02")


@pytest.mark.parametrize(
    ("people", "targets", "refusal", "said"),
    [
        (TWO_TEAMS, (), errors.TargetMissing, "接待一组, 接待二组 产值 (output)"),
        (TWO_TEAMS, (make_target(),), errors.TargetMissing, "接待一组, 接待二组 产值 (output)"),
        (TWO_TEAMS[:1], (SECOND,), errors.TargetMissing, "接待一组 产值 (output)"),
        (TWO_TEAMS, (FIRST, SECOND), errors.TargetAmbiguous, "接待一组, 接待二组 产值 (output)"),
        (TWO_TEAMS, (replace(FIRST, signed_by="SA02"),), errors.TargetUnsigned, "接待一组 产值 (output)"),
        (TWO_TEAMS, (replace(FIRST, value=Decimal(0)),), errors.TargetNotPositive, "接待一组 产值 (output)"),
        ((make_person(team=None),), (FIRST,), errors.TargetTeamMissing, "产值 (output): 业务接待 (service_advisor)"),
        ((make_person(post="站长"),), (make_target(),), errors.TargetTeamMissing, "产值 (output): 业务接待"),
    ],
)
def test_the_target_of_the_team_of_a_post_is_found_once_or_stops_the_run_with_its_name(
    people: tuple[Person, ...], targets: tuple[Target, ...], refusal: type[errors.RunRefusal], said: str
) -> None:
    with pytest.raises(refusal, match="第 2 行第 28 列 / line 2, column 28") as stopped:
        evaluate(trial(DESK), make_input(people=people, targets=targets))
    assert said in str(stopped.value)
    assert (stopped.value.clause, stopped.value.step) == ("一.5", "率")


@pytest.mark.parametrize("targets", [(FIRST,), (FIRST, replace(SECOND, metric="car_count")), (make_target(), FIRST)])
def test_of_several_teams_of_a_post_the_one_that_has_the_target_counts(targets: tuple[Target, ...]) -> None:
    people = (*TWO_TEAMS, make_person("SA03", team=None), make_person("J1", post="mechanic", team="业务组"))
    outcome = evaluate(trial(DESK), make_input(people=people, targets=targets))
    (read,) = outcome.nodes["rate"].inputs
    assert (read.name, read.source) == ("output:team:接待一组", "target")
    assert (read.value, read.reference) == (100, "SA01 2026-02-25")


def test_a_person_without_a_coefficient_whose_post_has_none_is_named() -> None:
    plan = trial("参数 岗位系数 posts = 按岗位(业务接待: 0.4) 自 2000-01-01\n[二] 个人 甲 a = 系数(岗位系数) × 1元")
    people = (make_person(coefficient=None), make_person("J1", post="mechanic", coefficient=None))
    with pytest.raises(errors.CoefficientMissing, match="J1 与其岗位都没有提成系数 / neither J1 nor his post"):
        evaluate(plan, make_input(people=people))
    assert evaluate(plan, make_input(people=people[:1])).figures.people["a"] == {"SA01": Fraction(2, 5)}


def test_the_coefficients_of_posts_need_a_value_on_the_months_last_day_when_somebody_has_none_of_his_own() -> None:
    plan = trial("参数 岗位系数 posts = 按岗位(业务接待: 0.4) 自 2026-04-01\n[二] 个人 甲 a = 系数(岗位系数) × 1元")
    assert evaluate(plan, make_input()).figures.people["a"] == {"SA01": Fraction(2, 5)}
    with pytest.raises(errors.ParameterWithoutValue, match="岗位系数"):
        evaluate(plan, make_input(people=(make_person(coefficient=None),)))


def test_a_target_signed_after_the_month_had_begun_is_pointed_out() -> None:
    outcome = evaluate(trial(ATTAINMENT), make_input(targets=(make_target(signed_on=date(2026, 3, 1)),)))
    assert [notice.code for notice in outcome.warnings] == ["target-signed-late"]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ("[一] 门店 甲 a = 1 ÷ 计数(投诉)", errors.DivisionByZero),
        ("[一] 个人 甲 a = 系数 × 1元", errors.CoefficientMissing),
        ("[一] 个人 甲 a = 考核成绩 + 1", errors.ValueMissing),
        ("[一] 个人 甲 a = 分摊(1元; -1; “最大余数”)", errors.WeightNegative),
        ("[一] 班组(站长) 甲 a = 1", errors.TeamMissing),
        ("[一] 个人 甲 a = 如果(本班组 = “甲”; 1; 2)", errors.TeamMissing),
        ("[一] 门店 甲 a = 累计档位(1.5; <1: 0; >=1: 1)", errors.TierCountTooLarge),
        ("[一] 门店 甲 a = 累计档位(1001; <1: 0; >=1: 1)", errors.TierCountTooLarge),
        ("参数 率 rate = 1% 自 2026-04-01\n[一] 门店 甲 a = 率", errors.ParameterWithoutValue),
        ("参数 率 rate = 1% 自 2000-01-01 至 2026-03-30\n[一] 门店 甲 a = 率", errors.ParameterWithoutValue),
        ("参数 率 rate = 1元 自 2026-04-01\n[一] 门店 甲 a = 计数(收款; 金额 > 率)", errors.ParameterWithoutValue),
    ],
)
def test_what_cannot_be_calculated_is_named_with_clause_step_and_place(
    body: str, refusal: type[errors.RunRefusal]
) -> None:
    people = (make_person(coefficient=None), make_person("ZZ01", post="站长", team=None, coefficient=None))
    receipt = make_fact("1", "receipt", amount=1, paid_on=date(2026, 3, 1), order_kind="repair")
    with pytest.raises(refusal, match=r"\(\[一\] 甲, 第 [23] 行第 \d+ 列") as stopped:
        evaluate(trial(body), make_input(receipt, people=people))
    assert stopped.value.status == 409
    assert stopped.value.slug
    assert stopped.value.title


def test_the_column_of_a_division_by_zero_is_that_of_its_sign() -> None:
    with pytest.raises(errors.DivisionByZero) as stopped:
        evaluate(trial("[一] 门店 甲 a = 1 + (2 ÷ (3 - 3))"), make_input())
    assert (stopped.value.line, stopped.value.column) == (2, 21)


def test_numbers_that_grow_without_end_are_stopped() -> None:
    steps = "[一] 门店 步0 s0 = 99999999999\n" + "".join(
        f"[一] 门店 步{n} s{n} = 步{n - 1} × 步{n - 1}\n" for n in range(1, 20)
    )
    with pytest.raises(errors.NumberTooLarge):
        evaluate(trial(steps), make_input())


def test_a_run_of_too_many_steps_is_stopped() -> None:
    facts = [make_fact(str(n), "complaint", cause="其他", occurred_on=date(2026, 3, 1)) for n in range(20)]
    with pytest.raises(errors.EvaluationTooLong):
        evaluate(trial("[一] 门店 甲 a = 计数(投诉; 属实)"), make_input(*facts), 10)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("receipt", {"amount": 1.5}),
        ("receipt", {"amount": True}),
        ("receipt", {"amount": None}),
        ("receipt", {"amount": "12"}),
        ("receipt", {"amount": [1]}),
        ("receipt", {"amount": Decimal("NaN")}),
        ("receipt", {"amount": Decimal("sNaN")}),
        ("receipt", {"amount": Decimal("1e999999")}),
        ("receipt", {"amount": Decimal("1e-30")}),
        ("receipt", {"amount": 10**40}),
        ("receipt", {"order_kind": "洗车"}),
        ("receipt", {"order_kind": 3}),
        ("receipt", {"paid_on": "2026-03-01"}),
        ("receipt", {"paid_on": datetime(2026, 3, 1)}),  # noqa: DTZ001
        ("receipt", {"cancelled": "否"}),
        ("receipt", {"order_number": 7}),
        ("gift", {}),
    ],
)
def test_a_fact_with_a_value_that_its_kind_does_not_allow_is_named(kind: str, fields: dict[str, Any]) -> None:
    good: dict[str, FactValue] = {"amount": Decimal("1.00"), "paid_on": date(2026, 3, 1), "order_kind": "保养"}
    fact = Fact("R-77", 1, kind, {**good, **fields})
    plan = trial(
        "[一] 门店 甲 a = 合计(收款; 金额)\n"
        "[一] 门店 乙 b = 计数(收款; 月份(收款日期) = 本月; 维修类别 = “保养”; 非(已取消); 有值(工单号))"
    )
    with pytest.raises(errors.FactInvalid):
        evaluate(plan, make_input(fact))


def test_facts_are_of_a_kind_by_either_name_and_given_once() -> None:
    fact = make_fact("1", "投诉", cause="工作失误", occurred_on=date(2026, 3, 1))
    plan = trial("[一] 门店 甲 a = 计数(投诉; 原因 = “工作失误”)")
    assert evaluate(plan, make_input(fact)).figures.store["a"] == 1
    with pytest.raises(errors.FactRepeated, match="complaint 1"):
        evaluate(plan, make_input(fact, replace(fact, version=2)))


def test_an_employee_number_is_given_once() -> None:
    with pytest.raises(errors.PersonRepeated, match="SA01"):
        evaluate(trial("[一] 个人 甲 a = 1"), make_input(people=(make_person(), make_person(name="other"))))


def test_facts_of_unknown_people_and_teams_are_pointed_out_and_pay_nobody() -> None:
    facts = (
        make_fact("1", "consumable", team="夜班", amount=1, used_on=date(2026, 3, 1)),
        make_fact("2", "complaint", employee="SA99", cause="其他", occurred_on=date(2026, 3, 1)),
        make_fact("3", "complaint", cause="其他", occurred_on=date(2026, 3, 1)),
    )
    plan = trial(
        "[一] 班组 甲 a = 合计(辅料; 金额; 班组 = 本班组)\n[一] 个人 乙 b = 计数(投诉; 本人 = 责任人) × 1元\n发放 乙"
    )
    outcome = evaluate(plan, make_input(*facts, review_scores={"SA98": Decimal(90)}))
    assert [(notice.code, notice.subject) for notice in outcome.warnings] == [
        ("person-unknown", "SA99"),
        ("review-score-unknown", "SA98"),
        ("team-unknown", "夜班"),
    ]
    assert outcome.lines == ()


def test_a_negative_total_a_withheld_payment_and_a_reminder_are_pointed_out() -> None:
    plan = trial(
        "[一] 个人 甲 a = -1.005元\n[一] 个人 乙 b = 如果(本人 = “SA02”; 3元; 0元)\n[一] 门店 丙 c = 1 < 2\n"
        "发放 甲\n[一.4] 发放 乙 条件 非(试用期)\n提醒 丙 “有” “some”\n提醒 乙 “乙” “b”"
    )
    people = (make_person(), make_person("SA02", on_probation=True))
    outcome = evaluate(plan, make_input(people=people))
    assert lines_of(outcome) == {"SA01": {"a": "-1.01"}, "SA02": {"a": "-1.01"}}
    assert [(notice.code, notice.subject) for notice in outcome.warnings] == [
        ("payment-withheld", "SA02"),
        ("reminder-b", "SA02"),
        ("reminder-c", ""),
        ("total-negative", "SA01"),
        ("total-negative", "SA02"),
    ]
    withheld = outcome.warnings[0]
    assert withheld.chinese == "SA02 的 乙 3.00 不发放: [一.4] 非(试用期)"


def test_a_condition_of_payment_that_cannot_be_decided_names_the_payment() -> None:
    plan = trial("[一] 个人 甲 a = 1元\n[二] 发放 甲 条件 系数 > 0")
    with pytest.raises(errors.CoefficientMissing) as stopped:
        evaluate(plan, make_input(people=(make_person(coefficient=None),)))
    assert (stopped.value.clause, stopped.value.step, stopped.value.column) == ("二", "甲", 13)


def test_the_pool_of_a_team_that_nobody_shares_is_left_and_told_and_the_others_are_paid() -> None:
    plan = trial("[一] 班组 甲 a = 10元 ÷ 3\n[一] 个人(机电技师) 乙 b = 分摊(甲; 1; “最大余数”)\n发放 乙")
    outcome = evaluate(plan, make_input(people=(make_person("J1", post="mechanic", team="一"), make_person(team="二"))))
    assert lines_of(outcome) == {"J1": {"b": "3.33"}}
    (left,) = outcome.unassigned
    assert (left.step, left.owner, left.pool, left.amount) == ("b", "二", Fraction(10, 3), Decimal("3.33"))
    (told,) = outcome.warnings
    assert (told.code, told.subject, told.chinese) == ("pool-unassigned", "二", "[一] 二 乙: 3.33 元无人可分, 未发放")


@pytest.mark.parametrize("rule", ["最大余数", "各自四舍五入"])
@pytest.mark.parametrize(
    ("split", "left"),
    [
        ("[一] 个人 甲 a = 分摊(100元; 0; “{}”)", "100.00"),
        ("[一] 个人(配件员) 甲 a = 分摊(-100元; 1; “{}”)", "-100.00"),
        ("[一] 个人 甲 a = 均分(1元; 试用期; “{}”)", "1.00"),
        ("[一] 个人 甲 a = 均分(0.4元 ÷ 100; 试用期; “{}”)", None),
        ("[一] 个人 甲 a = 分摊(0元; 0; “{}”)", None),
    ],
)
def test_lines_and_what_is_left_are_the_pool(split: str, rule: str, left: str | None) -> None:
    outcome = evaluate(trial(split.format(rule) + "\n发放 甲"), make_input(people=(make_person(), make_person("B"))))
    assert outcome.lines == ()
    assert [str(pool.amount) for pool in outcome.unassigned] == ([] if left is None else [left])
    assert [notice.code for notice in outcome.warnings] == ([] if left is None else ["pool-unassigned"])


def test_a_split_shows_pool_weight_and_sum_of_weights_in_the_trace() -> None:
    plan = trial("[一] 门店 甲 a = 100元\n[二] 个人 乙 b = 分摊(甲; 系数; “最大余数”)\n发放 乙 作为 share")
    outcome = evaluate(plan, make_input(people=(make_person("A"), make_person("B", coefficient=Fraction(1, 5)))))
    node = outcome.nodes["b/B"]
    assert [(read.name, read.source, read.value) for read in node.inputs] == [
        ("coefficient", "person", Fraction(1, 5)),
        ("weight", "split", Fraction(1, 5)),
        ("a", "step", 100),
        ("pool", "split", 100),
        ("sum_of_weights", "split", Fraction(3, 5)),
    ]
    assert node.as_json()["value"] == "100/3"
    assert (node.scope, node.value) == (Scope.PERSON, Fraction(100, 3))
    assert lines_of(outcome) == {"A": {"share": "66.67"}, "B": {"share": "33.33"}}
    assert outcome.totals == {"A": Decimal("66.67"), "B": Decimal("33.33")}


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "26-01", "2026-1", "２０２６-01", "2026-01-01", ""])
def test_a_month_is_written_with_year_and_number(text: str) -> None:
    with pytest.raises(errors.MonthInvalid):
        Month.parse(text)


def test_a_month_knows_its_days_and_the_month_before() -> None:
    assert str(Month.parse("2028-02").last_day) == "2028-02-29"
    assert (Month(2026, 1).previous, MARCH.previous, Month(1, 1).previous) == (
        Month(2025, 12),
        Month(2026, 2),
        Month(1, 1),
    )
    assert MARCH.first_day == date(2026, 3, 1)
    with pytest.raises(errors.MonthInvalid):
        Month(2026, 13)


def test_kinds_fields_and_list_values_have_both_names() -> None:
    assert fact_kind("收款") is fact_kind("receipt") is FACT_KINDS["receipt"]
    assert fact_kind("收条") is None
    kind = FACT_KINDS["receipt"]
    assert kind.position("金额") == kind.position("amount") == 0
    assert kind.position("颜色") is None
    assert (POSTS.code("机电技师"), POSTS.code("mechanic"), POSTS.code("厨师")) == ("mechanic", "mechanic", None)
    assert (POSTS.chinese("mechanic"), POSTS.chinese("厨师")) == ("机电技师", "厨师")
    for one in FACT_KINDS.values():
        names = [name for field in one.fields for name in (field.name, *field.chinese)]
        assert len(names) == len(set(names))


def test_a_formula_that_was_not_checked_is_a_programming_error() -> None:
    at = Place(1, 1)
    table = TierTable(())
    reading = FactReading(MARCH, lambda name: table, lambda steps: None)
    with pytest.raises(TypeError):
        value_of(ParameterValue(at, "x"), reading)
    with pytest.raises(TypeError):
        value_of(PersonValue(at, Attribute.NUMBER), reading)
    with pytest.raises(TypeError):
        value_of(Coefficient(at, "x"), reading)
    with pytest.raises(TypeError):
        number_of(Literal(at, "甲"), reading)
