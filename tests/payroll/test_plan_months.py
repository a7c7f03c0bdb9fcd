"""Two shops' months from their exports, every figure and every line to the cent, with the shipped plan.

The demo shop's September, and the October whose working on paper is in tests/e2e/october/README.md.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.given import RunInput
from services.payroll.domain.calculation.outcome import Outcome, TraceInput
from services.payroll.domain.exact import half_up
from tests.payroll.shipped_plan import lines_of, shipped_plan
from tests.payroll.shop_month import OCTOBER, SEPTEMBER, october, september

Expected = Mapping[str, Any]
STORE_FIGURES = {
    "car_count": "car_count",
    "output": "output",
    "normal_receipts": "receipts.normal",
    "warranty_reimbursement": "receipts.warranty",
    "accident_output": "receipts.accident",
    "service_advisor_pool": "service_advisor_pool",
    "output_commission": "output_commission",
    "accessory_front_desk": "accessory_front_desk",
    "install_pool": "install_pool",
    "accessories_at_or_below_80_percent": "accessories_at_or_below_80_percent",
}
TEAM_FIGURES = {"team_hours": ("team_hours",), "team_pools": ("mechanical_pool", "body_pool")}
TARGETS = {"output_completion": "output_target", "car_completion": "car_target"}


@pytest.fixture(scope="module", params=[(SEPTEMBER, september), (OCTOBER, october)], ids=["september", "october"])
def month(request: pytest.FixtureRequest) -> tuple[Outcome, Expected]:
    given: tuple[Path, Callable[[], RunInput]] = request.param
    folder, read = given
    return evaluate(shipped_plan(), read()), json.loads((folder / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("step", "path"), STORE_FIGURES.items())
def test_figures_of_the_store(month: tuple[Outcome, Expected], step: str, path: str) -> None:
    outcome, wanted = month[0], month[1]
    for key in path.split("."):
        wanted = wanted[key]
    found = outcome.figures.store[step]
    assert isinstance(found, Fraction)
    assert half_up(found, 2) == Fraction(str(wanted))


@pytest.mark.parametrize(("key", "steps"), TEAM_FIGURES.items())
def test_figures_of_the_teams(month: tuple[Outcome, Expected], key: str, steps: tuple[str, ...]) -> None:
    outcome, expected = month
    found = {team: value for step in steps for team, value in outcome.figures.teams[step].items()}
    rounded = {team: half_up(value, 2) for team, value in found.items() if isinstance(value, Fraction)}
    assert rounded == {team: Fraction(value) for team, value in expected[key].items()}


@pytest.mark.parametrize(("step", "key"), TARGETS.items())
def test_targets_of_the_desk_whatever_its_team_is_called(month: tuple[Outcome, Expected], step: str, key: str) -> None:
    outcome, expected = month
    (target,) = (read for read in outcome.nodes[step].inputs if read.source == "target")
    assert target.value == expected[key]


def test_every_line_and_total_of_everybody(month: tuple[Outcome, Expected]) -> None:
    outcome, expected = month
    wanted = expected["pay"].items()
    assert {person: _amounts(lines) for person, lines in lines_of(outcome).items()} == {
        person: _amounts(told["lines"]) for person, told in wanted
    }
    assert outcome.totals == {person: Decimal(told["total"]) for person, told in wanted}
    assert outcome.pay_total == Decimal(expected["pay_total"])


def _amounts(lines: Mapping[str, str]) -> Mapping[str, Decimal]:
    return {name: Decimal(amount) for name, amount in lines.items()}


def test_the_trace_shows_whether_a_coefficient_is_the_persons_own_or_his_posts() -> None:
    nodes = evaluate(shipped_plan(), october()).nodes
    first = {number: nodes[f"share/{number}"].inputs[1] for number in ("A1", "A2", "B1")}
    assert first == {
        "A1": TraceInput("coefficient", "person", Fraction(3, 5), "A1"),
        "A2": TraceInput("post_coefficients:service_advisor", "parameter", Fraction(2, 5), "2000-01-01"),
        "B1": TraceInput("coefficient", "person", Fraction(1, 10), "B1"),
    }


def test_what_the_october_run_points_out() -> None:
    warnings = evaluate(shipped_plan(), october()).warnings
    assert [(notice.code, notice.subject) for notice in warnings] == [
        ("reminder-accessories_below_80_percent", ""),
        ("review-score-missing", "B1"),
    ]
