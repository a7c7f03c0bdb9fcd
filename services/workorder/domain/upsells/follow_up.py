"""Work that a customer did not take: how long it stays open, when it is offered again, and what became of it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.workorder.domain.orders.line import Authorisation
from services.workorder.domain.orders.order import IN_THE_SHOP, State
from services.workorder.domain.refusals import WorkorderRefusal
from services.workorder.domain.upsells.finding import Priority

REFUSED = frozenset({Authorisation.DECLINED, Authorisation.DEFERRED})


class Outcome(StrEnum):
    """What became of refused work. Converted: the customer took it when it was offered again."""

    OPEN = "open"
    OFFERED_AGAIN = "offered_again"
    CONVERTED = "converted"
    CLOSED = "closed"


class ClosingReason(StrEnum):
    """Why refused work is not offered again."""

    VEHICLE_SOLD = "vehicle_sold"
    DONE_ELSEWHERE = "done_elsewhere"
    DONE_HERE = "done_here"
    NOT_NEEDED = "not_needed"
    NOT_WANTED = "not_wanted"


class WorkNotOpen(WorkorderRefusal):
    slug = "work-not-open"
    title = "Only work that was declined or deferred is followed up"


class WorkClosed(WorkorderRefusal):
    slug = "work-closed"
    title = "This work is closed and not offered again"


class AlreadyRevived(WorkorderRefusal):
    slug = "already-revived"
    title = "This work has been offered again already"


class StillOnItsOrder(WorkorderRefusal):
    slug = "still-on-its-order"
    title = "The car is still here: the work is decided on its own order"


class AnotherVehicle(WorkorderRefusal):
    slug = "another-vehicle"
    title = "The order is for another vehicle"


class AnotherOperation(WorkorderRefusal):
    status = 422
    slug = "another-operation"
    title = "Work that is offered again is the same operation"


class FollowUpRefused(WorkorderRefusal):
    status = 422
    slug = "follow-up-refused"
    title = "The follow-up does not fit the decision"


@dataclass(frozen=True)
class OfferedAgain:
    """The upsell that was made of refused work at a later visit."""

    id: UUID
    number: str
    decision: Authorisation | None


@dataclass(frozen=True)
class RefusedWork:
    """An upsell as its follow-up sees it; `state` is that of the order it was proposed on."""

    decision: Authorisation | None
    state: State
    vin: str | None
    operation_code: str
    closed: ClosingReason | None
    again: OfferedAgain | None


def is_refused(decision: Authorisation | None, state: State) -> bool:
    """Declined or deferred, or never decided on an order that was cancelled."""
    return decision in REFUSED or (decision is None and state is State.CANCELLED)


def outcome_of(work: RefusedWork) -> Outcome | None:
    """None for work that the customer took or has yet to decide on."""
    if not is_refused(work.decision, work.state):
        return None
    if work.again is not None:
        return Outcome.CONVERTED if work.again.decision is Authorisation.APPROVED else Outcome.OFFERED_AGAIN
    return Outcome.CLOSED if work.closed else Outcome.OPEN


def require_open(work: RefusedWork) -> None:
    if work.again is not None:
        raise AlreadyRevived(
            f"It became {work.again.number}", upsell_id=str(work.again.id), upsell_number=work.again.number
        )
    if work.closed is not None:
        raise WorkClosed(f"It was closed: {work.closed}", reason=str(work.closed))
    if not is_refused(work.decision, work.state):
        raise WorkNotOpen(f"It is {work.decision or Authorisation.PROPOSED}")


def require_revivable(work: RefusedWork, vin: str | None, operation_code: str | None) -> None:
    """Onto an order of the same vehicle, once. `operation_code` is that of the lines told anew, when there are any.

    While its own order takes work the customer can still decide there, and would otherwise be asked twice.
    """
    require_open(work)
    if work.state in IN_THE_SHOP:
        raise StillOnItsOrder(f"Its order is {work.state}")
    if work.vin is None or work.vin != vin:
        raise AnotherVehicle(f"The work is for {work.vin or 'an unknown vehicle'}, not for {vin or 'an unknown one'}")
    if operation_code not in {None, work.operation_code}:
        detail = f"{operation_code} is not {work.operation_code}"
        errors = [{"pointer": "/lines/0/code", "code": "another-operation", "detail": detail}]
        raise AnotherOperation(detail, errors=errors)


def require_follow_up(
    decision: Authorisation | None, priority: Priority | None, follow_up_on: date | None, today: date
) -> None:
    """Priority and date are for what was not approved, and the date is to come."""
    faults = []
    if decision is Authorisation.APPROVED:
        told = {"/priority": priority, "/follow_up_on": follow_up_on}
        faults = [
            (at, "nothing-to-follow-up", "approved work is not followed up") for at, value in told.items() if value
        ]
    elif follow_up_on is not None and follow_up_on < today:
        faults = [("/follow_up_on", "date-past", "lies in the past")]
    if faults:
        errors = [{"pointer": pointer, "code": code, "detail": detail} for pointer, code, detail in faults]
        raise FollowUpRefused("; ".join(f"{pointer}: {detail}" for pointer, _, detail in faults), errors=errors)
