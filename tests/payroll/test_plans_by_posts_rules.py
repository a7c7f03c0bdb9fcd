"""Several plans for one month: who is paid by which, and that together they pay what each pays its people."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.calculation.assignment import EVERYBODY, REST, Reach, held_by, post_codes, reaches
from services.payroll.domain.calculation.combination import Part, combine
from services.payroll.domain.calculation.correction import Recalculated, correct
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.given import RunInput
from services.payroll.domain.calculation.outcome import Outcome
from services.payroll.domain.calculation.plan import Plan
from services.payroll.domain.errors import TargetMissing
from services.payroll.domain.month import Month
from tests.payroll.shipped_plan import (
    MARCH,
    lines_of,
    make_fact,
    make_input,
    make_person,
    make_target,
    shipped_plan,
    trial,
)
from tests.payroll.shop_month import september


def only(*posts: str) -> Reach:
    return Reach(frozenset(posts), all_but=False)


def but(*posts: str) -> Reach:
    return Reach(frozenset(posts))


def together(month: RunInput, *plans: tuple[Plan, Reach]) -> Outcome:
    return combine([Part(reach, evaluate(plan, replace(month, reach=reach))) for plan, reach in plans], month.people)


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ({}, {}),
        ({REST: "A"}, {"A": EVERYBODY}),
        ({"mechanic": "B"}, {"B": only("mechanic")}),
        ({REST: "A", "mechanic": "B"}, {"A": but("mechanic"), "B": only("mechanic")}),
        (
            {"mechanic": "B", "洗车工": "C", "parts_clerk": "B", REST: "A"},
            {"A": but("mechanic", "parts_clerk", "洗车工"), "B": only("mechanic", "parts_clerk"), "C": only("洗车工")},
        ),
        ({REST: "A", "mechanic": "A", "parts_clerk": "B"}, {"A": but("parts_clerk"), "B": only("parts_clerk")}),
    ],
    ids=["none", "one for all", "one post and nobody else", "the rest and a post", "three", "named by the general one"],
)  # fmt: skip
def test_every_post_is_paid_by_the_plan_that_holds_it_and_the_rest_by_the_one_that_names_none(
    held: dict[str, str], found: dict[str, Reach]
) -> None:
    assert reaches(held) == found
    assert list(reaches(held)) == sorted(found, key=lambda plan: (not found[plan].all_but, found[plan].prefix))
    assert reaches(held_by(found)) == found


@given(st.dictionaries(st.sampled_from(["", "a", "b", "c", "d"]), st.integers(0, 3)), st.sampled_from("abcdxyz"))
def test_nobody_is_paid_by_two_plans_and_only_without_a_general_one_by_none(held: dict[str, int], post: str) -> None:
    paid_by = [plan for plan, reach in reaches(held).items() if reach.holds(post)]
    holder = held.get(post, held.get(REST))
    assert paid_by == ([] if holder is None else [holder])
    assert len({reach.prefix for reach in reaches(held).values()}) == len(reaches(held))


def test_posts_are_known_by_code_or_by_the_shops_own_word() -> None:
    assert post_codes(["机电技师", "mechanic", "洗车工"]) == ["mechanic", "洗车工"]
    assert post_codes(["洗车工（夜班）", "洗车工(夜班)", " 机电\u200b技师"]) == ["洗车工(夜班)", "mechanic"]


PER_CAR = trial(
    "[甲] 个人 台次 cars = 计数(工单; 接待人 = 本人)\n[甲] 个人 台次奖 bonus = 台次 × 10元\n[甲] 发放 台次奖"
)
POSTS = ("service_advisor", "mechanic", "parts_clerk", "洗车工")


@given(
    posts=st.lists(st.sampled_from(POSTS), min_size=1, max_size=8),
    cars=st.lists(st.integers(0, 7), max_size=20),
    held=st.dictionaries(st.sampled_from(POSTS), st.integers(1, 3)),
)
def test_split_over_plans_of_one_text_a_month_pays_what_one_plan_would(
    posts: Sequence[str], cars: Sequence[int], held: dict[str, int]
) -> None:
    people = tuple(make_person(f"P{n}", post=post) for n, post in enumerate(posts))
    facts = [make_fact(str(n), "order", order_kind="repair", advisor=f"P{car}", opened_on=date(2026, 3, 1))
             for n, car in enumerate(cars)]  # fmt: skip
    month = make_input(*facts, people=people)
    one = evaluate(PER_CAR, month)
    parts = [(PER_CAR, reach) for reach in reaches({**held, REST: 0}).values()]
    several = together(month, *parts)
    assert lines_of(several) == lines_of(one)
    assert list(several.totals.items()) == list(one.totals.items())
    assert several.warnings == one.warnings
    assert several.hash == together(month, *parts).hash
    assert (several.hash == one.hash) == (not held), "which plan paid whom is in the hash"


def test_a_shops_september_by_four_plans_of_one_text_is_the_same_to_the_cent() -> None:
    """Posts that share a pool, or count what others of the plan have done, stay together."""
    plan, month = shipped_plan(), september()
    goods = ("accessory_seller", "accessory_installer", "parts_clerk")
    several = together(
        month, (plan, but("mechanic", "body_technician", *goods)), (plan, only(*goods)),
        (plan, only("body_technician")), (plan, only("mechanic")),
    )  # fmt: skip
    one = evaluate(plan, month)
    assert lines_of(several) == lines_of(one)
    assert (several.totals, several.unassigned, several.warnings) == (one.totals, one.unassigned, one.warnings)
    assert several.figures.store["mechanic:output"] == one.figures.store["output"]
    assert {name.partition(":")[0] for name in several.nodes if ":" in name} == {
        "accessory_installer", "body_technician", "mechanic",
    }  # fmt: skip


TEAM = trial("""[四] 班组 工时 hours = 合计(完工工时; 标准工时; 班组 = 本班组)
[四] 班组 池 pool = 工时 × 100元/工时
[四] 个人 份 share = 分摊(池; 系数; "最大余数")
[四] 门店 各人 sum_of_shares = 汇总(份)
[四] 发放 份
""")
CREW = (
    make_person("J1", post="mechanic", team="一组", coefficient=Fraction(1)),
    make_person("J2", post="mechanic", team="一组", coefficient=Fraction(3)),
    make_person("Q1", post="quality_inspector", team="一组", coefficient=Fraction(4)),
)


def labour(number: str, hours: str) -> object:
    return make_fact(number, "labour", team="一组", technician="Q1", standard_hours=Decimal(hours), order_kind="repair",
                     completed_on=date(2026, 3, 2))  # fmt: skip


def test_a_plan_sees_all_facts_and_shares_its_pools_among_those_whom_it_pays() -> None:
    """The inspector's hours are the team's; the pool is the two mechanics', 1 to 3, as he is paid by another plan."""
    month = make_input(labour("1", "8"), people=CREW)  # type: ignore[arg-type]
    found = together(month, (TEAM, but("quality_inspector")), (PER_CAR, only("quality_inspector")))
    assert lines_of(found) == {"J1": {"share": "200.00"}, "J2": {"share": "600.00"}}
    assert found.figures.store["sum_of_shares"] == 800
    assert found.figures.people["quality_inspector:bonus"] == {"Q1": 0}
    assert found.warnings == ()


