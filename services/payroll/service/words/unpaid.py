"""What a run's plans pay and did not pay somebody, each with the reason: why did I not get it?"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Conflict
from chassis.representation import PageWish, paginate
from services.payroll.domain.words.saying import Saying
from services.payroll.domain.words.told_unpaid import ToldUnpaid, conditions_of, told_unpaid
from services.payroll.models import TraceNode
from services.payroll.repository.months import months
from services.payroll.repository.runs import reach
from services.payroll.repository.words import explanations
from services.payroll.service.runs.traces import completed_run


async def unpaid(
    session: AsyncSession, run_id: UUID, employee: str, saying: Saying, wish: PageWish
) -> tuple[Sequence[ToldUnpaid], str | None]:
    """A page in the order of the run, and the address of the next; in a fixed number of queries."""
    await completed_run(session, run_id)
    query = reach.unpaid(run_id, employee)
    rows, following = await paginate(session, query, [TraceNode.ordinal.expression], wish)
    return await told(session, run_id, rows, saying), following


async def told(session: AsyncSession, run: UUID, rows: Sequence[TraceNode], saying: Saying) -> Sequence[ToldUnpaid]:
    names = [name for row in rows for name in conditions_of(row.body)]
    conditions = await explanations.nodes_named(session, run, names)
    return [told_unpaid(saying, row.body, conditions) for row in rows]


async def run_of_closed(session: AsyncSession, month: str) -> UUID:
    found = await months.month_of(session, month)
    if found is None or found.state != "closed" or found.run_id is None:
        raise Conflict("The month is not closed", slug="month-not-closed")
    return found.run_id
