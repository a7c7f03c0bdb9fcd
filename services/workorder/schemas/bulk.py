"""Bulk rows as other systems send them, and the report that goes back row by row."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.catalogue.catalogue import OperationKind
from services.workorder.domain.money.accessory import Department
from services.workorder.domain.money.settlement import PaymentMethod
from services.workorder.domain.orders.line import Authorisation, LineKind, Payer
from services.workorder.domain.orders.order import OrderKind, ReportedStatus
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.domain.upsells.upsell import Stage, UpsellSource
from services.workorder.schemas.text import Hours, Instant, Key, Name, Ordinal, Prose, Quantity

Decision = Literal[Authorisation.APPROVED, Authorisation.DECLINED, Authorisation.DEFERRED]

MAXIMUM_ROWS = 5000


def _not_ours(source: str) -> str:
    if source == OWN_SOURCE:
        raise ValueError(f"{OWN_SOURCE} is the source of what is entered here; name the system the rows come from")
    return source


class BulkRequest(RequestBody):
    """Rows are checked one by one: a wrong one is rejected in the report and costs the others nothing."""

    source: Annotated[Key, AfterValidator(_not_ours)]
    import_id: UUID | None = None
    rows: Annotated[list[dict[str, Any]], Field(max_length=MAXIMUM_ROWS)]


Amount = Annotated[Money, Field(gt=-(10**9), lt=10**9)]
"""Of a row: no single one reaches 1,000 million, and a digit too many would stop the pay of a whole month."""


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    row: int


class OfOrder(Row):
    order_number: Key


class OperationRow(Row):
    code: Key
    name: Name
    kind: OperationKind
    standard_hours: Hours | None = None
    list_price: Amount | None = None


class RepairOrderRow(Row):
    number: Key
    vin: Key | None = None
    customer_number: Key | None = None
    kind: OrderKind
    advisor: Key | None = None
    opened_at: Instant
    odometer_km: Annotated[int, Field(ge=0, le=99_999_999)] | None = None
    complaint: Prose | None = None
    promised_at: Instant | None = None
    left_at: Instant | None = None
    settled_on: date | None = None
    status: ReportedStatus


class RepairOrderLineRow(OfOrder):
    """`list_price` is that of one unit, `amount` what the whole line brings in."""

    line_number: Annotated[int, Field(ge=1, le=1_000_000)]
    kind: LineKind
    code: Key
    name: Name
    standard_hours: Hours | None = None
    quantity: Quantity
    list_price: Amount
    amount: Amount
    payer: Payer
    is_upsell: bool
    upsell_source: UpsellSource | None = None
    stage: Stage | None = None
    finder: Key | None = None
    decision: Decision | None = None
    team: Name | None = None


class PaymentRow(OfOrder):
    paid_on: date
    amount: Amount
    method: PaymentMethod
    ordinal: Ordinal = 1


class ReimbursementRow(OfOrder):
    paid_on: date
    amount: Amount
    ordinal: Ordinal = 1


class InsurerApprovalRow(OfOrder):
    approved_on: date
    approved_amount: Amount
    owner_share: Amount


class AccessorySaleRow(Row):
    number: Key
    sold_on: date
    item: Name
    list_price: Amount
    amount: Amount
    department: Department
    seller: Key | None = None
    given_away: bool
    installed: bool
    generic: bool = False


class ConsumableRow(Row):
    team: Name
    used_on: date
    item: Name
    amount: Amount
    ordinal: Ordinal = 1


Outcome = Literal["created", "updated", "unchanged", "duplicate", "rejected"]


class RowRemark(ResponseBody):
    field: str
    code: str
    detail: str


class RowResult(ResponseBody):
    row: int
    outcome: Outcome
    warnings: list[RowRemark]
    errors: list[RowRemark]


class BulkReport(ResponseBody):
    """One result per row, in the order of the rows."""

    results: list[RowResult]
    counts: dict[Outcome, int]
