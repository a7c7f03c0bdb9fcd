"""The money of a day at the till: what came and went by method and by cashier, and the count that closes the day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from services.workorder.domain.money.settlement import PaymentMethod
from services.workorder.domain.refusals import WorkorderRefusal

NOTHING = Decimal("0.00")
Key = TypeVar("Key")


class FlowKind(StrEnum):
    RECEIVED = "received"
    DEPOSIT = "deposit"
    REFUND = "refund"


@dataclass(frozen=True)
class Flow:
    """Money of one kind, by one method, through one person; none is known of what another system told."""

    kind: FlowKind
    method: PaymentMethod
    cashier: str | None
    amount: Decimal


@dataclass(frozen=True)
class Takings:
    received: Decimal = NOTHING
    deposits: Decimal = NOTHING
    refunds: Decimal = NOTHING

    @property
    def net(self) -> Decimal:
        return self.received + self.deposits - self.refunds


@dataclass(frozen=True)
class Count:
    """What was counted of a method, against what should be there."""

    method: PaymentMethod
    expected: Decimal
    counted: Decimal
    reason: str | None

    @property
    def difference(self) -> Decimal:
        return self.counted - self.expected


class DayClosed(WorkorderRefusal):
    slug = "day-closed"
    title = "The till of that day is closed"


class DayNotBegun(WorkorderRefusal):
    status = 422
    slug = "day-not-begun"
    title = "That day has not begun"


class CountRefused(WorkorderRefusal):
    status = 422
    slug = "count-refused"
    title = "The count does not close the day"

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__("; ".join(f"{each['pointer']}: {each['detail']}" for each in errors))
        self.errors = errors


def takings(flows: Iterable[Flow]) -> Takings:
    sums = dict.fromkeys(FlowKind, NOTHING)
    for flow in flows:
        sums[flow.kind] += flow.amount
    return Takings(sums[FlowKind.RECEIVED], sums[FlowKind.DEPOSIT], sums[FlowKind.REFUND])


def takings_by(flows: Iterable[Flow], key: Callable[[Flow], Key]) -> dict[Key, Takings]:
    groups: dict[Key, list[Flow]] = {}
    for flow in flows:
        groups.setdefault(key(flow), []).append(flow)
    return {name: takings(found) for name, found in groups.items()}


def require_day_open(day: date, *, closed: bool) -> None:
    if closed:
        raise DayClosed(f"{day} is closed; enter it on a day that is open")


def require_day_begun(day: date, today: date) -> None:
    """Money moves, and is counted, on a day that is here or gone, by the store's calendar."""
    if day > today:
        raise DayNotBegun(f"Today is {today}")


def close(
    by_method: Mapping[PaymentMethod, Takings], told: Sequence[tuple[PaymentMethod, Decimal, str | None]]
) -> list[Count]:
    """Every method by which money moved is counted once; what differs needs a reason."""
    counts = [Count(method, by_method.get(method, Takings()).net, counted, reason) for method, counted, reason in told]
    errors = [
        {"pointer": f"/counts/{place}/reason", "code": "reason-missing", "detail": f"{count.difference} differs"}
        for place, count in enumerate(counts)
        if count.difference and not count.reason
    ]
    methods = [count.method for count in counts]
    missing = sorted(by_method.keys() - set(methods))
    if missing or len(methods) != len(set(methods)):
        errors.append({"pointer": "/counts", "code": "methods-differ", "detail": f"each once; not yet {missing}"})
    if errors:
        raise CountRefused(errors)
    return counts
