"""Upsells: work proposed after the order was opened. One upsell is one operation, its labour with its parts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.workorder.domain.orders.line import Authorisation, LineKind
from services.workorder.domain.orders.order import IN_THE_SHOP, Progress
from services.workorder.domain.refusals import WorkorderRefusal


class UpsellSource(StrEnum):
    """Targeted: looked for, known of the model. Incidental: seen while doing something else."""

    TARGETED = "targeted"
    INCIDENTAL = "incidental"


class Stage(StrEnum):
    """Where in the visit it was found."""

    RECEPTION = "reception"
    MAINTENANCE = "maintenance"
    REPAIR = "repair"
    ROAD_TEST = "road_test"
    FINAL_CHECK = "final_check"


@dataclass(frozen=True)
class UpsellLine:
    line_number: int
    kind: LineKind
    code: str
    name: str
    source: UpsellSource | None
    stage: Stage | None
    finder: str | None
    authorisation: Authorisation | None
    amount: Decimal

    def belongs_with(self, other: "UpsellLine") -> bool:
        mine = (self.source, self.stage, self.finder, self.authorisation)
        return mine == (other.source, other.stage, other.finder, other.authorisation)


@dataclass(frozen=True)
class Proposal:
    """One proposed operation: its first line names it, the rest are what the operation needs."""

    lines: tuple[UpsellLine, ...]

    @property
    def first(self) -> UpsellLine:
        return self.lines[0]

    @property
    def line_numbers(self) -> tuple[int, ...]:
        return tuple(line.line_number for line in self.lines)

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def decision(self) -> Authorisation | None:
        """What the customer said; nothing as long as it is only proposed."""
        return None if self.first.authorisation is Authorisation.PROPOSED else self.first.authorisation


def upsell_number(order_number: str, first_line_number: int) -> str:
    return f"{order_number}/{first_line_number}"


def grouped(lines: Iterable[UpsellLine]) -> tuple[Proposal, ...]:
    """The proposals in one order's upsell lines: each labour line with what follows it and was found with it.

    A line that is not labour and does not match the operation before it stands for itself.
    """
    groups: list[list[UpsellLine]] = []
    for line in sorted(lines, key=lambda each: each.line_number):
        if line.kind is LineKind.LABOUR or not groups or not line.belongs_with(groups[-1][0]):
            groups.append([line])
        else:
            groups[-1].append(line)
    return tuple(Proposal(tuple(group)) for group in groups)


DECISIONS: Mapping[Authorisation, frozenset[Authorisation]] = {
    Authorisation.PROPOSED: frozenset(
        {Authorisation.APPROVED, Authorisation.DECLINED, Authorisation.DEFERRED, Authorisation.EXPIRED}
    ),
    Authorisation.DEFERRED: frozenset({Authorisation.APPROVED, Authorisation.DECLINED, Authorisation.EXPIRED}),
}
"""What may follow: a proposal is decided once, and only what was put off is decided again."""


class UpsellAlreadyDecided(WorkorderRefusal):
    slug = "upsell-already-decided"
    title = "The customer has decided on this already"


class OrderTakesNoWork(WorkorderRefusal):
    slug = "order-takes-no-work"
    title = "No work can be added to this order"


def decide(current: Authorisation | None, decision: Authorisation) -> Authorisation:
    allowed = DECISIONS.get(current or Authorisation.PROPOSED, frozenset())
    if decision not in allowed:
        raise UpsellAlreadyDecided(
            f"An upsell that is {current or Authorisation.PROPOSED} cannot become {decision}",
            allowed=sorted(map(str, allowed)),
        )
    return decision


def require_open_to_work(progress: Progress) -> None:
    """Work is added while the car is in the shop and unfinished; after that it belongs on another order."""
    if progress.state not in IN_THE_SHOP:
        raise OrderTakesNoWork(f"The order is {progress.state}")
