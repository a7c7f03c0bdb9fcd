"""The worked examples of the shipped plan pass; an example that cannot be read, or does not hold, says where."""

import pytest

from services.payroll.domain.errors import ExamplesInvalid
from services.payroll.domain.plans.example_file import read_examples
from services.payroll.domain.plans.examples import WorkedExample, check_examples
from tests.payroll.shipped_plan import shipped_examples, shipped_plan

PAID: dict[str, object] = {"totals": {"SA01": "1.00"}}


@pytest.mark.parametrize("example", shipped_examples(), ids=lambda example: example.english)
def test_a_worked_example_of_the_shipped_plan(example: WorkedExample) -> None:
    (result,) = check_examples(shipped_plan(), [example])
    assert result.differences == ()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"examples": {}}, "/examples"),
        ({"examples": [7]}, "/examples/0"),
        ({"examples": [{"name": {"zh": "甲"}}]}, "/examples/0/name/en"),
        ({"examples": [{"surprise": 1}]}, "/examples/0/surprise"),
        ({"month": "2026-13"}, "/examples/0/month"),
        ({"people": [{"number": "A", "post": "x", "coefficient": 0.4}]}, "/examples/0/people/0/coefficient"),
        ({"people": [{"number": "A"}]}, "/examples/0/people/0/post"),
        ({"people": [{"number": "A", "post": "x", "on_probation": "是"}]}, "/examples/0/people/0/on_probation"),
        ({"posts": ["mechanic", "x"], "people": [{"number": "A", "post": "y"}]}, "/examples/0/posts/1"),
        ({"posts": []}, "/examples/0/posts"),
        ({"posts": "mechanic"}, "/examples/0/posts"),
        ({"posts": [7]}, "/examples/0/posts/0"),
        ({"targets": [{"subject": "A", "metric": "x", "value": "1e9"}]}, "/examples/0/targets/0/value"),
        ({"facts": [{"kind": "收条"}]}, "/examples/0/facts/0/kind"),
        ({"facts": [{"kind": "收款", "金额": 3}]}, "/examples/0/facts/0/金额"),
        ({"facts": [{"kind": "收款", "颜色": "红"}]}, "/examples/0/facts/0/颜色"),
        ({"facts": [{"kind": "收款", "收款日期": "三月"}]}, "/examples/0/facts/0/收款日期"),
        ({"parameters": {"vat_rate": 3}}, "/examples/0/parameters/vat_rate"),
        ({"expect": []}, "/examples/0/expect"),
        ({"expect": {}}, "/examples/0/expect"),
        ({"expect": {"figures": {}, "lines": {}, "totals": {}, "notices": [], "refusal": ""}}, "/examples/0/expect"),
        ({"expect": {"notices": [["a"]]}}, "/examples/0/expect/notices/0"),
        ({"expect": {"refusal": {"a": 1}}}, "/examples/0/expect/refusal"),
        ({"name": {"zh": "甲", "en": "a", "more": [[]]}}, "/examples/0/name/more"),
        ({"people": [{"number": "A", "post": "x", "name": [[]]}]}, "/examples/0/people/0/name"),
        ({"facts": [{"kind": "手工指标", "指标": {"a": "b"}}]}, "/examples/0/facts/0/指标"),
        ({"facts": [{"kind": "收款", "id": 7}]}, "/examples/0/facts/0/id"),
        ({"clause": "一\x00"}, "/examples/0/clause"),
        ({"review_scores": {"A\ud800": "96"}}, "/examples/0/review_scores"),
        ({"examples": [], "more": float("nan")}, "/more"),
        ({"examples": [{}] * 501}, "/examples"),
    ],
)
def test_examples_that_cannot_be_read_say_where(change: dict[str, object], pointer: str) -> None:
    example: dict[str, object] = {"name": {"zh": "甲", "en": "a"}, "clause": "一", "month": "2026-03"}
    example["expect"] = {"totals": {"A": "0"}}
    document = change if "examples" in change else {"examples": [{**example, **change}]}
    with pytest.raises(ExamplesInvalid) as refused:
        read_examples(document)
    assert refused.value.errors[0]["pointer"] == pointer


def test_a_key_that_an_example_does_not_have_is_answered_by_those_that_it_has() -> None:
    with pytest.raises(ExamplesInvalid, match="未知的键,可以写 name, clause, "):
        read_examples({"examples": [{"scores": {}}]})


@pytest.mark.parametrize(
    ("expect", "parameters", "what"),
    [
        ({"figures": {"output": "1.00"}}, {}, "output"),
        ({"figures": {"outptu": "1.00"}}, {}, "outptu"),
        ({"figures": {"team_hours": {"夜班": "3"}}}, {}, "team_hours/夜班"),
        ({"lines": {"SA01": {"share": "3.00"}}}, {}, "SA01 share"),
        ({"totals": {"SA01": "3.00"}}, {}, "SA01 total"),
        ({"notices": ["total-negative"]}, {}, "notice total-negative"),
        ({"refusal": "target-zero"}, {}, "refusal"),
        (PAID, {"no_such": "1"}, "parameters"),
        (PAID, {"vat_rate": True}, "parameters"),
        (PAID, {"vat_rate": "x"}, "parameters"),
        (PAID, {"complaint_tiers": "1"}, "parameters"),
        (PAID, {"post_coefficients": "0.4"}, "parameters"),
    ],
)
def test_an_example_that_does_not_hold_says_what_differs(
    expect: dict[str, object], parameters: dict[str, object], what: str
) -> None:
    targets = [
        {"subject": "业务组", "metric": metric, "value": "1", "signed_on": "2026-02-25", "signed_by": "SA01"}
        for metric in ("产值", "接车台次")
    ]
    person = {"number": "SA01", "post": "业务接待", "team": "业务组", "coefficient": "0.4"}
    example = {
        "name": {"zh": "甲", "en": "a"},
        "clause": "一",
        "month": "2026-03",
        "people": [person],
        "targets": targets,
        "parameters": parameters,
        "expect": expect,
    }
    (result,) = check_examples(shipped_plan(), read_examples({"examples": [example]}))
    assert not result.passed
    assert [difference.what for difference in result.differences] == [what]
