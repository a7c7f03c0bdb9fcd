"""The review of flags by people: take on, close with an outcome, and say something of it."""

from uuid import UUID

from chassis.errors import NotFound
from chassis.representation import check_version
from services.workorder.domain.risk.risk_review import FlagState, ReviewOutcome, require_reviewable
from services.workorder.models import RiskFlag, RiskFlagComment
from services.workorder.repository.history import keep_former
from services.workorder.repository.risk import risk_flags
from services.workorder.service.desk import Desk


def persons_of(flag: RiskFlag) -> set[str]:
    """Whom it is about."""
    return {*flag.finders, *({flag.advisor} if flag.advisor else ())}


async def visible_flag(desk: Desk, flag_id: UUID, only_about: str | None) -> RiskFlag:
    """To whom may see only what is about himself there is no other."""
    flag = await risk_flags.flag_by_id(desk.session, desk.store_id, flag_id)
    if only_about is not None and only_about not in persons_of(flag):
        raise NotFound("There is no such flag")
    return flag


async def assign(desk: Desk, flag_id: UUID, expected: int, assignee: str) -> RiskFlag:
    flag = await _reviewed(desk, flag_id, expected, assignee)
    flag.state, flag.assigned_to, flag.assigned_by = FlagState.ASSIGNED, assignee, desk.person
    return await _saved(desk, flag)


async def close(desk: Desk, flag_id: UUID, expected: int, outcome: ReviewOutcome, note: str) -> RiskFlag:
    flag = await _reviewed(desk, flag_id, expected)
    flag.state, flag.outcome, flag.note = FlagState.CLOSED, outcome, note
    flag.closed_by, flag.closed_at = desk.person, desk.now
    return await _saved(desk, flag)


async def _reviewed(desk: Desk, flag_id: UUID, expected: int, *others: str) -> RiskFlag:
    flag = await risk_flags.flag_by_id(desk.session, desk.store_id, flag_id, lock=True)
    check_version(flag.version, expected)
    require_reviewable(FlagState(flag.state), persons_of(flag), desk.person, *others)
    await keep_former(desk.session, "risk_flags", [flag.id])
    return flag


async def _saved(desk: Desk, flag: RiskFlag) -> RiskFlag:
    flag.version += 1
    flag.updated_at = desk.now
    await desk.session.flush()
    return flag


async def comment(desk: Desk, flag_id: UUID, text: str, only_about: str | None) -> RiskFlagComment:
    """Also after it was closed: what one has to say stands beside the outcome."""
    flag = await visible_flag(desk, flag_id, only_about)
    said = RiskFlagComment(store_id=desk.store_id, flag_id=flag.id, made_by=desk.person, text=text, created_at=desk.now)
    desk.session.add(said)
    await desk.session.flush()
    return said
