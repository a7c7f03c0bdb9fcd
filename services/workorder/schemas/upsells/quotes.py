"""Bodies of quotes, and of what is decided on them at the desk."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.orders.line import Authorisation, AuthorisationMethod, LineKind, Origin, Payer
from services.workorder.domain.upsells.approval import LinkState
from services.workorder.domain.upsells.finding import Priority
from services.workorder.domain.upsells.quote import QuoteState
from services.workorder.schemas.orders.approval import ToldAtDesk
from services.workorder.schemas.text import Instant, Person, Told, Trimmed

Decision = Literal["approved", "declined", "deferred"]
_YEAR_OF_MINUTES = 525_600


def _of_different_people(people: list[str]) -> list[str]:
    if len(set(people)) < len(people):
        raise ValueError("the same person twice")
    return people


class QuoteItemCreate(RequestBody):
    """An upsell of the order; `minutes` is the time that the work adds to the visit."""

    upsell_id: UUID
    why: Told
    if_not_done: Told
    minutes: Annotated[int, Field(ge=0, le=_YEAR_OF_MINUTES)]


class QuoteCreate(RequestBody):
    """`explained_by`: the advisor alone, or the advisor and the technician. `ready_by` is when the car is promised."""

    items: Annotated[list[QuoteItemCreate], Field(min_length=1, max_length=50)]
    explained_by: Annotated[list[Person], Field(min_length=1, max_length=2), AfterValidator(_of_different_people)]
    valid_until: Instant
    ready_by: Instant | None = None
    note: Told | None = None


class QuoteDecisionItem(RequestBody):
    """`priority` and `follow_up_on` are for work that is not approved."""

    upsell_id: UUID
    decision: Decision
    reason: Told | None = None
    priority: Priority | None = None
    follow_up_on: date | None = None


class QuoteDecisions(ToldAtDesk):
    items: Annotated[list[QuoteDecisionItem], Field(min_length=1, max_length=50)]


class QuotedLineRead(ResponseBody):
    line_number: int
    kind: LineKind
    code: str
    name: str
    quantity: Trimmed
    amount: Money
    payer: Payer
    shares: dict[Payer, Money] | None
    customer_share: Money
    origin: Origin | None


class QuotedItemRead(ResponseBody):
    """As it was quoted; only `decision` is what holds now, null as long as the work is proposed."""

    upsell_id: UUID
    upsell_number: str
    name: str
    why: str
    if_not_done: str
    minutes: int
    amount: Money
    customer_share: Money
    lines: list[QuotedLineRead]
    decision: Authorisation | None


class QuoteItemRead(QuotedItemRead):
    """`photos` are files that show what was found."""

    photos: list[UUID]


class QuoteDecisionRead(ResponseBody):
    """A decision that was made on this revision; `taken_by` is null for what came by a link."""

    upsell_id: UUID
    decision: Authorisation
    method: AuthorisationMethod
    decided_by: str
    decided_at: datetime
    called_at: datetime | None
    taken_by: str | None
    link_id: UUID | None
    reason: str | None
    priority: Priority | None
    follow_up_on: date | None
    signature_id: UUID | None


class LinkRead(ResponseBody):
    id: UUID
    quote_id: UUID
    state: LinkState
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None
    made_by: str
    version: int
    created_at: datetime


class QuoteRead(ResponseBody):
    """A revision as it was made. `newest` is the order's newest revision, `customer_share` what the customer pays."""

    id: UUID
    order_id: UUID
    order_number: str
    number: int
    newest: int
    state: QuoteState
    items: list[QuoteItemRead]
    total: Money
    customer_share: Money
    currency: str
    content_hash: str
    explained_by: list[str]
    valid_until: datetime
    ready_by: datetime | None
    note: str | None
    decisions: list[QuoteDecisionRead]
    links: list[LinkRead]
    made_by: str
    created_at: datetime
