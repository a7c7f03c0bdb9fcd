"""What was charged otherwise than the price that was published on the day of the order."""

import copy
from collections.abc import Sequence
from typing import Any

from chassis.representation import PageWish, paginate
from services.workorder.domain.catalogue.catalogue_entries import Car, Catalogue
from services.workorder.domain.catalogue.line_price import Deviation
from services.workorder.domain.catalogue.pricing import Asked, PricingRefusal, price_operation
from services.workorder.domain.orders.line import Payer
from services.workorder.domain.orders.order import OrderKind
from services.workorder.domain.orders.vin import model_year
from services.workorder.models import LinePriceChange, RepairOrder, RepairOrderLine
from services.workorder.repository.catalogue import line_prices
from services.workorder.repository.catalogue.pricing import load_catalogue
from services.workorder.service.desk import Desk

LOOKED_AT = 500
"""Lines priced for one page: most cost what was published, so a page of as many as it shows would be nearly empty."""

Found = tuple[Any, Deviation, LinePriceChange | None]


async def deviations(
    desk: Desk, wish: PageWish, query: Any, *, unpublished: bool  # noqa: ANN401 - a select of columns
) -> tuple[list[Found], str | None]:  # fmt: skip
    """A page ends after its limit, or where enough lines were looked at; the next goes on behind the last of them."""
    wide = copy.copy(wish)
    wide.limit = LOOKED_AT
    keys = [RepairOrder.opened_on, RepairOrderLine.id]
    rows, following = await paginate(desk.session, query, keys, wide, descending=True)
    catalogue = await load_catalogue(desk.session, desk.store_id, {row.code for row in rows if row.published is None})
    judged = [(row, _judged(catalogue, row)) for row in rows]
    found = [(row, each) for row, each in judged if _deviates(each, unpublished=unpublished)]
    last = rows[-1] if following else None
    if len(found) > wish.limit:
        found = found[: wish.limit]
        last = found[-1][0]
    following = None if last is None else wish.next_address([last.opened_on, last.id])
    return await _with_reasons(desk, found), following


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
