"""What was charged otherwise than the price that was published on the day of the order."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select

from chassis.representation import PageWish
from services.workorder.domain.catalogue.catalogue_entries import Car, Catalogue
from services.workorder.domain.catalogue.line_price import Deviation
from services.workorder.domain.catalogue.pricing import Asked, PricingRefusal, price_operation
from services.workorder.domain.orders.line import Payer
from services.workorder.domain.orders.order import OrderKind
from services.workorder.domain.orders.vin import model_year
from services.workorder.models import LinePriceChange, RepairOrder, RepairOrderLine
from services.workorder.repository.catalogue import line_prices
from services.workorder.repository.catalogue.line_prices import Position
from services.workorder.repository.catalogue.pricing import load_catalogue
from services.workorder.service.desk import Desk

LOOKED_AT = 100
"""Orders whose lines are priced for one page: most cost what was published, so a page of as many as it shows would be
nearly empty."""

Found = tuple[Any, Deviation, LinePriceChange | None]


async def deviations(
    desk: Desk, wish: PageWish, orders: Select[Any], *, unpublished: bool
) -> tuple[list[Found], str | None]:
    """A page ends after its limit, or where enough orders were looked at; the next goes on behind the last line."""
    after = wish.after_row([RepairOrder.opened_on, RepairOrder.id, RepairOrderLine.line_number])
    at = Position(*after) if after else None
    rows, following = await line_prices.charged_lines(desk.session, orders, at, LOOKED_AT)
    catalogue = await load_catalogue(desk.session, desk.store_id, {row.code for row in rows if row.published is None})
    judged = [(row, _judged(catalogue, row)) for row in rows]
    found = [(row, each) for row, each in judged if _deviates(each, unpublished=unpublished)]
    if len(found) > wish.limit:
        found = found[: wish.limit]
        last = found[-1][0]
        following = Position(last.opened_on, last.order_id, last.line_number)
    return await _with_reasons(desk, found), following and wish.next_address(following)


def _judged(catalogue: Catalogue, row: Any) -> Deviation:  # noqa: ANN401
    if row.published is not None:
        return Deviation(row.published, None, row.amount)
    car = Car(row.model, model_year(row.vin or "", row.opened_on))
    asked = Asked(row.opened_on, OrderKind(row.order_kind), Payer(row.payer), car, row.quantity)
    try:
        return Deviation(price_operation(catalogue, row.code, asked).amount, None, row.amount)
    except PricingRefusal as refusal:
        return Deviation(None, refusal.slug, row.amount)


def _deviates(deviation: Deviation, *, unpublished: bool) -> bool:
    return unpublished if deviation.published is None else deviation.difference != 0


async def _with_reasons(desk: Desk, found: Sequence[tuple[Any, Deviation]]) -> list[Found]:
    changes = await line_prices.changes_of(desk.session, desk.store_id, [row.id for row, _ in found])
    newest = {each.line_id: each for each in changes if each.amount != each.former_amount}
    return [(row, deviation, newest.get(row.id)) for row, deviation in found]
