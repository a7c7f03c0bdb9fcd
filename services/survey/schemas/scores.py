"""How scores look outside: every figure with its n and its interval, every decimal a string."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import Field

from chassis.representation import ExactDecimal, ResponseBody
from services.survey.domain import estimates, scoring
from services.survey.domain.estimates import decimal_of

PLACES = 4
SHARE_PLACES = 6


class EstimateRead(ResponseBody):
    """The interval is 95 %; it is absent where there are too few answers to say anything."""

    n: int
    value: ExactDecimal
    se: ExactDecimal | None
    low: ExactDecimal | None
    high: ExactDecimal | None


class BoxRead(ResponseBody):
    """How many gave the highest value (or one of the two highest), with the Wilson interval."""

    n: int
    successes: int
    share: ExactDecimal
    low: ExactDecimal | None
    high: ExactDecimal | None
    shrunk: ExactDecimal | None


class FactorRead(ResponseBody):
    question: str
    weight: ExactDecimal
    contact_point: str | None
    mean: EstimateRead
    top_box: BoxRead
    top_two_box: BoxRead
    expectation: EstimateRead | None
    gap: EstimateRead | None


class NpsRead(EstimateRead):
    promoters: int
    passives: int
    detractors: int


class ResponseRateRead(ResponseBody):
    """RR1 of the orders with a customer that were delivered in the period; who has not answered is unknown."""

    answered: int
    delivered: int
    rate: ExactDecimal | None


class MomentsRead(ResponseBody):
    """Moments of truth (关键时刻): cars that came × contacts of a visit."""

    arrivals: int
    contacts_per_arrival: int
    total: int


class PriorRead(ResponseBody):
    """What shrunk CSI figures are pulled to; the weight is null when the groups do not differ beyond chance."""

    source: Literal["given", "estimated", "none"]
    mean: ExactDecimal | None
    weight: ExactDecimal | None


class BetaPriorRead(ResponseBody):
    successes: ExactDecimal
    failures: ExactDecimal


class GroupRead(ResponseBody):
    """`key` is null for answers that belong to no group: the order is not known yet, or has no advisor."""

    key: str | None
    n: int
    below_minimum: bool
    csi: EstimateRead | None
    csi_shrunk: ExactDecimal | None
    factors: list[FactorRead]
    nps: NpsRead | None
    gap: EstimateRead | None
    weighted_gap: EstimateRead | None
    disconfirmation: dict[str, EstimateRead]
    response_rate: ResponseRateRead
    moments_of_truth: MomentsRead


class ScoresRead(ResponseBody):
    questionnaire: str
    questionnaire_version: int = Field(description="the newest published version: its factors and weights count")
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    by: Literal["advisor", "month", "order_kind", "none"]
    minimum_n: int
    prior: PriorRead
    beta_prior: BetaPriorRead | None
    groups: list[GroupRead]


def rounded(value: Fraction | None, places: int = PLACES) -> Decimal | None:
    return None if value is None else decimal_of(value, places)


def estimate_read(estimate: estimates.Estimate | None) -> EstimateRead | None:
    return None if estimate is None else _estimate(estimate)


def _estimate(estimate: estimates.Estimate) -> EstimateRead:
    return EstimateRead(
        n=estimate.n,
        value=decimal_of(estimate.value, PLACES),
        se=None if estimate.se is None else decimal_of(Fraction(estimate.se), PLACES),
        low=rounded(estimate.low),
        high=rounded(estimate.high),
    )


def nps_read(nps: scoring.NetPromoterScore | None) -> NpsRead | None:
    if nps is None:
        return None
    return NpsRead(
        **_estimate(nps.score).model_dump(),
        promoters=nps.promoters,
        passives=nps.passives,
        detractors=nps.detractors,
    )


def _box(box: scoring.Box) -> BoxRead:
    return BoxRead(
        n=box.share.n,
        successes=box.successes,
        share=decimal_of(box.share.value, SHARE_PLACES),
        low=rounded(box.share.low, SHARE_PLACES),
        high=rounded(box.share.high, SHARE_PLACES),
        shrunk=rounded(box.shrunk, SHARE_PLACES),
    )


def factor_read(factor: scoring.FactorScore) -> FactorRead:
    return FactorRead(
        question=factor.question,
        weight=decimal_of(factor.weight, PLACES),
        contact_point=factor.contact_point,
        mean=_estimate(factor.mean),
        top_box=_box(factor.top_box),
        top_two_box=_box(factor.top_two_box),
        expectation=estimate_read(factor.expectation),
        gap=estimate_read(factor.gap),
    )


def disconfirmation_read(means: Mapping[str, estimates.Estimate]) -> dict[str, EstimateRead]:
    return {question: _estimate(mean) for question, mean in means.items()}


def response_rate_read(answered: int, delivered: int) -> ResponseRateRead:
    rate = estimates.response_rate(answered, unknown=delivered - answered)
    return ResponseRateRead(answered=answered, delivered=delivered, rate=rounded(rate, SHARE_PLACES))
