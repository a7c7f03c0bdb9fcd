"""Targets proposed from what was reached: which rule, which numbers, how it is rounded."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from services.payroll.domain.forecasts.target_proposal import HistoryTooShort, last_over, months_read, propose
from services.payroll.domain.month import Month
from tests.payroll.small_month import TARGETS, SmallMonth

OCTOBER, SEPTEMBER = Month(2026, 10), Month(2026, 9)
RECENT = {"2026-07": 300, "2026-08": 310, "2026-09": 320}
LAST_YEAR = {"2025-07": 280, "2025-08": 290, "2025-09": 300, "2025-10": 350}


def numbers(reached: Mapping[str, int | str]) -> dict[Month, Fraction]:
    return {Month.parse(month): Fraction(number) for month, number in reached.items()}


@pytest.mark.parametrize(
    ("reached", "metric", "rule", "exact", "value"),
    [
        (RECENT, "car_count", "mean_of_three", "310", "310"),
        ({**RECENT, "2026-09": 321}, "car_count", "mean_of_three", "931/3", "310"),
        (RECENT, "output", "mean_of_three", "310", "300"),
        ({**RECENT, **LAST_YEAR}, "car_count", "last_year_with_trend", "10850/29", "374"),
        ({**RECENT, **LAST_YEAR, "2025-08": -580}, "car_count", "mean_of_three", "310", "310"),
        ({**RECENT, "2025-10": 350}, "car_count", "mean_of_three", "310", "310"),
        ({**RECENT, "2026-09": 440}, "output", "mean_of_three", "350", "400"),
        ({**RECENT, **LAST_YEAR, "2025-10": 0}, "car_count", "mean_of_three", "310", "310"),
        ({**RECENT, **LAST_YEAR, "2025-10": -350}, "car_count", "mean_of_three", "310", "310"),
        (dict.fromkeys(RECENT, "1/30"), "rework_rate", "mean_of_three", "1/30", "0.033"),
        (dict.fromkeys(RECENT, "2001/22"), "satisfaction", "mean_of_three", "2001/22", "91.0"),
    ],
)  # fmt: skip
def test_a_target_is_proposed_by_the_first_rule_whose_months_are_known(
    *, reached: dict[str, int | str], metric: str, rule: str, exact: str, value: str
) -> None:
    found = propose(OCTOBER, metric, numbers(reached), SEPTEMBER)
    assert (found.rule, str(found.exact), found.value) == (rule, exact, Decimal(value))
    assert len(found.numbers) == (7 if rule == "last_year_with_trend" else 3)


def test_months_that_are_not_known_are_named() -> None:
    with pytest.raises(HistoryTooShort, match="2026-07, 2026-08"):
        propose(OCTOBER, "output", {Month(2026, 9): Fraction(1)}, SEPTEMBER)


@pytest.mark.parametrize("reached", [dict.fromkeys(RECENT, 0), dict.fromkeys(RECENT, -5), dict.fromkeys(RECENT, 40)])
def test_nothing_is_proposed_where_it_would_be_a_target_of_zero(reached: dict[str, int]) -> None:
    with pytest.raises(HistoryTooShort, match="2026-07, 2026-08, 2026-09"):
        propose(OCTOBER, "output", numbers(reached), SEPTEMBER)


@pytest.mark.parametrize(
    ("today", "until"),
    [(date(2026, 9, 1), "2026-08"), (date(2026, 9, 30), "2026-08"), (date(2026, 10, 1), "2026-09"),
     (date(2027, 1, 9), "2026-09"), (date(2026, 1, 31), "2025-12")],
)  # fmt: skip
def test_a_month_that_is_not_over_is_not_read(today: date, until: str) -> None:
    """The target of October is set in September, of which only some days are known."""
    last = last_over(OCTOBER, today)
    assert str(last) == until
    assert max(months_read(OCTOBER, last)) == last
    if until == "2026-08":
        known = numbers({"2026-06": 290, **RECENT, **LAST_YEAR, "2025-06": 270})
        found = propose(OCTOBER, "car_count", known, last)
        assert (str(found.exact), found.value) == ("375", Decimal(375)), "350 × (290 + 300 + 310) ÷ (270 + 280 + 290)"


async def test_a_proposal_shows_the_figures_of_the_runs_and_is_accepted_as_a_target(small: SmallMonth) -> None:
    months = ("2026-08", "2026-09", "2026-10")
    rows = [{**each, "month": month, "row": n} for n, (month, each) in
            enumerate(((month, each) for month in months for each in TARGETS), 2)]  # fmt: skip
    await small.prepare(targets=tuple(rows))
    await small.tell()
    wish = {"month": "2026-11", "metric": "产值", "until": "2026-10"}
    named = await small.client.post(
        "/v1/target-proposals", json={**wish, "scope": "team", "subject": "业务组"}, headers=small.headers
    )
    assert (named.status_code, named.json()["type"]) == (409, "urn:aftermile:problem:history-too-short")
    short = (await small.client.post("/v1/target-proposals", json=wish, headers=small.headers)).json()
    (missing,) = short["not_proposed"]
    assert (missing["subject"], missing["problem"]["type"]) == ("业务组", "urn:aftermile:problem:history-too-short")
    assert (short["proposals"], "2026-08" in missing["problem"]["detail"]) == ([], True)
    runs = [await small.run(month) for month in months]
    assert {run["status"] for run in runs} == {"completed"}
    answer = await small.client.post("/v1/target-proposals", json=wish, headers=small.headers)
    assert answer.status_code == 200, answer.text
    (proposal,) = answer.json()["proposals"]
    assert (proposal["subject"], proposal["rule"], proposal["exact"]) == ("业务组", "mean_of_three", "1100/3")
    assert [each["value"] for each in proposal["numbers"]] == ["0", "600", "500"]
    assert [each["run_id"] for each in proposal["numbers"]] == [run["id"] for run in runs]
    assert (proposal["value"], proposal["rounded_to"]) == ("400", "100")
    for subject in ("J101", "SA01"):
        of_one = {"month": "2026-10", "scope": "person", "subject": subject, "metric": "sales", "value": "1"}
        assert (await small.client.post("/v1/targets", json=of_one, headers=small.headers)).status_code == 201
    mixed = {"month": "2026-11", "metric": "sales", "step": "mechanic_share", "until": "2026-10"}
    told = (await small.client.post("/v1/target-proposals", json=mixed, headers=small.headers)).json()
    assert [[each["subject"] for each in told[kind]] for kind in ("proposals", "not_proposed")] == [["J101"], ["SA01"]]
    target = {"month": "2026-11", **{name: proposal[name] for name in ("scope", "subject", "metric", "value")}}
    made = await small.client.post("/v1/targets", json=target, headers=small.headers)
    assert (made.status_code, made.json()["signed_by"]) == (201, None)
    for wrong, pointer in (({"metric": "x"}, "/metric"), ({"until": "2026-11"}, "/until"), ({"scope": "team"}, "")):
        answer = await small.client.post("/v1/target-proposals", json={**wish, **wrong}, headers=small.headers)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    own = await small.client.post("/v1/target-proposals", json=wish, headers=small.person("SA01"))
    assert own.status_code == 403
