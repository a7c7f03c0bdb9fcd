"""What the risk control knows of an order and its upsells, and what of it counts as a trial of whom."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from services.workorder.domain.orders.line import Authorisation
from services.workorder.domain.risk.estimates import Estimate, Quantity
from services.workorder.domain.risk.risk import FlagKind, RiskPolicy
from services.workorder.domain.risk.standing import Record

ANSWERED = frozenset({Authorisation.APPROVED, Authorisation.DECLINED, Authorisation.DEFERRED})


class Role(StrEnum):
    """As what somebody is compared, and with whom: advisors with advisors, finders with finders."""

    ADVISOR = "advisor"
    FINDER = "finder"


@dataclass(frozen=True, slots=True)
class UpsellFact:
    """`told`: quoted or decided on. `by_hand`: entered here, where findings are. `evidence`: of its finding, none where
    there is no finding. `green`: the inspection found it in order. `related`: a rule relates other work to it, of which
    `late` was proposed only after it was told."""

    id: UUID
    finder: str | None
    proposed_at: datetime
    decision: Authorisation | None
    decided_at: datetime | None
    told: bool
    by_hand: bool
    evidence: bool | None
    green: bool
    related: bool
    late: tuple[UUID, ...]

    @property
    def approved(self) -> bool:
        return self.decision is Authorisation.APPROVED


@dataclass(frozen=True, slots=True)
class OrderFact:
    """`handlers` worked on the car, looked at it or found something. `agreed`: what the customer allowed, with `final`
    what the same lines come to now. `csi` and `promise`: the worst its customer said. `comeback`: the order with which
    the car came back, `comeback_after` days."""

    id: UUID
    advisor: str | None
    handlers: frozenset[str]
    opened_at: datetime
    promised_at: datetime | None
    done_at: datetime | None
    left_on: date | None
    settled: bool
    agreed: Decimal | None
    final: Decimal
    complaint: bool
    csi: Decimal | None
    promise: int | None
    comeback: UUID | None
    comeback_after: int | None
    upsells: tuple[UpsellFact, ...]

    @property
    def approved(self) -> tuple[UpsellFact, ...]:
        return tuple(upsell for upsell in self.upsells if upsell.approved)


@dataclass(frozen=True, slots=True)
class Trial:
    """Something that could go one way or the other, in an order, by one of its upsells where one is named."""

    order: OrderFact
    success: bool
    upsell: UpsellFact | None = None
    by: frozenset[str] | None = None

    def persons(self, role: Role) -> frozenset[str]:
        """Whose trial it is: the advisor's of the order; the finder's of the upsell, or of what was approved."""
        if role is Role.ADVISOR:
            return frozenset({self.order.advisor} - {None})  # type: ignore[arg-type]
        if self.by is not None:
            return self.by
        upsells = (self.upsell,) if self.upsell else self.order.approved
        return frozenset(each.finder for each in upsells if each.finder is not None)


Trials = Callable[[OrderFact, RiskPolicy, date], Iterable[Trial]]


def _proposals(order: OrderFact, _policy: RiskPolicy, _today: date) -> Iterable[Trial]:
    """Every order is one; of those a finder had in hand, which he found something on is his."""
    finders = {upsell.finder for upsell in order.upsells}
    for person in order.handlers:
        yield Trial(order, person in finders, by=frozenset({person}))


def _orders_with_proposals(order: OrderFact, _policy: RiskPolicy, _today: date) -> Iterable[Trial]:
    yield Trial(order, bool(order.upsells))


def _decided(decision: Authorisation) -> Trials:
    def trials(order: OrderFact, _policy: RiskPolicy, _today: date) -> Iterable[Trial]:
        return (Trial(order, each.decision is decision, each) for each in order.upsells if each.decision in ANSWERED)

    return trials


def _complaints(order: OrderFact, _policy: RiskPolicy, _today: date) -> Iterable[Trial]:
    if order.approved:
        yield Trial(order, order.complaint)


def _low_scores(order: OrderFact, policy: RiskPolicy, _today: date) -> Iterable[Trial]:
    if order.approved and order.csi is not None:
        yield Trial(order, order.csi < policy.low_score)


def _promises(order: OrderFact, _policy: RiskPolicy, _today: date) -> Iterable[Trial]:
    if order.approved and order.promise is not None:
        yield Trial(order, order.promise < 0)


def _comebacks(order: OrderFact, policy: RiskPolicy, today: date) -> Iterable[Trial]:
    """Only cars that have had the time to come back."""
    if order.approved and order.left_on and order.left_on + timedelta(days=policy.comeback_days) <= today:
        yield Trial(order, order.comeback is not None)


def _related(order: OrderFact, _policy: RiskPolicy, _today: date) -> Iterable[Trial]:
    return (Trial(order, bool(each.late), each) for each in order.upsells if each.related and each.told)


TRIALS: Mapping[FlagKind, Trials] = MappingProxyType(
    {
        FlagKind.PROPOSALS: _orders_with_proposals,
        FlagKind.DECLINED_PROPOSALS: _decided(Authorisation.DECLINED),
        FlagKind.APPROVED_PROPOSALS: _decided(Authorisation.APPROVED),
        FlagKind.COMPLAINTS: _complaints,
        FlagKind.LOW_SCORES: _low_scores,
        FlagKind.PROMISES_UNMET: _promises,
        FlagKind.COMEBACKS: _comebacks,
        FlagKind.RELATED_WORK_MISSED: _related,
    }
)


@dataclass(frozen=True)
class Tally:
    """One person's trials of a kind as counted, and those that were successes."""

    record: Record
    successes: tuple[Trial, ...]


