"""What the risk control says of each person in a month; where there is too little, that, and no number against him."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from services.workorder.domain.orders.line import Authorisation
from services.workorder.domain.risk.estimates import Accuracy, Quantity, accuracies
from services.workorder.domain.risk.risk import FlagKind, RiskPolicy
from services.workorder.domain.risk.risk_facts import Estimated, OrderFact, Role, Tally, estimated, tallies
from services.workorder.domain.risk.standing import Standing, standings

WITH_BOUNDS = frozenset({FlagKind.DECLINED_PROPOSALS})
MEASURED = (
    FlagKind.DECLINED_PROPOSALS,
    FlagKind.COMPLAINTS,
    FlagKind.LOW_SCORES,
    FlagKind.PROMISES_UNMET,
    FlagKind.COMEBACKS,
    FlagKind.RELATED_WORK_MISSED,
)


class Ground(StrEnum):
    """Whether there is enough to say something: of him, and of peers to hold him against."""

    ENOUGH = "enough"
    TOO_FEW = "too_few"
    TOO_FEW_PEERS = "too_few_peers"


@dataclass(frozen=True)
class Rate:
    """`successes` is what was counted, none where there is too little of it. `rate` is as believed after the peers',
    who show `expected`; `low` and `high` are one-sided bounds of it, where they are told."""

    n: int
    ground: Ground
    successes: int | None = None
    rate: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Overrun:
    """Of an advisor's estimates: in sum, and the typical final ÷ estimate with its bounds."""

    n: int
    ground: Ground
    estimated: Decimal | None = None
    final: Decimal | None = None
    ratio: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None

    @property
    def over(self) -> Decimal | None:
        return None if self.final is None or self.estimated is None else self.final - self.estimated


@dataclass(frozen=True)
class PersonFigures:
    person: str
    role: Role
    orders: int
    proposed: int
    approved: int
    declined: int
    rates: Mapping[FlagKind, Rate]
    overruns: Mapping[Quantity, Overrun]


def figures(orders: Sequence[OrderFact], policy: RiskPolicy, today: date) -> tuple[PersonFigures, ...]:
    """Everybody who received these orders, or had them in hand, by role and person."""
    return tuple(each for role in Role for each in _as(role, orders, policy, today))


def _as(role: Role, orders: Sequence[OrderFact], policy: RiskPolicy, today: date) -> Iterable[PersonFigures]:
    counted = {kind: tallies(kind, role, orders, policy, today) for kind in (FlagKind.PROPOSALS, *MEASURED)}
    stands = {kind: _standings(counted[kind], policy) for kind in MEASURED}
    overruns = {quantity: _overruns(quantity, orders, policy) for quantity in Quantity if role is Role.ADVISOR}
    for person, tally in counted[FlagKind.PROPOSALS].items():
        upsells = [
            upsell for order in orders for upsell in order.upsells
            if person == (order.advisor if role is Role.ADVISOR else upsell.finder)
        ]  # fmt: skip
        yield PersonFigures(
            person, role, tally.record.trials, len(upsells),
            approved=sum(each.approved for each in upsells),
            declined=sum(each.decision is Authorisation.DECLINED for each in upsells),
            rates={kind: _rate(kind, counted[kind].get(person), stands[kind].get(person), policy) for kind in MEASURED},
            overruns={quantity: found.get(person, Overrun(0, Ground.TOO_FEW)) for quantity, found in overruns.items()},
        )  # fmt: skip


def _standings(counted: Mapping[str, Tally], policy: RiskPolicy) -> Mapping[str, Standing]:
    return {each.record.subject: each for each in standings((tally.record for tally in counted.values()), policy)}


def _rate(kind: FlagKind, tally: Tally | None, standing: Standing | None, policy: RiskPolicy) -> Rate:
    if tally is None or tally.record.trials < policy.minimum_trials:
        return Rate(tally.record.trials if tally else 0, Ground.TOO_FEW)
    n, successes = tally.record.trials, tally.record.successes
    if standing is None:
        return Rate(n, Ground.TOO_FEW_PEERS, successes)
    low, high = (standing.low, standing.high) if kind in WITH_BOUNDS else (None, None)
    return Rate(n, Ground.ENOUGH, successes, standing.belief.mean, standing.expected, low, high)


def _overruns(quantity: Quantity, orders: Sequence[OrderFact], policy: RiskPolicy) -> Mapping[str, Overrun]:
    found = estimated(quantity, orders)
    by_person = {each.subject: each for each in accuracies((each.estimate for each in found), policy.credibility)}
    return {person: _overrun(person, accuracy, found, policy) for person, accuracy in by_person.items()}


def _overrun(person: str, accuracy: Accuracy, found: Iterable[Estimated], policy: RiskPolicy) -> Overrun:
    if accuracy.n < policy.minimum_estimates:
        return Overrun(accuracy.n, Ground.TOO_FEW)
    own = [each.estimate for each in found if each.estimate.subject == person]
    return Overrun(
        accuracy.n, Ground.ENOUGH, sum((each.estimated for each in own), Decimal(0)),
        sum((each.final for each in own), Decimal(0)), accuracy.ratio, accuracy.low, accuracy.high,
    )  # fmt: skip
