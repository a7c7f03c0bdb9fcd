"""A month of pay on its way to being paid: open, locked on one run, approved by a chain of people, closed.

What comes after a month is closed is a line of a later one; to open it again needs a reason, and is remembered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from services.payroll.domain.errors import PayrollRefusal
from services.payroll.domain.vocabulary import POSTS


class MonthState(StrEnum):
    OPEN = "open"
    LOCKED = "locked"
    APPROVED = "approved"
    CLOSED = "closed"


class MonthMove(StrEnum):
    LOCK = "lock"
    APPROVE = "approve"
    CLOSE = "close"
    REOPEN = "reopen"


_FROM: Mapping[MonthMove, frozenset[MonthState]] = {
    MonthMove.LOCK: frozenset({MonthState.OPEN}),
    MonthMove.APPROVE: frozenset({MonthState.LOCKED}),
    MonthMove.CLOSE: frozenset({MonthState.APPROVED}),
    MonthMove.REOPEN: frozenset({MonthState.LOCKED, MonthState.APPROVED, MonthState.CLOSED}),
}
_STATES: Final = {
    MonthState.OPEN: "尚未锁定",
    MonthState.LOCKED: "已锁定、等待批准",
    MonthState.APPROVED: "已批准、尚未关账",
    MonthState.CLOSED: "已关账",
}
_MOVES: Final = {
    MonthMove.LOCK: ("锁定", "locked"),
    MonthMove.APPROVE: ("批准", "approved"),
    MonthMove.CLOSE: ("关账", "closed"),
    MonthMove.REOPEN: ("重开", "opened again"),
}
_BESIDE_POSTS: Final = {"payroll_clerk": "算薪的人", "administrator": "管理员"}
"""Roles of a chain that are no post."""
SHIPPED_CHAIN = ("workshop_manager", "service_manager")
"""Plan 一.6: in the workshop the manager adjusts, and the service manager (站长) approves before anything is paid."""
STANDS_IN = "administrator"
"""May approve in the place of any role of a chain; of each chain once, like everybody."""


class MonthMoveNotAllowed(PayrollRefusal):
    status = 409
    slug = "month-move-not-allowed"
    title = "The month is not where this can be done"

    def __init__(self, state: MonthState, move: MonthMove) -> None:
        chinese, english = _MOVES[move]
        super().__init__(f"{_STATES[state]}的月份不能{chinese} / a month that is {state} is not {english}")
        self.errors = [
            {"pointer": "/state", "code": str(each), "detail": f"可以{_MOVES[each][0]} / can be {_MOVES[each][1]}"}
            for each in allowed_moves(state)
        ]


class ApproverNotDue(PayrollRefusal):
    status = 403
    slug = "approval-not-yours"
    title = "Somebody else approves next"


class OwnWorkApproved(PayrollRefusal):
    status = 403
    slug = "own-work-not-approved"
    title = "Nobody approves what he has prepared himself"


class AdjustmentsUndecided(PayrollRefusal):
    status = 409
    slug = "adjustments-undecided"
    title = "Adjustments of this month are still to be decided"


class RunOutdated(PayrollRefusal):
    status = 409
    slug = "run-outdated"
    title = "The run is older than what it rests on"


class CorrectedLater(PayrollRefusal):
    status = 409
    slug = "month-corrected-later"
    title = "A later month holds corrections of this one"


class CorrectedTwice(PayrollRefusal):
    status = 409
    slug = "month-corrected-elsewhere"
    title = "Another month that is locked holds corrections of the same month"


def allowed_moves(state: MonthState) -> list[MonthMove]:
    return [move for move in MonthMove if state in _FROM[move]]


def require_move(state: MonthState, move: MonthMove) -> None:
    if state not in _FROM[move]:
        raise MonthMoveNotAllowed(state, move)


@dataclass(frozen=True, slots=True)
class Approval:
    role: str
    person: str


def next_role(chain: Sequence[str], given: Sequence[Approval]) -> str | None:
    """Whose approval comes next; None when all have approved."""
    return chain[len(given)] if len(given) < len(chain) else None


def approve(
    chain: Sequence[str], given: Sequence[Approval], prepared_by: frozenset[str], person: str, roles: frozenset[str]
) -> Approval:
    """One step of the chain: by its role, by nobody who prepared the month or approved an earlier step."""
    due = next_role(chain, given)
    if due is None or not roles & {due, STANDS_IN}:
        who = _BESIDE_POSTS.get(str(due)) or POSTS.chinese(str(due))
        raise ApproverNotDue(f"接下来由{who}批准 / {due} approves next")
    if person in prepared_by:
        raise OwnWorkApproved("锁定的人不能批准 / who locked the month does not approve it")
    if any(earlier.person == person for earlier in given):
        raise OwnWorkApproved("一个人只能批准一步 / one person approves one step")
    return Approval(due, person)


def month_facts(state: MonthState, chain: Sequence[str], given: Sequence[Approval]) -> dict[str, Any]:
    """What a reader of a month needs besides its figures: the moves that are allowed, and who is next."""
    waits_for = next_role(chain, given) if state is MonthState.LOCKED else None
    return {"allowed": [str(move) for move in allowed_moves(state)], "approval_due": waits_for}
