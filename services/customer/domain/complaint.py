"""The life of a complaint: opened, then verified or rejected, once."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from services.customer.domain.refusals import ComplaintAlreadyDecided, VerificationIncomplete


class ComplaintState(StrEnum):
    OPENED = "opened"
    VERIFIED = "verified"
    REJECTED = "rejected"


class Cause(StrEnum):
    WORK_ERROR = "work_error"
    SERVICE_MANNER = "service_manner"
    PRICE_DISPUTE = "price_dispute"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a decision depends on and changes; `verified_on` is the day of the finding, empty when nobody told it."""

    state: ComplaintState
    employee: str | None
    cause: Cause
    verified_on: date | None = None
    finding: str | None = None


ALLOWED_MOVES: dict[ComplaintState, tuple[str, ...]] = {
    ComplaintState.OPENED: ("verify", "reject"),
    ComplaintState.VERIFIED: (),
    ComplaintState.REJECTED: (),
}


def verify(complaint: Complaint, employee: str | None, cause: Cause | None, finding: str | None, on: date) -> Complaint:
    """Keeps who was responsible and why: payroll takes a part of that person's commission for it (二 note 1)."""
    _require_open(complaint)
    responsible = employee or complaint.employee
    if responsible is None:
        detail = "Name the employee who was responsible."
        raise VerificationIncomplete(detail, [{"pointer": "/employee", "code": "required", "detail": detail}])
    return replace(
        complaint,
        state=ComplaintState.VERIFIED,
        employee=responsible,
        cause=cause or complaint.cause,
        verified_on=on,
        finding=finding,
    )


def reject(complaint: Complaint, finding: str) -> Complaint:
    _require_open(complaint)
    return replace(complaint, state=ComplaintState.REJECTED, finding=finding)


def state_told(verified: bool | None) -> ComplaintState:
    """The state that another system's yes, no or nothing stands for."""
    if verified is None:
        return ComplaintState.OPENED
    return ComplaintState.VERIFIED if verified else ComplaintState.REJECTED


def _require_open(complaint: Complaint) -> None:
    if complaint.state is not ComplaintState.OPENED:
        moves = ", ".join(ALLOWED_MOVES[complaint.state]) or "none"
        raise ComplaintAlreadyDecided(f"The complaint is {complaint.state}; allowed moves: {moves}.")