def tallies(
    kind: FlagKind, role: Role, orders: Sequence[OrderFact], policy: RiskPolicy, today: date
) -> Mapping[str, Tally]:
    """By person, everybody who had a trial."""
    trials = _proposals if (kind, role) == (FlagKind.PROPOSALS, Role.FINDER) else TRIALS[kind]
    by_person: dict[str, list[Trial]] = {}
    for order in orders:
        for trial in trials(order, policy, today):
            for person in trial.persons(role):
                by_person.setdefault(person, []).append(trial)
    return {person: _tally(person, found) for person, found in sorted(by_person.items())}


def _tally(person: str, trials: Sequence[Trial]) -> Tally:
    successes = tuple(trial for trial in trials if trial.success)
    return Tally(Record(person, len(trials), len(successes)), successes)


@dataclass(frozen=True, slots=True)
class Estimated:
    """An estimate with the order it was made for."""

    estimate: Estimate
    order: OrderFact


def estimated(quantity: Quantity, orders: Iterable[OrderFact]) -> list[Estimated]:
    """Of advisors: money as it was agreed against what the same lines come to when the order is settled; the minutes to
    what was promised first, or agreed with a quote, against those until the car was ready."""
    return [each for order in orders if order.advisor for each in _ESTIMATED[quantity](order, order.advisor)]


def _money(order: OrderFact, advisor: str) -> Iterable[Estimated]:
    if order.settled and order.agreed and order.agreed > 0 and order.final >= 0:
        yield Estimated(Estimate(advisor, order.agreed, order.final), order)


def _time(order: OrderFact, advisor: str) -> Iterable[Estimated]:
    if order.promised_at is None or order.done_at is None:
        return
    promised, taken = (_minutes(until - order.opened_at) for until in (order.promised_at, order.done_at))
    if promised > 0 and taken >= 0:
        yield Estimated(Estimate(advisor, promised, taken), order)


_ESTIMATED: Mapping[Quantity, Callable[[OrderFact, str], Iterable[Estimated]]] = MappingProxyType(
    {Quantity.MONEY: _money, Quantity.TIME: _time}
)


def _minutes(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(seconds=1)) / 60


def rounds(upsells: Sequence[UpsellFact]) -> int:
    """How often a customer was come to with more: what is proposed after an approval begins the next round."""
    approvals = [each.decided_at for each in upsells if each.approved and each.decided_at]
    count, begun = 0, None
    for proposed_at in sorted(each.proposed_at for each in upsells):
        if begun is None or any(begun < approved_at < proposed_at for approved_at in approvals):
            count, begun = count + 1, proposed_at
    return count
