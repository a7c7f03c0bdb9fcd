"""What was settled here is changed by a reversal, not by another system's next export; its other rows are written."""

from typing import Any

import pytest

from tests.calls import Caller
from tests.harness import AStore, Clone
from tests.workorder.at_once import one_after_the_other
from tests.workorder.billing import at, settle, version_of
from tests.workorder.caller import line_row, order_row, settled_row

PAYMENT = {"order_number": "W1", "paid_on": "2026-09-08", "amount": "67.50", "method": "cash"}


async def finished(manager: Caller) -> dict[str, Any]:
    """Orders of another system, of which the first is finished here."""
    await manager.take_in("repair-orders", order_row(), order_row(number="W2"))
    await manager.take_in("repair-order-lines", line_row(), line_row(order_number="W2"))
    order: dict[str, Any] = await manager.read("/v1/repair-orders/by-number/W1")
    for verb in ("inspect", "make-ready"):
        order = await manager.make(at(order, verb), If_Match=version_of(order))
    return order


async def standing(manager: Caller, order: dict[str, Any]) -> tuple[Any, Any]:
    return await manager.read(at(order)), await manager.read(at(order, "lines"))


@pytest.mark.parametrize(
    ("resource", "row", "field"),
    [
        ("repair-orders", order_row(odometer_km=1), "number"),
        ("repair-orders", settled_row(), "number"),
        ("repair-orders", order_row(status="cancelled"), "number"),
        ("repair-order-lines", line_row(amount="1.00"), "order_number"),
        ("repair-order-lines", line_row(line_number=2), "order_number"),
    ],
)
async def test_a_row_that_would_change_what_was_settled_here_is_refused_and_holds_up_no_other(
    manager: Caller, resource: str, row: dict[str, Any], field: str
) -> None:
    order = await settle(manager, await finished(manager))
    before = await standing(manager, order)
    other = {**row, "order_number": "W2"} if "order_number" in row else {**row, "number": "W2"}
    report = await manager.take_in(resource, row, other)
    assert report["results"][0]["outcome"] == "rejected"
    assert [(e["field"], e["code"]) for e in report["results"][0]["errors"]] == [(field, "order-settled-here")]
    assert report["results"][1]["outcome"] in {"created", "updated"}
    assert report["counts"]["rejected"] == 1
    assert await standing(manager, order) == before


async def test_what_is_no_change_is_none_money_comes_in_and_a_reversal_opens_the_order_to_imports(
    manager: Caller,
) -> None:
    order = await settle(manager, await finished(manager))
    assert await manager.outcomes("repair-orders", order_row()) == ["unchanged"]
    assert await manager.outcomes("repair-order-lines", line_row()) == ["unchanged"]
    assert await manager.outcomes("payments", PAYMENT) == ["created"]
    wrong = {"reason": "the wrong operation was billed", "paid": "67.50"}
    await manager.make(at(order, "reverse"), wrong, If_Match=version_of(order))
    assert await manager.outcomes("repair-order-lines", line_row(amount="70.00")) == ["updated"]


@pytest.mark.parametrize(
    ("resource", "row"), [("repair-orders", settled_row()), ("repair-order-lines", line_row(amount="1.00"))]
)
async def test_an_import_that_waits_for_a_settlement_sees_it(
    manager: Caller, database: Clone, store: AStore, resource: str, row: dict[str, Any]
) -> None:
    order = await finished(manager)
    body = {"source": "dms", "rows": [{"row": 2, **row}]}
    settled, report = await one_after_the_other(
        database, store, order["id"],
        [lambda: manager.post(at(order, "settle"), If_Match=version_of(order)),
         lambda: manager.post(f"/v1/bulk/{resource}", body)],
    )  # fmt: skip
    assert settled.status_code == 200
    assert [result["outcome"] for result in report.json()["results"]] == ["rejected"]
    assert (await manager.read(at(order)))["settled"] is True
    assert (await manager.read(at(order, "settlement-preview")))["amount"] == "67.50"
