"""The day at the till: what moved, and the count that closes it. After that the day takes no money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.workorder.domain.money.cash import Flow, close, require_day_begun, require_day_open, takings_by
from services.workorder.events import published
from services.workorder.models import CashClosing
from services.workorder.repository.money import cash
from services.workorder.schemas.money.cash import CountCreate
from services.workorder.service.desk import Desk


@dataclass(frozen=True)
class Day:
    day: date
    flows: list[Flow]
    closing: CashClosing | None


async def require_open(desk: Desk, day: date) -> None:
    """Before money is taken or given back on that day; the day stays open until the transaction ends."""
    require_day_begun(day, desk.today)
    await cash.hold_day(desk.session, desk.store_id, day)
    require_day_open(day, closed=await cash.closing_of(desk.session, desk.store_id, day) is not None)


async def read_day(desk: Desk, day: date) -> Day:
    flows = await cash.flows_of(desk.session, desk.store_id, day)
    return Day(day, flows, await cash.closing_of(desk.session, desk.store_id, day))


async def close_day(desk: Desk, day: date, told: Sequence[CountCreate]) -> Day:
    await cash.lock_day(desk.session, desk.store_id, day)
    found = await read_day(desk, day)
    require_day_open(day, closed=found.closing is not None)
    require_day_begun(day, desk.today)
    by_method = takings_by(found.flows, lambda flow: flow.method)
    counts = close(by_method, [(each.method, each.counted, each.reason) for each in told])
    kept = [
        {"method": each.method, "expected": f"{each.expected:.2f}", "counted": f"{each.counted:.2f}",
         "reason": each.reason}
        for each in counts
    ]  # fmt: skip
    closing = CashClosing(store_id=desk.store_id, day=day, counts=kept, closed_by=desk.person, closed_at=desk.now)
    desk.session.add(closing)
    await desk.session.flush()
    await published.publish_states(desk.session, published.CASH_CLOSINGS, [closing.id])
    return Day(day, found.flows, closing)
