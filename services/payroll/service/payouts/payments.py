"""What a month's closing pays, from the statements of all its closings so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.errors import Conflict, NotFound
from services.payroll.domain.payouts.payment import Payment, payments_of
from services.payroll.repository.months import months
from services.payroll.repository.people import people
from services.payroll.service.call import Call


@dataclass(frozen=True)
class Payments:
    """Of one closing of a month, with the names of those concerned."""

    month: str
    revision: int
    payments: Sequence[Payment]
    names: Mapping[str, str]


async def payments_for(call: Call, month: str, revision: int | None) -> Payments:
    wanted = await closing_asked(call, month, revision)
    payments = payments_of(await months.totals_until(call.session, month, wanted))
    names = await people.names_of(call.session, {each.employee for each in payments})
    return Payments(month, wanted, payments, names)


async def closing_asked(call: Call, month: str, revision: int | None) -> int:
    """The last closing, while the month is closed; or any that it had (`revision`), as it was then."""
    found = await months.month_of(call.session, month)
    if revision is None and (found is None or found.state != "closed"):
        raise Conflict("The month is not closed", slug="month-not-closed")
    if found is None or (revision or 1) > found.revision:
        raise NotFound("The month has no such closing")
    return revision or found.revision
