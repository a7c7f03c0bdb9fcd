"""Why a line costs what it does: how it was priced, and what was changed since; how far it is from the published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.workorder.domain.catalogue.catalogue_entries import Basis, Car
from services.workorder.domain.catalogue.price_steps import Entry, Rule, Source, Step
from services.workorder.domain.catalogue.pricing import Asked, PricedWork
from services.workorder.domain.orders.line import Payer
from services.workorder.domain.orders.order import OrderKind


@dataclass(frozen=True)
class PriceBasis:
    """What a line was priced for, and by which steps; stored with it, so that later prices do not change it."""

    day: date
    kind: OrderKind
    payer: Payer
    basis: Basis
    car: Car
    menu: str | None
    amount: Decimal
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, asked: Asked, work: PricedWork) -> "PriceBasis":
        menu = work.menu.code if work.menu else None
        return cls(asked.day, asked.kind, asked.payer, asked.basis, asked.car, menu, work.amount, work.steps)

    def told(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(), "kind": str(self.kind), "payer": str(self.payer), "basis": str(self.basis),
            "car": vars(self.car), "menu": self.menu, "amount": f"{self.amount:.2f}",
            "steps": [step.told() for step in self.steps],
        }  # fmt: skip

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "PriceBasis":
        return cls(
            date.fromisoformat(told["day"]), OrderKind(told["kind"]), Payer(told["payer"]), Basis(told["basis"]),
            Car(**told["car"]), told["menu"], Decimal(told["amount"]), tuple(map(Step.read, told["steps"])),
        )  # fmt: skip


@dataclass(frozen=True)
class EnteredLine:
    """A line as whoever gave it priced it."""

    id: UUID
    given_by: str
    quantity: Decimal
    list_price: Decimal
    amount: Decimal


@dataclass(frozen=True)
class AmountChange:
    former: Decimal
    changed: Decimal
    reason: str
    person: str


def steps_of_line(line: EnteredLine, basis: PriceBasis | None, changes: Sequence[AmountChange]) -> list[Step]:
    """Their amounts add up to what the line brings in now. A change of payers alone is none of its price."""
    begun = _entered(line, changes[0].former if changes else line.amount) if basis is None else list(basis.steps)
    return [*begun, *(_changed(change) for change in changes if change.former != change.changed)]


def _entered(line: EnteredLine, amount: Decimal) -> list[Step]:
    inputs = {
        "list_price": f"{line.list_price:.2f}",
        "quantity": format(line.quantity.normalize(), "f"),
        "entered": f"{amount:.2f}",
    }
    return [Step(Rule.ENTERED, inputs, amount, Source(Entry.LINE, line.id, line.given_by))]


def _changed(change: AmountChange) -> Step:
    inputs = {
        "person": change.person, "former": f"{change.former:.2f}", "changed": f"{change.changed:.2f}",
        "reason": change.reason,
    }  # fmt: skip
    return Step(Rule.CHANGED, inputs, change.changed - change.former)


@dataclass(frozen=True)
class Deviation:
    """A line against the published price; `unpublished` is the slug of why there is none."""

    published: Decimal | None
    unpublished: str | None
    charged: Decimal

    @property
    def difference(self) -> Decimal | None:
        return None if self.published is None else self.charged - self.published