def test_a_target_binds_and_is_signed_by_people_whom_another_plan_pays() -> None:
    plan = trial("[一] 个人(前台主管) 奖 bonus = 100元 × 达成率(50元; 班组(业务接待); 产值; 业务接待)\n[一] 发放 奖")
    people = (make_person(), make_person("QT01", post="desk_supervisor", team=None))
    month = make_input(people=people, targets=(make_target(),))
    found = together(month, (PER_CAR, but("desk_supervisor")), (plan, only("desk_supervisor")))
    assert lines_of(found) == {"QT01": {"bonus": "50.00"}}
    with pytest.raises(TargetMissing):
        together(replace(month, targets=()), (plan, only("desk_supervisor")))


@pytest.mark.parametrize(
    ("reach", "left"),
    [(EVERYBODY, ["share"]), (only("mechanic", "parts_clerk"), ["mechanic:share"]), (only("parts_clerk"), [])],
)
def test_a_pool_of_posts_that_another_plan_pays_is_not_one_that_nobody_shares(reach: Reach, left: list[str]) -> None:
    plan = trial('[四] 门店 池 pool = 100元\n[四] 个人(机电技师) 份 share = 分摊(池; 1; "最大余数")\n[四] 发放 份')
    month = make_input(people=(make_person("L1", post="parts_clerk"),))
    found = together(month, (plan, reach))
    assert [pool.step for pool in found.unassigned] == left
    assert [each.code for each in found.warnings] == ["pool-unassigned"] * len(left)


def test_whom_no_plan_pays_is_named_and_gets_nothing() -> None:
    people = (make_person(), make_person("J1", post="机电技师"), make_person("X1", post="洗车工"))
    order = make_fact("1", "order", order_kind="repair", advisor="J1", opened_on=date(2026, 3, 1))
    found = together(make_input(order, people=people), (PER_CAR, only("mechanic")))
    assert lines_of(found) == {"J1": {"bonus": "10.00"}}
    assert [(each.code, each.subject) for each in found.warnings] == [
        ("person-without-plan", "SA01"), ("person-without-plan", "X1"),
    ]  # fmt: skip


def test_steps_of_two_plans_with_one_name_stay_apart_in_the_trace() -> None:
    people = (make_person(), make_person("J1", post="mechanic"))
    found = together(make_input(people=people), (trial(FLAT), but("mechanic")), (trial(DOUBLE), only("mechanic")))
    assert [(line.person, line.amount, line.node) for line in found.lines] == [
        ("J1", Decimal("20.00"), "mechanic:bonus/J1"), ("SA01", Decimal("10.00"), "bonus/SA01"),
    ]  # fmt: skip
    assert found.reached(["mechanic:bonus/J1"]) == {"mechanic:bonus/J1", "mechanic:base"}
    assert found.reached(["bonus/SA01"]) == {"bonus/SA01", "base"}
    assert (found.figures.store["base"], found.figures.store["mechanic:base"]) == (10, 20)
    assert set(found.documents) == {"", "J1", "SA01"}


FLAT = "[一] 门店 底 base = 10元\n[一] 个人 奖 bonus = 底\n[一] 发放 奖"
DOUBLE = FLAT.replace("10元", "20元")


def test_a_correction_by_two_plans_leads_to_the_steps_of_each() -> None:
    people = (make_person(), make_person("J1", post="mechanic"))
    parts = ((trial(FLAT), but("mechanic")), (trial(DOUBLE), only("mechanic")))
    april = together(make_input(people=people, month=Month(2026, 4)), *parts)
    found = correct(april, (Recalculated(together(make_input(people=people), *parts), {}),))
    late = [(line.person, line.amount, line.node) for line in found.lines if line.of_month == str(MARCH)]
    assert late == [
        ("J1", Decimal("20.00"), "2026-03:correction/bonus/J1"),
        ("SA01", Decimal("10.00"), "2026-03:correction/bonus/SA01"),
    ]  # fmt: skip
    assert found.reached([late[0][2]]) == {late[0][2], "2026-03:mechanic:bonus/J1", "2026-03:mechanic:base"}
    assert [read.name for read in found.nodes[late[0][2]].inputs] == ["paid", "bonus"]
