"""Bodies of approval links, and of what a customer sees and sends who has one."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.orders.line import AuthorisationMethod
from services.workorder.schemas.orders.approval import OrderApprovalRead
from services.workorder.schemas.text import Instant, Person, Told
from services.workorder.schemas.upsells.quotes import Decision, LinkRead, QuotedItemRead


class LinkCreate(RequestBody):
    """Without a time it is valid for three days; never longer than two weeks, nor than its quote."""

    expires_at: Instant | None = None


class LinkIssued(LinkRead):
    """`token` is told here and nowhere else; `path` is the page's address at the gateway."""

    token: str
    path: str


class ApprovalVehicle(ResponseBody):
    plate: str | None
    model: str | None


class ApprovalPhoto(ResponseBody):
    """Addresses that need no token, for an hour."""

    id: UUID
    address: str
    preview_address: str


class ApprovalItem(QuotedItemRead):
    """`reason` is what was said by this link, `photos` show what was found."""

    photos: list[ApprovalPhoto]

    decided_by_method: AuthorisationMethod | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


class ApprovalQuote(ResponseBody):
    """`customer_share` is what the customer pays of the total; a decision names `number` and `content_hash`."""

    number: int
    content_hash: str
    items: list[ApprovalItem]
    total: Money
    customer_share: Money
    explained_by: list[str]
    valid_until: datetime
    ready_by: datetime | None
    note: str | None


class ApprovalRead(ResponseBody):
    """Used: decided by this link. Decided: elsewhere. Closed: the order takes no more work. `order_approval` is how the
    customer agreed to the order itself."""

    store_id: UUID
    order_number: str
    vehicle: ApprovalVehicle | None
    advisor: str | None
    order_approval: OrderApprovalRead | None
    quote: ApprovalQuote
    currency: str
    expires_at: datetime
    used_at: datetime | None
    state: Literal["open", "used", "decided", "closed"]


class ApprovalDecisionItem(RequestBody):
    upsell_id: UUID
    decision: Decision
    reason: Told | None = None


class ApprovalDecisions(RequestBody):
    """`quote_number` and `content_hash` are those of the quote that was read; `name` is who decides."""

    quote_number: int
    content_hash: Annotated[str, Field(max_length=128)]
    items: Annotated[list[ApprovalDecisionItem], Field(min_length=1, max_length=50)]
    name: Person
