"""Packages: sold, drawn down by lines of orders, undone before settlement, and the unused part paid back."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.errors import Invalid, field_error
from chassis.representation import check_version
from services.workorder.domain.money import package as rules
from services.workorder.domain.orders.line import Authorisation, Payer, is_work
from services.workorder.domain.orders.share import share_of, shares_read
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.events import published
from services.workorder.models import Package, PackageDraw, PackageItem, RepairOrder, RepairOrderLine
from services.workorder.repository.history import keep_former
from services.workorder.repository.money import packages
from services.workorder.repository.money.receivables import same_person
from services.workorder.repository.orders import orders
from services.workorder.repository.orders.numbers import next_number
from services.workorder.schemas.money.packages import DrawDown, PackageRefund, PackageSale
from services.workorder.service.desk import Desk, given
from services.workorder.service.money import cash
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import note


async def sell_package(desk: Desk, body: PackageSale) -> Package:
    sold_on = body.sold_on or desk.today
    await cash.require_open(desk, sold_on)
    rules.require_price_shared(body.price, [rules.Content(each.code, each.times, each.value) for each in body.items])
    number = await next_number(desk.session, Package, desk.store_id, "PK", sold_on)
    values = given(body, "sold_on", "items")
    package = Package(
        store_id=desk.store_id, source=OWN_SOURCE, number=number, sold_on=sold_on, sold_by=desk.person, **values
    )
    desk.session.add(package)
    await desk.session.flush()
    desk.session.add_all(
        PackageItem(store_id=desk.store_id, package_id=package.id, **given(each)) for each in body.items
    )
    await desk.session.flush()
    await published.publish_states(desk.session, published.PACKAGES, [package.id])
    return await packages.package_by_id(desk.session, desk.store_id, package.id)


async def _state(desk: Desk, package: Package) -> rules.Package:
    used: dict[str, int] = {}
    for each in package.draws:
        used[each.code] = used.get(each.code, 0) + (not each.undone)
    _, numbers = await same_person(desk.session, desk.store_id, package.customer_number)
    contents = [rules.Content(each.code, each.times, each.value) for each in package.items]
    return rules.Package(
        package.vin, frozenset(numbers), package.valid_until, package.refunded_on is not None, contents, used
    )


async def draw_down(desk: Desk, order_id: UUID, body: DrawDown) -> PackageDraw:
    """The order is locked before the package, here and wherever both are."""
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    package = await packages.package_by_id(desk.session, desk.store_id, body.package_id, lock=True)
    package = await packages.package_by_id(desk.session, desk.store_id, package.id)
    line = await _line(desk, order, body.line_number)
    covered = line.id in await packages.covered_lines(desk.session, desk.store_id, order.id)
    use = rules.Use(line.code, _customers(line), covered, order.vin, order.customer_number, progress_of(order))
    content = rules.draw(await _state(desk, package), use, desk.today)
    draw = PackageDraw(
        store_id=desk.store_id, source=OWN_SOURCE, package_id=package.id, code=content.code, order_id=order.id,
        line_id=line.id, line_number=line.line_number, value=content.value, drawn_on=desk.today, drawn_by=desk.person,
        undone=False,
    )  # fmt: skip
    desk.session.add(draw)
    await desk.session.flush()
    await note(desk, order.id, "package.drawn", package=package.number, line=line.line_number)
    await published.publish_states(desk.session, published.PACKAGE_DRAWS, [draw.id])
    return await packages.draw_by_id(desk.session, desk.store_id, draw.id)


async def _line(desk: Desk, order: RepairOrder, number: int) -> RepairOrderLine:
    lines = await orders.lines_of(desk.session, desk.store_id, order.id)
    found = next((line for line in lines if line.line_number == number), None)
    if found is None:
        unknown = field_error("/line_number", "line-unknown", f"the order has no line {number}")
        raise Invalid(f"The order has no line {number}", errors=[unknown])
    return found


def _customers(line: RepairOrderLine) -> Decimal:
    if not is_work(Authorisation(line.authorisation) if line.authorisation else None):
        return Decimal(0)
    return share_of(Payer.CUSTOMER, Payer(line.payer), line.amount, shares_read(line.shares))


async def undo_draw(desk: Desk, draw_id: UUID, expected: int) -> PackageDraw:
    found = await packages.draw_by_id(desk.session, desk.store_id, draw_id)
    order = await orders.lock_order(desk.session, desk.store_id, found.order_id)
    package = await packages.package_by_id(desk.session, desk.store_id, found.package_id, lock=True)
    draw = await packages.draw_by_id(desk.session, desk.store_id, draw_id)
    check_version(draw.version, expected)
    rules.require_before_settlement(progress_of(order))
    if draw.undone or package.refunded_on is not None:
        raise rules.PackageEnded("It was undone already, or the package was paid back")
    await keep_former(desk.session, "package_draws", [draw.id])
    draw.undone = True
    draw.version += 1
    draw.updated_at = desk.now
    await desk.session.flush()
    await note(desk, order.id, "package.undone", package=package.number, line=draw.line_number)
    await published.publish_states(desk.session, published.PACKAGE_DRAWS, [draw.id])
    return draw


async def refund_package(desk: Desk, package_id: UUID, expected: int, body: PackageRefund) -> Package:
    refunded_on: date = body.refunded_on or desk.today
    await cash.require_open(desk, refunded_on)
    await packages.package_by_id(desk.session, desk.store_id, package_id, lock=True)
    package = await packages.package_by_id(desk.session, desk.store_id, package_id)
    check_version(package.version, expected)
    amount = rules.require_something_unused(await _state(desk, package))
    await keep_former(desk.session, "packages", [package.id])
    package.refunded_on, package.refunded_amount = refunded_on, amount
    package.refund_reason, package.refunded_by = body.reason, desk.person
    package.version += 1
    package.updated_at = desk.now
    await desk.session.flush()
    await published.publish_states(desk.session, published.PACKAGES, [package.id])
    return await packages.package_by_id(desk.session, desk.store_id, package.id)
