"""Shops in which something about upsells is odd, and the queue of what is raised of them."""

from datetime import timedelta
from typing import Any

from tests.calls import Caller
from tests.workorder.caller import settled_row, upsell_row
from tests.workorder.quoting import revise, told
from tests.workorder.shop_days import shop_time
from tests.workorder.test_findings_api import propose, record

OPEN = {"If_Match": '"1"'}


async def shop_of_decliners(manager: Caller, *, odd: int = 24) -> None:
    """Seven advisors with thirty visits each of which a proposal followed; one hears no far more often."""
    opened = (shop_time() - timedelta(days=40)).isoformat()
    left = {"opened_at": opened, "left_at": opened, "settled_on": opened[:10]}
    numbers = [(f"W{person}-{n}", person, n) for person in range(7) for n in range(30)]
    await manager.take_in(
        "repair-orders", *(settled_row(number=w, advisor=f"SA{p}", vin=None, **left) for w, p, _ in numbers)
    )
    await manager.take_in(
        "repair-order-lines",
        *(
            upsell_row(order_number=w, finder=f"J{p}", line_number=1,
                       decision="declined" if n < (odd if p == 6 else 6) else "approved")
            for w, p, n in numbers
        ),
    )  # fmt: skip


async def odd_order(caller: Caller, **finding: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order with an upsell approved on a quote, for a finding."""
    found = await record(caller, **finding)
    upsell = await propose(caller, found, "BR01")
    quote = await revise(caller, found["order_id"], upsell["id"])
    await caller.make(f"/v1/quotes/{quote['id']}/decisions", told(quote, "approved"))
    return await caller.read(f"/v1/repair-orders/{found['order_id']}"), upsell


async def flags(caller: Caller, **wanted: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await caller.read("/v1/risk-flags", **wanted))["items"]
    return items
