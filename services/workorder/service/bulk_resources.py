"""The eight things other systems send in bulk: how a row becomes a record, and what follows from those written."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.domain.money.accessory import below_lowest_price
from services.workorder.domain.orders.line import authorisation_of_report
from services.workorder.domain.orders.order import IN_THE_SHOP, Progress, State, progress_of_report
from services.workorder.events import published
from services.workorder.repository.bulk import BulkTable, Import, Written
from services.workorder.repository.catalogue import catalogue
from services.workorder.repository.orders.labour import COMPLETED_ON
from services.workorder.schemas import bulk as rows
from services.workorder.service.orders import consequences
from services.workorder.service.zone import Zone

Record = tuple[Any, ...]
Remark = dict[str, str]


Follow = Callable[[AsyncSession, Import, Written], Awaitable[None]]


@dataclass(frozen=True)
class BulkResource:
    """One kind of row: `record` gives its values in the order of the table's incoming columns."""

    table: BulkTable
    row: type[rows.Row]
    follow: Follow
    record: Callable[[Any, Zone], Record]
    remarks: Callable[[Any], list[Remark]] = lambda _row: []

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.row)

    @property
    def key(self) -> tuple[str, ...]:
        """The fields of a row that tell which thing it is."""
        return tuple("order_number" if name == "order_id" else name for name in self.table.key)


def _fields(table: BulkTable) -> Callable[[Any, Zone], Record]:
    names = table.incoming
    return lambda row, _zone: tuple(getattr(row, name) for name in names)


def _publishing(select: str) -> Follow:
    async def follow(session: AsyncSession, _run: Import, written: Written) -> None:
        await published.publish_states(session, select, written.ids)

    return follow


def _plain(table: BulkTable, row: type[rows.Row], select: str) -> BulkResource:
    return BulkResource(table, row, _publishing(select), _fields(table))


OPERATIONS = BulkTable(
    "operations", ("code", "name", "kind", "standard_hours"), ("code",), extras={"list_price": "numeric(17, 2)"}
)

_STILL_IN_WORK = (
    f"l.state = '{State.IN_PROGRESS}' AND t.state IN ({', '.join(repr(str(s)) for s in sorted(IN_THE_SHOP))})"
)
ORDERS = BulkTable(
    "repair_orders",
    (
        "number", "vin", "customer_number", "kind", "advisor", "opened_at", "opened_on", "odometer_km", "complaint",
        "promised_at", "left_at", "left_on", "settled_on", "state", "settled",
    ),
    ("number",),
    holds_orders=True,
    settles=True,
    kept={
        # an export knows no more than "in work": it does not pull back an order that is followed here
        "state": f"CASE WHEN {_STILL_IN_WORK} THEN t.state ELSE l.state END",
        "hold": f"CASE WHEN {_STILL_IN_WORK} THEN t.hold END",
    },
)  # fmt: skip


def _order(row: rows.RepairOrderRow, zone: Zone) -> Record:
    progress: Progress = progress_of_report(row.status, left=row.left_at is not None)
    return (
        row.number, row.vin, row.customer_number, row.kind, row.advisor, row.opened_at, zone.day(row.opened_at),
        row.odometer_km, row.complaint, row.promised_at, row.left_at, zone.day_or_none(row.left_at), row.settled_on,
        progress.state, progress.settled,
    )  # fmt: skip


LINES = BulkTable(
    "repair_order_lines",
    (
        "line_number", "kind", "code", "name", "standard_hours", "quantity", "list_price", "amount", "payer",
        "is_upsell", "upsell_source", "stage", "finder", "team", "authorisation",
    ),
    ("order_id", "line_number"),
    of_order=True,
    holds_orders=True,
    settles=True,
    kept={
        # another system's price is not explained by our catalogue
        "price_basis": "NULL",
        "published_amount": "NULL",
        # shares hold for the amount and the payer that they were told with
        "shares": "CASE WHEN l.amount = t.amount AND l.payer = t.payer THEN t.shares END",
    },
    first={"labour_completed_on": COMPLETED_ON, "labour_version": f"CAST({COMPLETED_ON} IS NOT NULL AS integer)"},
)  # fmt: skip


def _line(row: rows.RepairOrderLineRow, _zone: Zone) -> Record:
    authorisation = authorisation_of_report(row.decision, is_upsell=row.is_upsell)
    return (*(getattr(row, name) for name in LINES.incoming[:-1]), authorisation)


PAYMENTS = BulkTable(
    "payments",
    ("paid_on", "amount", "method", "ordinal"),
    ("order_id", "paid_on", "method", "ordinal"),
    of_order=True,
    of_source=True,
)
REIMBURSEMENTS = BulkTable(
    "reimbursements",
    ("paid_on", "amount", "ordinal"),
    ("order_id", "paid_on", "ordinal"),
    of_order=True,
    of_source=True,
)
INSURER_APPROVALS = BulkTable(
    "insurer_approvals", ("approved_on", "approved_amount", "owner_share"), ("order_id",), of_order=True
)
ACCESSORY_SALES = BulkTable(
    "accessory_sales",
    (
        "number", "sold_on", "item", "list_price", "amount", "department", "seller", "given_away", "installed",
        "generic",
    ),
    ("number",),
)  # fmt: skip
CONSUMABLES = BulkTable(
    "consumables",
    ("team", "used_on", "item", "amount", "ordinal"),
    ("team", "used_on", "item", "ordinal"),
    of_source=True,
)


def _too_cheap(row: rows.AccessorySaleRow) -> list[Remark]:
    if not below_lowest_price(row.list_price, row.amount, given_away=row.given_away):
        return []
    return [{"field": "amount", "code": "below-lowest-price", "detail": "Sold below 80% of the list price; kept."}]


async def _price_operations(session: AsyncSession, run: Import, _written: Written) -> None:
    await catalogue.set_imported_prices(session, run.store_id, run.source, run.day)


BULK_RESOURCES: Mapping[str, BulkResource] = {
    "operations": BulkResource(OPERATIONS, rows.OperationRow, _price_operations, _fields(OPERATIONS)),
    "repair-orders": BulkResource(ORDERS, rows.RepairOrderRow, consequences.of_orders, _order),
    "repair-order-lines": BulkResource(LINES, rows.RepairOrderLineRow, consequences.of_lines, _line),
    "payments": _plain(PAYMENTS, rows.PaymentRow, published.PAYMENTS),
    "reimbursements": _plain(REIMBURSEMENTS, rows.ReimbursementRow, published.REIMBURSEMENTS),
    "insurer-approvals": _plain(INSURER_APPROVALS, rows.InsurerApprovalRow, published.INSURER_APPROVALS),
    "accessory-sales": BulkResource(
        ACCESSORY_SALES,
        rows.AccessorySaleRow,
        _publishing(published.ACCESSORY_SALES),
        _fields(ACCESSORY_SALES),
        _too_cheap,
    ),
    "consumables": _plain(CONSUMABLES, rows.ConsumableRow, published.CONSUMABLES),
}
