"""Quotes: immutable, numbered revisions of the work offered on an order, what each shows, and which one holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.workorder.domain.canonical import hash_of, instant_told
from services.workorder.domain.orders.line import Authorisation, LineKind, Origin, Payer
from services.workorder.domain.orders.share import Shares, share_of, shares_read, shares_told
from services.workorder.domain.refusals import WorkorderRefusal
from services.workorder.domain.upsells.upsell import DECISIONS


class QuoteState(StrEnum):
    """Superseded: a newer revision of the order is there. Decided: nothing it shows is left to decide on."""

    OPEN = "open"
    DECIDED = "decided"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class QuotedLine:
    line_number: int
    kind: LineKind
    code: str
    name: str
    quantity: Decimal
    amount: Decimal
    payer: Payer
    shares: Shares | None = None
    origin: Origin | None = None

    @property
    def customer_share(self) -> Decimal:
        return share_of(Payer.CUSTOMER, self.payer, self.amount, self.shares)

    def told(self) -> dict[str, Any]:
        """As it is stored and hashed: numbers as text, of one spelling each; what there is none of is left out."""
        more = {"shares": shares_told(self.shares), "origin": self.origin and str(self.origin)}
        return {
            "line_number": self.line_number, "kind": str(self.kind), "code": self.code, "name": self.name,
            "quantity": format(self.quantity.normalize(), "f"), "amount": f"{self.amount:.2f}",
            "payer": str(self.payer), **{name: value for name, value in more.items() if value is not None},
        }  # fmt: skip

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "QuotedLine":
        return cls(
            told["line_number"], LineKind(told["kind"]), told["code"], told["name"],
            quantity=Decimal(told["quantity"]), amount=Decimal(told["amount"]), payer=Payer(told["payer"]),
            shares=shares_read(told.get("shares")), origin=Origin(told["origin"]) if told.get("origin") else None,
        )  # fmt: skip


@dataclass(frozen=True)
class QuotedItem:
    """One proposed operation as it is offered: why, what comes of leaving it, how long it takes, every line, and the
    photos of what was found, which are never changed."""

    upsell_id: UUID
    upsell_number: str
    name: str
    why: str
    if_not_done: str
    minutes: int
    lines: tuple[QuotedLine, ...]
    photos: tuple[UUID, ...] = ()

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def customer_share(self) -> Decimal:
        return sum((line.customer_share for line in self.lines), Decimal(0))

    def told(self) -> dict[str, Any]:
        photos = {"photos": [str(photo) for photo in self.photos]} if self.photos else {}
        return {
            "upsell_id": str(self.upsell_id), "upsell_number": self.upsell_number, "name": self.name, "why": self.why,
            "if_not_done": self.if_not_done, "minutes": self.minutes, "lines": [line.told() for line in self.lines],
            **photos,
        }  # fmt: skip


@dataclass(frozen=True)
class Revision:
    """All that a quote shows. `explained_by` is the advisor, alone or with the technician."""

    order_number: str
    number: int
    currency: str
    items: tuple[QuotedItem, ...]
    explained_by: tuple[str, ...]
    valid_until: datetime
    ready_by: datetime | None
    note: str | None

    @property
    def total(self) -> Decimal:
        return sum((item.amount for item in self.items), Decimal(0))

    @property
    def customer_share(self) -> Decimal:
        return sum((item.customer_share for item in self.items), Decimal(0))

    def content_hash(self) -> str:
        """SHA-256 over canonical JSON: sorted keys, no spaces, instants in UTC. An approval names what it saw by it."""
        shown = {
            "order_number": self.order_number, "number": self.number, "currency": self.currency,
            "items": [item.told() for item in self.items], "explained_by": list(self.explained_by),
            "valid_until": instant_told(self.valid_until), "ready_by": instant_told(self.ready_by), "note": self.note,
            "total": f"{self.total:.2f}", "customer_share": f"{self.customer_share:.2f}",
        }  # fmt: skip
        return hash_of(shown)


class QuoteItemsRefused(WorkorderRefusal):
    status = 422
    slug = "quote-items-refused"
    title = "Some items cannot be quoted"

    def __init__(self, detail: str, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__(detail)
        self.errors = errors


class QuoteTimesRefused(WorkorderRefusal):
    status = 422
    slug = "quote-times-refused"
    title = "A quote holds, and work gets ready, in the future"


class QuoteSuperseded(WorkorderRefusal):
    slug = "quote-superseded"
    title = "There is a newer quote"


class QuoteExpired(WorkorderRefusal):
    slug = "quote-expired"
    title = "The quote holds no longer"


class QuoteDecided(WorkorderRefusal):
    slug = "quote-decided"
    title = "Everything on the quote has been decided"


class QuoteOutdated(WorkorderRefusal):
    slug = "quote-outdated"
    title = "The work is no longer what the quote shows"


def may_be_decided(decision: Authorisation | None) -> bool:
    """Proposed work, and what was put off."""
    return (decision or Authorisation.PROPOSED) in DECISIONS


def require_quotable(wanted: Sequence[UUID], of_order: Mapping[UUID, Authorisation | None]) -> None:
    """Each item is an upsell of this order that is proposed or deferred, named once. `of_order`: its decisions."""
    errors = []
    for place, upsell_id in enumerate(wanted):
        if upsell_id not in of_order:
            problem = ("upsell-unknown", "no upsell of this order")
        elif upsell_id in wanted[:place]:
            problem = ("upsell-repeated", "named twice")
        elif not may_be_decided(of_order[upsell_id]):
            problem = ("upsell-already-decided", f"the customer has {of_order[upsell_id]} it already")
        else:
            continue
        errors.append({"pointer": f"/items/{place}/upsell_id", "code": problem[0], "detail": problem[1]})
    if errors:
        raise QuoteItemsRefused("; ".join(f"{each['pointer']}: {each['detail']}" for each in errors), errors)


def require_times(now: datetime, valid_until: datetime, ready_by: datetime | None) -> None:
    if valid_until <= now:
        raise QuoteTimesRefused("valid_until lies in the past")
    if ready_by is not None and ready_by <= now:
        raise QuoteTimesRefused("ready_by lies in the past")


def require_newest(number: int, newest: int) -> None:
    if number != newest:
        raise QuoteSuperseded(f"Quote {number} was replaced by quote {newest}", newest=newest)


def quote_state(
    number: int, newest: int, valid_until: datetime, decisions: Iterable[Authorisation | None], now: datetime
) -> QuoteState:
    if number != newest:
        return QuoteState.SUPERSEDED
    if not any(may_be_decided(decision) for decision in decisions):
        return QuoteState.DECIDED
    return QuoteState.EXPIRED if valid_until <= now else QuoteState.OPEN
