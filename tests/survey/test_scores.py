"""Scores through the public API: the golden numbers, groups, priors and response rate."""

import re
from typing import Any

import pytest
from fastapi import FastAPI

from tests.harness import AStore, deliver
from tests.survey.caller import DMS, FACTORS, Caller, content_of, make_order, make_row, rating, rows_of, texts
from tests.survey.domain.makers import people_with_means
from tests.survey.test_bulk import exported_rows

MONTH = {"from": "2026-09-01", "to": "2026-09-30"}
FIVE = ("attitude", "efficiency", "skill", "price", "facilities")
NPS = {"id": "recommendation", "type": "nps", "text": texts("n"), "metric": {"role": "recommendation"}}


async def scores(caller: Caller, questionnaire: str = "mine", **query: Any) -> Any:
    return await caller.read("/v1/scores", questionnaire=questionnaire, **{**MONTH, **query})


async def the_group(caller: Caller, **query: Any) -> Any:
    (group,) = (await scores(caller, **query))["groups"]
    return group


async def answered(caller: Caller, people: list[dict[str, int]], *questions: dict[str, Any]) -> None:
    await caller.publishes("mine", content_of(*questions))
    result = await caller.imports(rows_of(people, "mine"))
    assert result["counts"] == {"created": len(people)}


@pytest.mark.parametrize(
    ("means", "expected"),
    [(("8.9", "8.4", "8.6", "9.1", "8.2"), "865.1485"), (("8.9", "8.4", "8.6", "9.1"), "874.2857")],
)
async def test_csi_weights_renormalise_over_what_was_answered(
    manager: Caller, means: tuple[str, ...], expected: str
) -> None:
    questions = [rating(name, weight) for name, weight in zip(FIVE, (24, 21, 21, 18, 17), strict=True)]
    await answered(manager, people_with_means(means, FIVE[: len(means)]), *questions)
    group = await the_group(manager)
    assert (group["csi"]["value"], group["csi"]["n"]) == (expected, 10)
    assert float(group["csi"]["low"]) < float(expected) < float(group["csi"]["high"])
    assert [factor["mean"]["value"] for factor in group["factors"]] == [f"{mean}000" for mean in means]


async def test_nps_has_an_adjusted_interval_and_skips_are_not_in_n(manager: Caller) -> None:
    people = [{"recommendation": v} for v in [9] * 12 + [7] * 5 + [6] * 3] + [{"skill": 8}] * 2
    await answered(manager, people, rating("skill", 1), NPS)
    nps = (await the_group(manager))["nps"]
    assert nps == {
        "n": 20, "promoters": 12, "passives": 5, "detractors": 3,
        "value": "45.0000", "se": "16.5454", "low": "8.4306", "high": "69.8303",
    }  # fmt: skip


async def test_four_promoters_alone_do_not_make_certainty(manager: Caller) -> None:
    await answered(manager, [{"recommendation": 10}] * 4, NPS)
    assert (await the_group(manager))["nps"]["low"].startswith("6.943")


@pytest.mark.parametrize(
    ("tens", "n", "low", "high", "shrunk"),
    [
        (209, 259, "0.754537", None, None),
        (118, 143, "0.754648", None, None),
        (5, 5, "0.565509", "1.000000", "0.880000"),
        (46, 50, "0.811615", "0.968451", "0.900000"),
    ],
)
async def test_top_box_has_the_wilson_interval_and_is_shrunk_by_a_beta_prior(
    manager: Caller, tens: int, n: int, low: str, high: str | None, shrunk: str | None
) -> None:
    await answered(manager, [{"skill": 10}] * tens + [{"skill": 9}] * (n - tens), rating("skill", 1))
    (factor,) = (await the_group(manager, prior_successes="17", prior_failures="3"))["factors"]
    top = factor["top_box"]
    assert (top["successes"], top["n"], top["low"]) == (tens, n, low)
    assert high is None or top["high"] == high
    assert shrunk is None or top["shrunk"] == shrunk
    assert factor["top_two_box"]["share"] == "1.000000"


async def test_gap_is_performance_less_expectation(manager: Caller) -> None:
    wishes = tuple(f"{name}_wish" for name in FIVE)
    means = ("6.0", "5.2", "5.5", "6.1", "5.9", "5.5", "6.5", "6.2", "6.0", "5.4")
    await answered(
        manager,
        people_with_means(means, (*FIVE, *wishes)),
        *(rating(name, weight) for name, weight in zip(FIVE, (11, 32, 23, 19, 15), strict=True)),
        *(rating(wish, of=name) for wish, name in zip(wishes, FIVE, strict=True)),
    )
    group = await the_group(manager)
    assert (group["gap"]["value"], group["weighted_gap"]["value"]) == ("-0.1800", "-0.4280")
    assert group["factors"][1]["gap"]["value"] == "-1.3000"


