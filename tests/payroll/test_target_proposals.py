"""Targets proposed from what was reached: which rule, which numbers, how it is rounded."""

from decimal import Decimal
from fractions import Fraction

import pytest

from services.payroll.domain.forecasts.target_proposal import HistoryTooShort, propose
from services.payroll.domain.month import Month
from tests.payroll.small_month import TARGETS, SmallMonth

OCTOBER = Month(2026, 10)
RECENT = {"2026-07": 300, "2026-08": 310, "2026-09": 320}
LAST_YEAR = {"2025-07": 280, "2025-08": 290, "2025-09": 300, "2025-10": 350}


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
    ],
)  # fmt: skip
def test_a_target_is_proposed_by_the_first_rule_whose_months_are_known(
    *, reached: dict[str, int], metric: str, rule: str, exact: str, value: str
) -> None:
    found = propose(OCTOBER, metric, {Month.parse(month): Fraction(number) for month, number in reached.items()})
    assert (found.rule, str(found.exact), found.value) == (rule, exact, Decimal(value))
    assert len(found.numbers) == (7 if rule == "last_year_with_trend" else 3)


def test_months_that_are_not_known_are_named() -> None:
    with pytest.raises(HistoryTooShort, match="2026-07, 2026-08"):
        propose(OCTOBER, "output", {Month(2026, 9): Fraction(1)})


async def test_a_proposal_shows_the_figures_of_the_runs_and_is_accepted_as_a_target(small: SmallMonth) -> None:
    months = ("2026-08", "2026-09", "2026-10")
    rows = [{**each, "month": month, "row": n} for n, (month, each) in
            enumerate(((month, each) for month in months for each in TARGETS), 2)]  # fmt: skip
    await small.prepare(targets=tuple(rows))
    await small.tell()
    wish = {"month": "2026-11", "metric": "产值"}
    named = await small.client.post(
        "/v1/target-proposals", json={**wish, "scope": "team", "subject": "业务组"}, headers=small.headers
    )
    assert (named.status_code, named.json()["type"]) == (409, "urn:aftermile:problem:history-too-short")
    short = (await small.client.post("/v1/target-proposals", json=wish, headers=small.headers)).json()
    (missing,) = short["not_proposed"]
    assert (missing["subject"], missing["problem"]["type"]) == ("业务组", "urn:aftermile:problem:history-too-short")
    assert (short["proposals"], "2026-08" in missing["problem"]["detail"]) == ([], True)
    for month in months:
        assert (await small.run(month))["status"] == "completed"
    answer = await small.client.post("/v1/target-proposals", json=wish, headers=small.headers)
    assert answer.status_code == 200, answer.text
    (proposal,) = answer.json()["proposals"]
    assert (proposal["subject"], proposal["rule"], proposal["exact"]) == ("业务组", "mean_of_three", "1100/3")
    assert [each["value"] for each in proposal["numbers"]] == ["0", "600", "500"]
    assert (proposal["value"], proposal["rounded_to"]) == ("400", 100)
    for subject in ("J101", "SA01"):
        of_one = {"month": "2026-10", "scope": "person", "subject": subject, "metric": "sales", "value": "1"}
        assert (await small.client.post("/v1/targets", json=of_one, headers=small.headers)).status_code == 201
    mixed = {"month": "2026-11", "metric": "sales", "step": "mechanic_share"}
    told = (await small.client.post("/v1/target-proposals", json=mixed, headers=small.headers)).json()
    assert [[each["subject"] for each in told[kind]] for kind in ("proposals", "not_proposed")] == [["J101"], ["SA01"]]
    target = {"month": "2026-11", **{name: proposal[name] for name in ("scope", "subject", "metric", "value")}}
    made = await small.client.post("/v1/targets", json=target, headers=small.headers)
    assert (made.status_code, made.json()["signed_by"]) == (201, None)
    unknown = await small.client.post("/v1/target-proposals", json={**wish, "metric": "x"}, headers=small.headers)
    assert unknown.json()["errors"][0]["pointer"] == "/metric"
    own = await small.client.post("/v1/target-proposals", json=wish, headers=small.person("SA01"))
    assert own.status_code == 403
