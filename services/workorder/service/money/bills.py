"""The bill of an order as it stands: its lines, what was agreed on them, why they differ, who allowed the discounts."""

from decimal import Decimal
from uuid import UUID

from services.workorder.domain.money.bill import Bill, BillLine
from services.workorder.domain.money.discount import NOTHING_GRANTED, Allowance
from services.workorder.domain.orders.line import Authorisation, LineKind, Origin, Payer, is_work
from services.workorder.domain.orders.share import shares_read
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.models import RepairOrderLine
from services.workorder.repository.money import money
from services.workorder.repository.money import settlements as repository
from services.workorder.repository.orders import orders
from services.workorder.service.desk import Desk


async def bill_of(desk: Desk, order_id: UUID) -> Bill:
    scope = (desk.session, desk.store_id, order_id)
    lines = await orders.lines_of(*scope)
    reasons = await repository.price_reasons(*scope)
    granted = await repository.allowances_of(*scope)
    work = [line for line in lines if is_work(authorisation_of(line))]
    return Bill(
        tuple(bill_line(line, reasons.get(line.id), granted.get(line.id)) for line in work),
        tuple(line.line_number for line in lines if line.authorisation == Authorisation.PROPOSED),
        await money.owner_share_of(*scope),
    )


def authorisation_of(line: RepairOrderLine) -> Authorisation | None:
    return Authorisation(line.authorisation) if line.authorisation else None


def bill_line(line: RepairOrderLine, reason: str | None = None, granted: Allowance | None = None) -> BillLine:
    estimate = _estimate(line)
    published = Decimal(line.price_basis["amount"]) if line.price_basis else line.published_amount
    return BillLine(
        line.line_number, LineKind(line.kind), line.code, line.name, Origin(line.origin) if line.origin else None,
        standard_hours=line.standard_hours, quantity=line.quantity, list_price=line.list_price,
        published=published, amount=line.amount, estimate=estimate,
        reason=reason if line.amount != estimate else None, payer=Payer(line.payer), shares=shares_read(line.shares),
        is_upsell=line.is_upsell,
        granted=granted or (NOTHING_GRANTED if line.source == OWN_SOURCE else None),
    )  # fmt: skip


def _estimate(line: RepairOrderLine) -> Decimal:
    """A line written here that nobody agreed on has none; what another system sends was agreed on there."""
    if line.agreed_amount is not None:
        return line.agreed_amount
    return Decimal(0) if line.source == OWN_SOURCE else line.amount
