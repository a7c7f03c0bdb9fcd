"""What is put before a reviewer: flags of persons against peers, and odd orders and upsells, with their evidence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from uuid import UUID

from services.workorder.domain.risk.estimates import Quantity, estimate_flags
from services.workorder.domain.risk.risk import DEFAULT_MARGINS, Flag, FlagKind, RiskPolicy
from services.workorder.domain.risk.risk_facts import (
    Estimated,
    OrderFact,
    Role,
    Tally,
    UpsellFact,
    estimated,
    rounds,
    tallies,
)
from services.workorder.domain.risk.standing import rate_flags


@dataclass(frozen=True)
class Raised:
    """One item of the review queue. `key` with the kind is the same for the same thing in every review.

    Of a person: `period` is the month, and he is either the advisor or the one finder. Of an order or an upsell there
    is no period, and the advisor and the finders are those of what it is about.
    """

    kind: FlagKind
    key: str
    period: str | None
    advisor: str | None
    finders: tuple[str, ...]
    order_id: UUID | None
    upsell_id: UUID | None
    measure: float | None
    expected: float | None
    bound: float | None
    n: int | None
    threshold: float | None
    order_ids: tuple[UUID, ...]
    upsell_ids: tuple[UUID, ...]


def raised(orders: Sequence[OrderFact], policy: RiskPolicy, today: date) -> tuple[Raised, ...]:
    """Everything to look at among these orders; the period of persons is the month of today."""
    period = f"{today:%Y-%m}"
    found = [*_against_peers(orders, policy, today, period), *_of_estimates(orders, policy, period)]
    return (*found, *(each for order in orders for each in _of_order(order, policy)))


def _against_peers(orders: Sequence[OrderFact], policy: RiskPolicy, today: date, period: str) -> Iterable[Raised]:
    for kind in DEFAULT_MARGINS:
        for role in Role:
            counted = tallies(kind, role, orders, policy, today)
            for flag in rate_flags(kind, [each.record for each in counted.values()], policy):
                yield _of_person(flag, role, period, *_evidence_of(counted[flag.subject]))


def _evidence_of(tally: Tally) -> tuple[Iterable[UUID], Iterable[UUID]]:
    orders = (trial.order.id for trial in tally.successes)
    return orders, (each.id for trial in tally.successes for each in _upsells_of(trial.order, trial.upsell))


def _upsells_of(order: OrderFact, upsell: UpsellFact | None) -> Iterable[UpsellFact]:
    return (upsell,) if upsell else order.upsells


def _of_estimates(orders: Sequence[OrderFact], policy: RiskPolicy, period: str) -> Iterable[Raised]:
    for quantity in Quantity:
        found = estimated(quantity, orders)
        for flag in estimate_flags(quantity, [each.estimate for each in found], policy):
            odd = [each for each in found if each.estimate.subject == flag.subject and _is_odd(flag, each, policy)]
            yield _of_person(flag, Role.ADVISOR, period, (each.order.id for each in odd), ())


def _is_odd(flag: Flag, each: Estimated, policy: RiskPolicy) -> bool:
    over, under = each.estimate.ratio > policy.overrun, each.estimate.ratio < policy.padded
    return over if flag.kind.endswith("overrun") else under if flag.kind.endswith("padded") else over or under


def _of_person(flag: Flag, role: Role, period: str, orders: Iterable[UUID], upsells: Iterable[UUID]) -> Raised:
    return Raised(
        flag.kind, f"{role}:{flag.subject}:{period}", period, *_as(role, flag.subject), order_id=None, upsell_id=None,
        measure=flag.measure, expected=flag.expected, bound=flag.bound, n=flag.n, threshold=flag.threshold,
        order_ids=tuple(dict.fromkeys(orders)), upsell_ids=tuple(dict.fromkeys(upsells)),
    )  # fmt: skip


def _as(role: Role, person: str) -> tuple[str | None, tuple[str, ...]]:
    return (person, ()) if role is Role.ADVISOR else (None, (person,))


def _of_order(order: OrderFact, policy: RiskPolicy) -> Iterable[Raised]:
    if (found := rounds(order.upsells)) > policy.rounds:
        yield _odd_order(FlagKind.MANY_ROUNDS, order, order.upsells, found, policy.rounds)
    for upsell in order.upsells:
        for kind, is_odd in _ODD_UPSELLS.items():
            if upsell.told and is_odd(upsell):
                yield _odd_upsell(kind, order, upsell)
    if order.approved:
        yield from _afterwards(order, policy)


_ODD_UPSELLS: Mapping[FlagKind, Callable[[UpsellFact], bool]] = MappingProxyType(
    {
        FlagKind.GREEN_ITEM_QUOTED: lambda upsell: upsell.green,
        FlagKind.FINDING_MISSING: lambda upsell: upsell.by_hand and upsell.evidence is None,
        FlagKind.EVIDENCE_MISSING: lambda upsell: upsell.evidence is False,
        FlagKind.RELATED_WORK_LATE: lambda upsell: bool(upsell.late),
    }
)


def _afterwards(order: OrderFact, policy: RiskPolicy) -> Iterable[Raised]:
    """What followed on work that was added and approved."""
    if order.complaint:
        yield _odd_order(FlagKind.COMPLAINT_AFTER_UPSELL, order, order.approved)
    if order.csi is not None and order.csi < policy.low_score:
        yield _odd_order(FlagKind.LOW_SCORE_AFTER_UPSELL, order, order.approved, float(order.csi), policy.low_score)
    if order.comeback is not None:
        yield _odd_order(
            FlagKind.COMEBACK_AFTER_UPSELL, order, order.approved, order.comeback_after, policy.comeback_days
        )


def _odd_order(
    kind: FlagKind, order: OrderFact, upsells: Sequence[UpsellFact], measure: float | None = None,
    threshold: float | None = None,
) -> Raised:  # fmt: skip
    finders = {each.finder for each in upsells if each.finder is not None}
    with_comeback = (order.id, order.comeback) if kind is FlagKind.COMEBACK_AFTER_UPSELL else (order.id,)
    return Raised(
        kind, f"order:{order.id}", None, order.advisor, tuple(sorted(finders)), order_id=order.id, upsell_id=None,
        measure=measure, expected=None, bound=None, n=None, threshold=threshold,
        order_ids=tuple(each for each in with_comeback if each), upsell_ids=tuple(each.id for each in upsells),
    )  # fmt: skip


def _odd_upsell(kind: FlagKind, order: OrderFact, upsell: UpsellFact) -> Raised:
    late = upsell.late if kind is FlagKind.RELATED_WORK_LATE else ()
    finders = () if upsell.finder is None else (upsell.finder,)
    return Raised(
        kind, f"upsell:{upsell.id}", None, order.advisor, finders, order_id=order.id, upsell_id=upsell.id,
        measure=None, expected=None, bound=None, n=None, threshold=None,
        order_ids=(order.id,), upsell_ids=(upsell.id, *late),
    )  # fmt: skip
