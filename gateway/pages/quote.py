"""What the service tells a page of a link: a quote, its items, and what was decided. Money stays text."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Told(BaseModel):
    """Members that are not known here are left alone: the service may come to tell more."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Line(Told):
    name: str
    kind: str
    quantity: str
    amount: str
    payer: str = "customer"
    shares: Mapping[str, str] | None = None
    origin: str | None = None


class Photo(Told):
    """Addresses here, for as long as a page is read."""

    address: str
    preview_address: str


class Item(Told):
    upsell_id: UUID
    name: str
    why: str | None
    if_not_done: str | None
    minutes: int | None
    amount: str
    customer_share: str | None = None
    lines: Sequence[Line]
    photos: Sequence[Photo] = ()
    decision: str | None
    decided_by_method: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None

    @property
    def own_part(self) -> str:
        """What the customer pays of it."""
        return self.amount if self.customer_share is None else self.customer_share

    @property
    def may_be_decided(self) -> bool:
        """Also what was put off: it is offered anew."""
        return self.decision in {None, "proposed", "deferred"}


class Quote(Told):
    number: int
    content_hash: str
    items: Sequence[Item]
    total: str
    customer_share: str | None = None
    valid_until: date | datetime | None
    ready_by: date | datetime | None
    note: str | None = None


class Vehicle(Told):
    plate: str | None
    model: str | None


class OrderApproval(Told):
    """All null where it is not known."""

    method: str | None
    decided_by: str | None
    decided_at: datetime | None


class Approval(Told):
    """`state`: open; used, decided by this link; decided elsewhere; closed, the order takes no more work."""

    store_id: UUID
    order_number: str
    vehicle: Vehicle | None
    advisor: str | None
    order_approval: OrderApproval | None = None
    quote: Quote
    currency: str
    expires_at: datetime
    state: str

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def asked(self) -> Sequence[Item]:
        """The items that this link still asks about."""
        return [item for item in self.quote.items if item.may_be_decided] if self.is_open else []

    @property
    def approved(self) -> Sequence[Item]:
        return [item for item in self.quote.items if item.decision == "approved"]
