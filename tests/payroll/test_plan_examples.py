"""The worked examples of the shipped plan pass, and are strong: whatever is changed in the text, one of them breaks."""

import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from services.payroll.domain.errors import ExamplesInvalid
from services.payroll.domain.example_file import read_examples
from services.payroll.domain.examples import WorkedExample, check_examples
from services.payroll.language import PlanInvalid, parse_plan, plan_reader
from services.payroll.language.reader import read_statement
from tests.payroll.shipped_plan import shipped_examples, shipped_plan, shipped_text


@pytest.mark.parametrize("example", shipped_examples(), ids=lambda example: example.english)
def test_a_worked_example_of_the_shipped_plan(example: WorkedExample) -> None:
    (result,) = check_examples(shipped_plan(), [example])
    assert result.differences == ()


Rewrite = str | Callable[[re.Match[str]], str]
NUMBER = r"(?<![\w.>=<-])(\d+(?:\.\d+)?)(?=%|元|分)"
ARGUMENT = r"; ?\n? *(?:[^;()\n]|\([^()]*\)|\((?:[^()]|\([^()]*\))*\))+(?=[;)])"
MUTATIONS: tuple[tuple[str, str, Rewrite], ...] = (
    ("another rate, price, threshold or tier", NUMBER, lambda found: str(float(found[1]) + 0.1)),
    ("yes for no", "= 否 自", "= 是 自"),
    ("no for yes", "= 是 自", "= 否 自"),
    ("another month", "本月", "上月"),
    ("an edge inside", " > ", " >= "),
    ("an edge inside", " < ", " <= "),
    ("an edge outside", " <= ", " < "),
    ("the earlier of two days", r"较晚\(", "较早("),
    ("a cap for a floor", r"下限\(", "上限("),
    ("a floor for a cap", r"上限\(", "下限("),
    ("any for all", r"且\(", "或("),
    ("all for any", r"或\(", "且("),
    ("yes for not", r"非\(", "且(是; "),
    ("minus for plus", r" \+ ", " - "),
    ("plus for minus", " - ", " + "),
    ("divided for multiplied", " × ", " ÷ "),
    ("multiplied for divided", " ÷ ", " × "),
    ("unequal for equal", r' = (?=["本0])', " <> "),
    ("equal for unequal", " <> ", " = "),
    ("an argument or condition left out", ARGUMENT, ""),
    ("a post or a payment left out", r", [^\s,;()=]+(?: 作为 \w+)?(?=[,)\s])", ""),
    ("the first post left out", r"(?<=\()[^\s,;()=]+, (?=\S+\) )", ""),
    ("a sign turned", "-(?=[分被(])", ""),
    ("a value only from May", "自 2000-01-01", "自 2026-05-01"),
    ("another coefficient of a post", r"(?<=: )0\.[14]", lambda found: str(float(found[0]) + 0.1)),
    ("a coefficient of a post left out", r"(?<=按岗位\()[^;]+; ", ""),
    ("own coefficients only", r"系数\(岗位系数\)", "系数"),
    ("the target of a team by name", r"班组\(业务接待\)", '"业务组"'),
    ("the target of another post's team", r"班组\(业务接待\)", "班组(业务接待助理)"),
    ("the target of a team of more posts", r"班组\(业务接待\)", "班组(业务接待, 业务接待助理)"),
    ("the other remainder rule", '= "最大余数" 自', '= "各自四舍五入" 自'),
    ("the other reading of complaints", '= "最高档" 自', '= "逐次累加" 自'),
    ("the other reading of deductions", '= "相加" 自', '= "连乘" 自'),
    ("the other split", '= "均分" 自', '= "按系数" 自'),
    ("the other period of receipts", '= "结算与收款较晚" 自', '= "结算" 自'),
    ("the other period of accidents", '= "出厂与定审较晚" 自', '= "出厂" 自'),
)
EQUIVALENT = {
    "安装件计提额 + 非安装件计提额 = 0元); 0.1%": "an attainment of nothing sold multiplies nothing",
}


def mutants() -> Iterator[tuple[str, str, str]]:
    text = shipped_text()
    for name, pattern, rewrite in MUTATIONS:
        for found in re.finditer(pattern, text):
            line = text[text.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
            if line.startswith(("#", "计划", "提醒")):
                continue
            changed = rewrite if isinstance(rewrite, str) else rewrite(found)
            mutant = text[: found.start()] + changed + text[found.end() :]
            if not any(harmless in mutant for harmless in EQUIVALENT):
                yield f"{name}: {found[0]!r} → {changed!r}", line, mutant


def is_caught(text: str, examples: list[WorkedExample]) -> bool:
    """The example that catches a change goes to the front: it will catch the next one too, most likely."""
    try:
        plan = parse_plan(text)
    except PlanInvalid:
        return True
    for place, example in enumerate(examples):
        if not check_examples(plan, [example])[0].passed:
            examples.insert(0, examples.pop(place))
            return True
    return False


def test_every_change_of_the_plan_text_breaks_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_reader, "read_statement", cache(read_statement))  # most statements are unchanged each time
    survivors, count, examples = [], 0, list(shipped_examples())
    for name, line, text in mutants():
        count += 1
        if not is_caught(text, examples):
            survivors.append((name, line))
    assert survivors == []
    assert count > 380


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
        ({"targets": [{"subject": "A", "metric": "x", "value": "1e9"}]}, "/examples/0/targets/0/value"),
        ({"facts": [{"kind": "收条"}]}, "/examples/0/facts/0/kind"),
        ({"facts": [{"kind": "收款", "金额": 3}]}, "/examples/0/facts/0/金额"),
        ({"facts": [{"kind": "收款", "颜色": "红"}]}, "/examples/0/facts/0/颜色"),
        ({"facts": [{"kind": "收款", "收款日期": "三月"}]}, "/examples/0/facts/0/收款日期"),
        ({"parameters": {"vat_rate": 3}}, "/examples/0/parameters/vat_rate"),
        ({"expect": []}, "/examples/0/expect"),
    ],
)
def test_examples_that_cannot_be_read_say_where(change: dict[str, object], pointer: str) -> None:
    example: dict[str, object] = {"name": {"zh": "甲", "en": "a"}, "clause": "一", "month": "2026-03", "expect": {}}
    document = change if "examples" in change else {"examples": [{**example, **change}]}
    with pytest.raises(ExamplesInvalid) as refused:
        read_examples(document)
    assert refused.value.errors[0]["pointer"] == pointer


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
        ({}, {"no_such": "1"}, "parameters"),
        ({}, {"vat_rate": True}, "parameters"),
        ({}, {"vat_rate": "x"}, "parameters"),
        ({}, {"complaint_tiers": "1"}, "parameters"),
        ({}, {"post_coefficients": "0.4"}, "parameters"),
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
