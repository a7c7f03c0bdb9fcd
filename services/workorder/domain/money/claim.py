"""Warranty claims on the maker: their states and moves as data, what may be claimed, and what an answer leaves open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.workorder.domain.orders.order import Progress, State
from services.workorder.domain.refusals import WorkorderRefusal

Amounts = Mapping[int, Decimal]
"""Money by the number of the order's line."""


class ClaimState(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    RESUBMITTED = "resubmitted"
    PAID = "paid"
    SHORT_PAID = "short_paid"
    REFUSED = "refused"
    WRITTEN_OFF = "written_off"
    WITHDRAWN = "withdrawn"


class ClaimMove(StrEnum):
    SEND = "send"
    WITHDRAW = "withdraw"
    PAY = "pay"
    REFUSE = "refuse"
    RESUBMIT = "resubmit"
    WRITE_OFF = "write_off"


WITH_THE_MAKER = frozenset({ClaimState.SENT, ClaimState.RESUBMITTED})
ANSWERED_SHORT = frozenset({ClaimState.SHORT_PAID, ClaimState.REFUSED})
MOVES: Mapping[ClaimMove, frozenset[ClaimState]] = {
    ClaimMove.SEND: frozenset({ClaimState.DRAFT}),
    ClaimMove.WITHDRAW: frozenset({ClaimState.DRAFT}),
    ClaimMove.PAY: WITH_THE_MAKER,
    ClaimMove.REFUSE: WITH_THE_MAKER,
    ClaimMove.RESUBMIT: ANSWERED_SHORT,
    ClaimMove.WRITE_OFF: ANSWERED_SHORT,
}
"""From where each move is made. Where it leads is said below; for a payment the amounts decide."""
ENDED = frozenset({ClaimState.PAID, ClaimState.WRITTEN_OFF, ClaimState.WITHDRAWN})
_LEADS_TO: Mapping[ClaimMove, ClaimState] = {
    ClaimMove.SEND: ClaimState.SENT,
    ClaimMove.WITHDRAW: ClaimState.WITHDRAWN,
    ClaimMove.REFUSE: ClaimState.REFUSED,
    ClaimMove.RESUBMIT: ClaimState.RESUBMITTED,
    ClaimMove.WRITE_OFF: ClaimState.WRITTEN_OFF,
}


class ClaimMoveNotAllowed(WorkorderRefusal):
    slug = "claim-move-not-allowed"
    title = "The claim's state does not allow this"


class ClaimLinesRefused(WorkorderRefusal):
    status = 422
    slug = "claim-lines-refused"
    title = "Some lines cannot be claimed like this"

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__("; ".join(f"{each['pointer']}: {each['detail']}" for each in errors))
        self.errors = errors


class ClaimTooEarly(WorkorderRefusal):
    slug = "claim-too-early"
    title = "Work is claimed once it is done"


class ClaimOpen(WorkorderRefusal):
    slug = "claim-open"
    title = "The maker's money for this order is entered at its claim"


def allowed_claim_moves(state: ClaimState) -> tuple[ClaimMove, ...]:
    return tuple(move for move, origins in MOVES.items() if state in origins)


def require_claim_move(state: ClaimState, move: ClaimMove) -> None:
    if state not in MOVES[move]:
        raise ClaimMoveNotAllowed(
            f"A claim that is {state} cannot {move}", allowed=[str(each) for each in allowed_claim_moves(state)]
        )


def after(state: ClaimState, move: ClaimMove) -> ClaimState:
    """Where any move but a payment leads."""
    require_claim_move(state, move)
    return _LEADS_TO[move]


def require_claimable(progress: Progress, wanted: Sequence[tuple[int, Decimal]], shares: Amounts) -> None:
    """`shares`: what the maker pays of each line that is work and that no other claim has."""
    if progress.state is State.CANCELLED:
        raise ClaimTooEarly("The order was cancelled")
    seen: set[int] = set()
    errors = []
    for place, (line, amount) in enumerate(wanted):
        fault = _fault(line, amount, shares, seen)
        seen.add(line)
        if fault is not None:
            errors.append({"pointer": f"/lines/{place}", "code": fault[0], "detail": fault[1]})
    if errors:
        raise ClaimLinesRefused(errors)


def _fault(line: int, amount: Decimal, shares: Amounts, seen: set[int]) -> tuple[str, str] | None:
    if line in seen:
        return "line-repeated", f"line {line} stands here already"
    if line not in shares:
        return "line-not-claimable", f"the maker pays nothing of line {line}, or a claim has it"
    if not 0 < amount <= shares[line]:
        return "amount-refused", f"the maker's part of line {line} is {shares[line]}"
    return None


def require_work_done(progress: Progress) -> None:
    if progress.state not in {State.READY, State.CLOSED}:
        raise ClaimTooEarly(f"The order is {progress.state}")


@dataclass(frozen=True)
class Answer:
    """What the maker pays of a line this time, and why no more."""

    line: int
    paid: Decimal
    reason: str | None


def pay(state: ClaimState, left: Amounts, answers: Sequence[Answer]) -> ClaimState:
    """Every line that is still open gets an answer of at most what is left of it; what falls short needs a reason."""
    require_claim_move(state, ClaimMove.PAY)
    open_lines = {line: amount for line, amount in left.items() if amount > 0}
    errors = [
        {"pointer": f"/lines/{place}", "code": fault[0], "detail": fault[1]}
        for place, answer in enumerate(answers)
        if (fault := _fault_of_answer(answer, open_lines)) is not None
    ]
    told = [answer.line for answer in answers]
    if sorted(told) != sorted(open_lines):
        missing = sorted(open_lines.keys() - set(told))
        errors.append(
            {"pointer": "/lines", "code": "lines-differ", "detail": f"each open line once; not yet {missing}"}
        )
    if not errors and not any(answer.paid for answer in answers):
        errors.append(
            {"pointer": "/lines", "code": "nothing-paid", "detail": "a claim of which nothing is paid is refused"}
        )
    if errors:
        raise ClaimLinesRefused(errors)
    whole = all(answer.paid == open_lines[answer.line] for answer in answers)
    return ClaimState.PAID if whole else ClaimState.SHORT_PAID


def _fault_of_answer(answer: Answer, open_lines: Amounts) -> tuple[str, str] | None:
    left = open_lines.get(answer.line)
    if left is None:
        return "line-not-open", f"nothing of line {answer.line} is open in this claim"
    if not 0 <= answer.paid <= left:
        return "amount-refused", f"{left} of line {answer.line} is open"
    if answer.paid < left and not answer.reason:
        return "reason-missing", f"say why line {answer.line} is {left - answer.paid} short"
    return None


def left_of(claimed: Amounts, paid: Sequence[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """What was claimed of each line and not paid in any round."""
    left = dict(claimed)
    for line, amount in paid:
        left[line] -= amount
    return left


def require_no_open_claim(states: Sequence[ClaimState]) -> None:
    """The maker's money is entered by hand where no claim waits for it: one effect, not two."""
    if any(state not in ENDED for state in states):
        raise ClaimOpen("A claim of this order is not ended; enter the payment there")
