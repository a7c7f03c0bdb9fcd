"""Money given back takes from the desk's output, in the month in which it went."""

from decimal import Decimal
from fractions import Fraction

from tests.harness import deliver, make_event
from tests.payroll import makers
from tests.payroll.small_month import SmallMonth


async def output_of(small: SmallMonth, month: str = "2026-09") -> Fraction:
    run = await small.run(month)
    assert run["status"] == "completed", run["problem"]
    figures = await small.read(f"/v1/runs/{run['id']}/figures")
    return Fraction(figures["store"]["output"])


async def test_desk_output_falls_by_what_was_given_back(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    before = await output_of(small)
    refund = makers.refund_event(small.store.id, "W1", "150.25")
    await deliver(small.app, "workorder", small.store.id, refund, refund)
    assert await output_of(small) == before - Fraction(Decimal("150.25"))


async def test_a_refund_counts_in_the_month_in_which_it_went(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    september = await output_of(small)
    late = makers.refund_event(small.store.id, "W1", "100.00", refunded_on="2026-10-05")
    await deliver(small.app, "workorder", small.store.id, late)
    assert await output_of(small) == september


async def test_goods_that_came_back_count_for_nobody(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    sold = makers.sale_event(small.store.id, "B1", "700.00", list_price="700.00")
    await deliver(small.app, "workorder", small.store.id, sold)
    assert await goods_of(small) == 700
    back = makers.sale_event(small.store.id, "B1", "700.00", list_price="700.00", version=2, returned_on="2026-10-01")
    await deliver(small.app, "workorder", small.store.id, back)
    assert await goods_of(small) == 0


async def goods_of(small: SmallMonth) -> Fraction:
    run = await small.run()
    figures = await small.read(f"/v1/runs/{run['id']}/figures")
    return Fraction(figures["store"]["desk_uninstalled_goods"])


async def test_a_package_counts_when_it_is_used_and_not_when_that_was_undone(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    before = await output_of(small)
    drawn = {"id": makers.identity("draw"), "package_number": "PK1", "order_number": "W1", "line_number": 1,
             "code": "ME04", "amount": "60.00", "drawn_on": "2026-09-04", "drawn_by": "SA01",
             "undone": False}  # fmt: skip
    told = make_event("workorder.package.drawn", drawn, store=small.store.id)
    await deliver(small.app, "workorder", small.store.id, told)
    assert await output_of(small) == before + 60
    undone = make_event(
        "workorder.package.drawn", {**drawn, "amount": "0.00", "undone": True}, store=small.store.id, version=2
    )
    await deliver(small.app, "workorder", small.store.id, undone)
    assert await output_of(small) == before
