"""Bodies of warranty claims and of the maker's answers."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.money.claim import ClaimMove, ClaimState
from services.workorder.schemas.money.money import Stored
from services.workorder.schemas.text import Code, Told

LineNumber = Annotated[int, Field(ge=1, le=1_000_000)]


class ClaimLineCreate(RequestBody):
    """At most what the maker pays of the line."""

    line_number: LineNumber
    amount: Money


class ClaimCreate(RequestBody):
    lines: Annotated[list[ClaimLineCreate], Field(min_length=1, max_length=100)]
    note: Told | None = None


class ClaimSent(RequestBody):
    """Without a date it was sent today. `maker_number` is the number under which the maker has it."""

    maker_number: Code
    sent_on: date | None = None


class ClaimEnded(RequestBody):
    reason: Told


class ClaimLinePaid(RequestBody):
    """`reason` is needed where less is paid than is open of the line."""

    line_number: LineNumber
    paid: Money
    reason: Told | None = None


class ClaimPaid(RequestBody):
    """What the maker pays this time: each line of which something is open, once."""

    paid_on: date
    lines: Annotated[list[ClaimLinePaid], Field(min_length=1, max_length=100)]


class ClaimLineRead(ResponseBody):
    """`reason` is the last that was given for what was not paid."""

    line_number: int
    name: str
    claimed: Money
    paid: Money
    left: Money
    reason: str | None


class ClaimRead(Stored):
    """`left` is what the maker has not paid; of a claim that was written off it is our own cost.

    `age_days` is how long the maker has had it in this round, null while it is with us.
    """

    number: str
    order_id: UUID
    order_number: str
    state: ClaimState
    allowed: list[ClaimMove]
    round: int
    maker_number: str | None
    sent_on: date | None
    answered_on: date | None
    age_days: int | None
    note: str | None
    currency: str
    claimed: Money
    paid: Money
    left: Money
    lines: list[ClaimLineRead]
