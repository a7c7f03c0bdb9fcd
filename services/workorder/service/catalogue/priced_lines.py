"""Lines priced by the catalogue, and why a line costs what it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from services.workorder.domain.catalogue.catalogue_entries import Car, Catalogue
from services.workorder.domain.catalogue.line_price import AmountChange, EnteredLine, PriceBasis, steps_of_line
from services.workorder.domain.catalogue.price_steps import Step
from services.workorder.domain.catalogue.pricing import Asked, LinesNotPriced, PricedWork, PricingRefusal
from services.workorder.domain.orders.line import LineKind, require_plannable
from services.workorder.domain.orders.order import OrderKind
from services.workorder.domain.orders.vin import model_year
from services.workorder.events import published
from services.workorder.models import RepairOrder, RepairOrderLine
from services.workorder.repository.catalogue import line_prices
from services.workorder.repository.catalogue.pricing import load_catalogue
from services.workorder.repository.orders import orders
from services.workorder.schemas.catalogue.line_prices import PricedLineCreate, PricedLinesCreate
from services.workorder.schemas.orders.orders import LineCreate
from services.workorder.service.catalogue.pricing import priced
from services.workorder.service.desk import Desk
from services.workorder.service.orders import details
from services.workorder.service.orders.orders import store_lines
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import note


@dataclass(frozen=True)
class PricedLine:
    """A line as the catalogue prices it, and what it keeps of that."""

    body: LineCreate
    basis: Mapping[str, object]


async def add_priced_lines(desk: Desk, order_id: UUID, body: PricedLinesCreate) -> Sequence[RepairOrderLine]:
    """Before work starts, and by prices that the customer was told when he came."""
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    require_plannable(progress_of(order))
    lines = await priced_by_catalogue(desk, order, body.items, body.engine)
    bases = [line.basis for line in lines]
    added = await store_lines(desk, order, [line.body for line in lines], None, bases, is_upsell=False)
    await note(desk, order.id, "lines.added", lines=[row.line_number for row in added], by_catalogue=True)
    await published.publish_states(desk.session, published.LINES, [row.id for row in added])
    return await orders.lines_of(desk.session, desk.store_id, order.id)


async def priced_by_catalogue(
    desk: Desk, order: RepairOrder, items: Sequence[PricedLineCreate], engine: str | None
) -> list[PricedLine]:
    """By the prices of the day on which the order was opened; the pointers of what is wrong begin with `/items`."""
    await details.jobs_named(desk, order, [item.job_number for item in items], "/items/{}/job_number")
    catalogue = await load_catalogue(
        desk.session,
        desk.store_id,
        [item.operation for item in items if item.operation],
        [item.menu for item in items if item.menu],
    )
    return _priced_lines(catalogue, order, items, car_of(order, engine))


def car_of(order: RepairOrder, engine: str | None = None) -> Car:
    model = order.vehicle.model if order.vehicle else None
    return Car(model, model_year(order.vin or "", order.opened_on), engine)


def _priced_lines(
    catalogue: Catalogue, order: RepairOrder, items: Sequence[PricedLineCreate], car: Car
) -> list[PricedLine]:
    """All or none: every item that cannot be priced is named."""
    found: list[PricedLine] = []
    errors: list[Mapping[str, str]] = []
    for place, item in enumerate(items):
        asked = Asked(order.opened_on, OrderKind(order.kind), item.payer, car, item.quantity)
        try:
            works = priced(catalogue, item.operation, item.menu, asked)
        except PricingRefusal as refusal:
            errors += refusal.at(f"/items/{place}/{'menu' if item.menu else 'operation'}").errors
        else:
            found += [PricedLine(_line(work, item), PriceBasis.of(asked, work).told()) for work in works]
    if errors:
        raise LinesNotPriced(errors)
    return found


def _line(work: PricedWork, item: PricedLineCreate) -> LineCreate:
    operation = work.operation
    hours = None if work.hours is None else work.hours.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return LineCreate(
        kind=LineKind(operation.kind), code=operation.code, name=operation.name, standard_hours=hours,
        quantity=work.quantity, list_price=work.unit_price, amount=work.amount, payer=item.payer,
        origin=operation.origin, job_number=item.job_number, team=item.team, technician=item.technician,
    )  # fmt: skip


async def explain_line(
    desk: Desk, order_id: UUID, number: int
) -> tuple[RepairOrderLine, PriceBasis | None, list[Step]]:
    line = await line_prices.line_by_number(desk.session, desk.store_id, order_id, number)
    changes = [
        AmountChange(each.former_amount, each.amount, each.reason, each.changed_by)
        for each in await line_prices.changes_of(desk.session, desk.store_id, [line.id])
    ]
    basis = PriceBasis.read(line.price_basis) if line.price_basis else None
    entered = EnteredLine(line.id, line.source, line.quantity, line.list_price, line.amount)
    return line, basis, steps_of_line(entered, basis, changes)