async def test_few_answers_are_pulled_to_the_prior(manager: Caller) -> None:
    people = [{"skill": 9, "price": 10}] * 6 + [{"skill": 9, "price": 9}]
    await answered(manager, people, rating("skill", 1), rating("price", 1))
    group = await the_group(manager, prior_mean="955", prior_weight="10")
    assert (group["csi"]["value"], group["csi_shrunk"]) == ("942.8571", "950.0000")


async def test_the_months_export_is_scored_by_advisor(app: FastAPI, manager: Caller, store: AStore) -> None:
    rows = exported_rows()
    advisors = ["SA01", "SA02", "SA03"]
    known = [
        make_order(store, row["order_number"], advisor=advisors[place % 3])
        for place, row in enumerate(rows)
        if row["order_number"] != "W260900006"
    ]
    await deliver(app, "workorder", store.id, *known, make_order(store, "W-silent", advisor="SA04"))
    await manager.imports(rows)
    september = [row for row in rows if row["submitted_at"].startswith("2026-09")]
    result = await scores(manager, DMS, by="advisor")
    groups = {group["key"]: group for group in result["groups"]}
    assert list(groups) == [*advisors, "SA04", None]
    assert sum(group["n"] for group in groups.values()) == len(september)
    own = [row["answers"] for row in september if row in rows[1::3]]
    expected = 100 * sum(sum(answers[name] for name in FACTORS) for answers in own) / 6 / len(own)
    assert float(groups["SA02"]["csi"]["value"]) == pytest.approx(expected, abs=1e-4)
    assert (groups[None]["n"], groups[None]["below_minimum"]) == (1, True)
    assert (groups["SA04"]["n"], groups["SA04"]["csi"]) == (0, None)
    assert groups["SA04"]["response_rate"] == {"answered": 0, "delivered": 1, "rate": "0.000000"}
    assert groups["SA04"]["moments_of_truth"] == {"arrivals": 1, "contacts_per_arrival": 5, "total": 5}
    assert result["prior"]["source"] == "estimated"
    overall = (await scores(manager, DMS))["groups"][0]
    assert all(f["gap"]["n"] == len(september) for f in overall["factors"])


async def test_answers_are_grouped_by_month_and_by_kind_of_order(app: FastAPI, manager: Caller, store: AStore) -> None:
    late = "2026-09-30T23:30:00+08:00"
    await deliver(
        app, "workorder", store.id,
        make_order(store, "W1", kind="repair"), make_order(store, "W2", kind="warranty", left_on="2026-10-01"),
        make_order(store, "W3", kind="pdi"), make_order(store, "W4", cancelled=True),
    )  # fmt: skip
    await manager.imports([make_row("W1", submitted_at=late), make_row("W2", submitted_at="2026-09-30T16:30:00Z")])
    period = {"from": "2026-09-01", "to": "2026-10-31"}
    months = (await scores(manager, DMS, by="month", **period))["groups"]
    assert [(g["key"], g["n"], g["response_rate"]["rate"]) for g in months] == [
        ("2026-09", 1, "1.000000"),
        ("2026-10", 1, "1.000000"),
    ]
    kinds = (await scores(manager, DMS, by="order_kind", **period))["groups"]
    assert [(g["key"], g["n"], g["response_rate"]["delivered"]) for g in kinds] == [
        ("pdi", 0, 0),
        ("repair", 1, 1),
        ("warranty", 1, 1),
    ]


async def test_a_promise_is_measured_where_work_was_added(manager: Caller) -> None:
    promise = {"id": "promise", "type": "disconfirmation", "text": texts("p")}
    await answered(manager, [{"promise": 2}, {"promise": -1}], promise)
    assert (await the_group(manager))["disconfirmation"]["promise"]["value"] == "0.5000"


async def test_below_the_minimum_a_group_is_flagged(manager: Caller) -> None:
    await answered(manager, [{"skill": 9}] * 5, rating("skill", 1))
    assert (await the_group(manager))["below_minimum"] is False
    assert (await the_group(manager, minimum_n=6))["below_minimum"] is True


@pytest.mark.parametrize(
    "query",
    [
        {"prior_mean": "900"},
        {"prior_successes": "17"},
        {"prior_successes": "0", "prior_failures": "0"},
        {"prior_mean": "nine", "prior_weight": "1"},
        {"by": "mood"},
        {"from": "yesterday"},
    ],
)
async def test_half_a_prior_or_an_unknown_wish_is_refused(manager: Caller, query: dict[str, Any]) -> None:
    await manager.publishes("mine", content_of(rating("skill", 1)))
    response = await manager.get("/v1/scores", questionnaire="mine", **{**MONTH, **query})
    assert response.status_code == 400


async def test_scores_of_an_unpublished_questionnaire_are_not_found(manager: Caller) -> None:
    assert (await manager.get("/v1/scores", questionnaire="mine", **MONTH)).status_code == 404


async def test_every_number_with_a_fraction_is_a_string(manager: Caller) -> None:
    await manager.imports([make_row("W1"), make_row("W2", answers={"skill": 3})])
    text = (await manager.get("/v1/scores", questionnaire=DMS, **MONTH)).text
    assert re.findall(r"[:\[,]-?\d+\.\d", text) == []
