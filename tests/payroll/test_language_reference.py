"""The reference in docs/ is true: its plans run, its example passes, and nothing of the language is missing in it."""

import json
import re
from pathlib import Path

import pytest

from services.payroll.domain import errors
from services.payroll.domain.calculation.facts import FACT_KINDS
from services.payroll.domain.plans.example_file import read_examples
from services.payroll.domain.plans.examples import check_examples
from services.payroll.domain.vocabulary import CAUSES, DEPARTMENTS, METRICS, ORDER_KINDS, POSTS
from services.payroll.language import parse_plan
from services.payroll.language.advice import ADVICE
from services.payroll.language.names import ATTRIBUTES, FUNCTIONS, MONTHS

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "plan-language.md").read_text(encoding="utf-8")
PLANS = re.findall(r"```plan\n(.*?)```", REFERENCE, re.DOTALL)
(EXAMPLES,) = re.findall(r"```json\n(.*?)```", REFERENCE, re.DOTALL)


@pytest.mark.parametrize("text", PLANS)
def test_the_plans_of_the_reference_pass_its_example(text: str) -> None:
    (result,) = check_examples(parse_plan(text), read_examples(json.loads(EXAMPLES)))
    assert result.differences == ()


def test_the_chinese_and_the_english_plan_are_both_shown() -> None:
    assert len(PLANS) == 2


CODES = sorted(
    code
    for path in (ROOT / "services/payroll/language").glob("*.py")
    for code in re.findall(
        r'(?:Misread|_note|PlanProblem)\([^"()]*(?:\([^()]*\)[^"()]*)*"([a-z-]+)"', path.read_text("utf-8")
    )
)


@pytest.mark.parametrize(
    "names",
    [
        [name for english, chinese in FUNCTIONS.items() for name in (english, chinese[0])],
        [*ATTRIBUTES, *MONTHS][::2],
        [name for kind in FACT_KINDS.values() for name in (kind.name, kind.chinese[0])],
        [field.name for kind in FACT_KINDS.values() for field in kind.fields],
        [
            f"{spellings[0]} {code}"
            for choices in (POSTS, METRICS, ORDER_KINDS, CAUSES, DEPARTMENTS)
            for code, spellings in choices.spellings.items()
        ],
        [error.slug for error in errors.RunRefusal.__subclasses__()],
        CODES,
    ],
    ids=["functions", "words", "kinds", "fields", "list values", "run errors", "plan problems"],
)
def test_nothing_of_the_language_is_missing_in_the_reference(names: list[str]) -> None:
    assert names
    assert [name for name in names if name not in REFERENCE] == []


def test_every_problem_has_advice_in_both_languages() -> None:
    assert sorted(ADVICE) == sorted({*CODES})
    for advice in ADVICE.values():
        assert re.search(r"[\u4e00-\u9fff]", advice)
        assert re.search(r"[a-z]{3}|e\.g\.", advice)
