"""The repair order's way through the shop: states, the moves between them, holds, and the two facts that end it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.workorder.domain.refusals import WorkorderRefusal


class OrderKind(StrEnum):
    MAINTENANCE = "maintenance"
    REPAIR = "repair"
    ACCIDENT = "accident"
    WARRANTY = "warranty"
    PDI = "pdi"
    CAMPAIGN = "campaign"


class State(StrEnum):
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    DIAGNOSED = "diagnosed"
    QUOTED = "quoted"
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    QUALITY_CHECK = "quality_check"
    READY = "ready"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Hold(StrEnum):
    """What an order waits for; it lies over a state and is none itself."""

    WAITING_PARTS = "waiting_parts"
    WAITING_APPROVAL = "waiting_approval"


class Move(StrEnum):
    CHECK_IN = "check_in"
    DIAGNOSE = "diagnose"
    QUOTE = "quote"
    APPROVE = "approve"
    START = "start"
    INSPECT = "inspect"
    RETURN_TO_WORK = "return_to_work"
    MAKE_READY = "make_ready"
    HOLD = "hold"
    RESUME = "resume"
    CANCEL = "cancel"
    SETTLE = "settle"
    DELIVER = "deliver"
    REVERSE = "reverse"


class EarlyDeliveryReason(StrEnum):
    """Why a car may leave before its order is settled."""

    CREDIT = "credit"
    INSURER = "insurer"
    WARRANTY = "warranty"


class ReportedStatus(StrEnum):
    """What another system's export says of an order: less than our states do."""

    IN_WORK = "in_work"
    SETTLED = "settled"
    CANCELLED = "cancelled"


STEPS: Mapping[Move, tuple[State, State]] = {
    Move.CHECK_IN: (State.BOOKED, State.CHECKED_IN),
    Move.DIAGNOSE: (State.CHECKED_IN, State.DIAGNOSED),
    Move.QUOTE: (State.DIAGNOSED, State.QUOTED),
    Move.APPROVE: (State.QUOTED, State.APPROVED),
    Move.START: (State.APPROVED, State.IN_PROGRESS),
    Move.INSPECT: (State.IN_PROGRESS, State.QUALITY_CHECK),
    Move.RETURN_TO_WORK: (State.QUALITY_CHECK, State.IN_PROGRESS),
    Move.MAKE_READY: (State.QUALITY_CHECK, State.READY),
}
"""The moves that only change the state; the others have a rule of their own below."""

BEFORE_APPROVAL = frozenset({State.BOOKED, State.CHECKED_IN, State.DIAGNOSED, State.QUOTED})
BEFORE_WORK = BEFORE_APPROVAL | {State.APPROVED}
AGREED_TO = frozenset(State) - BEFORE_APPROVAL - {State.CANCELLED}
"""The customer has agreed to the order; a cancelled one may have been so before that."""
IN_THE_SHOP = frozenset(
    {State.CHECKED_IN, State.DIAGNOSED, State.QUOTED, State.APPROVED, State.IN_PROGRESS, State.QUALITY_CHECK}
)
"""The car is here and not finished: it may be held, and work may be added."""


class MoveNotAllowed(WorkorderRefusal):
    slug = "move-not-allowed"
    title = "The order's state does not allow this move"


class DeliveryBeforeSettlement(WorkorderRefusal):
    status = 422
    slug = "early-delivery-reason-missing"
    title = "A car that leaves before settlement needs a reason"


class LeftLater(WorkorderRefusal):
    status = 422
    slug = "left-later"
    title = "A car cannot have left at a time to come"


@dataclass(frozen=True)
class Progress:
    """How far an order is. Settled and delivered are independent of each other and of holds."""

    state: State
    hold: Hold | None = None
    settled: bool = False
    delivered: bool = False


def allowed_moves(progress: Progress) -> tuple[Move, ...]:
    """The moves possible now, in the order of a visit; empty for a cancelled order. What is settled may be reversed."""
    possible = [] if progress.hold else [move for move, (before, _) in STEPS.items() if before is progress.state]
    if progress.state in IN_THE_SHOP:
        possible.append(Move.RESUME if progress.hold else Move.HOLD)
    if progress.state in BEFORE_WORK:
        possible.append(Move.CANCEL)
    if progress.state is State.READY:
        possible += [Move.SETTLE] * (not progress.settled) + [Move.DELIVER] * (not progress.delivered)
    if progress.settled:
        possible.append(Move.REVERSE)
    return tuple(possible)


_FACTS = {State.READY: ((False, False), (True, False), (False, True)), State.CLOSED: ((True, True),)}


def standings() -> tuple[Progress, ...]:
    """Every way in which an order can stand, in the order of a visit."""
    return tuple(
        Progress(state, hold, settled=settled, delivered=delivered)
        for state in State
        for hold in (None, *(Hold if state in IN_THE_SHOP else ()))
        for settled, delivered in _FACTS.get(state, ((False, False),))
    )


def require_move(progress: Progress, move: Move) -> None:
    allowed = allowed_moves(progress)
    if move not in allowed:
        held = f", held by {progress.hold}," if progress.hold else ""
        raise MoveNotAllowed(
            f"An order that is {progress.state}{held} cannot {move}", allowed=[str(m) for m in allowed]
        )


def advance(progress: Progress, move: Move) -> Progress:
    """Make a move of STEPS, or resume, or cancel."""
    require_move(progress, move)
    if move is Move.CANCEL:
        return replace(progress, state=State.CANCELLED, hold=None)
    if move is Move.RESUME:
        return replace(progress, hold=None)
    return replace(progress, state=STEPS[move][1])


def put_on_hold(progress: Progress, hold: Hold) -> Progress:
    require_move(progress, Move.HOLD)
    return replace(progress, hold=hold)


def settle(progress: Progress) -> Progress:
    require_move(progress, Move.SETTLE)
    return _closed_when_done(replace(progress, settled=True))


def require_left(left_at: datetime, now: datetime) -> None:
    if left_at > now:
        told = f"{left_at.isoformat()} has not come yet"
        raise LeftLater(told, errors=[{"pointer": "/left_at", "code": "time-to-come", "detail": told}])


def deliver(progress: Progress, reason: EarlyDeliveryReason | None) -> Progress:
    """The car leaves; before settlement only with a reason."""
    require_move(progress, Move.DELIVER)
    if not progress.settled and reason is None:
        raise DeliveryBeforeSettlement("Say why the car leaves unsettled: credit, insurer or warranty")
    return _closed_when_done(replace(progress, delivered=True))


def reverse(progress: Progress) -> Progress:
    """The settlement no longer holds; whether the car has left stays as it is."""
    require_move(progress, Move.REVERSE)
    return replace(progress, state=State.READY, settled=False)


def _closed_when_done(progress: Progress) -> Progress:
    return replace(progress, state=State.CLOSED) if progress.settled and progress.delivered else progress


def progress_of_report(status: ReportedStatus, *, left: bool) -> Progress:
    """What an imported status means; of the time between arrival and leaving an export knows `in_work` only."""
    if status is ReportedStatus.CANCELLED:
        return Progress(State.CANCELLED)
    settled = status is ReportedStatus.SETTLED
    if settled or left:
        return _closed_when_done(Progress(State.READY, settled=settled, delivered=left))
    return Progress(State.IN_PROGRESS)
