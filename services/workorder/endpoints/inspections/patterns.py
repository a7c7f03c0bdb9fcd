"""Patterns in the shop's own history over HTTP: look for them, see them, accept or dismiss one."""

from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import PageOf, page_within
from services.workorder.domain.inspections.mining import MiningState, PatternState
from services.workorder.endpoints.desk import CurrentDesk, document
from services.workorder.endpoints.inspections.checks import read_rule
from services.workorder.endpoints.roles import PLANNERS, READERS
from services.workorder.models import PatternDecision, PatternMining
from services.workorder.repository.inspections import mining as repository
from services.workorder.schemas.inspections.checks import CheckRuleRead
from services.workorder.schemas.inspections.inspections import Bilingual
from services.workorder.schemas.inspections.patterns import (
    AcceptBody,
    DismissBody,
    MiningRead,
    PatternDecisionRead,
    PatternRead,
    PatternsRead,
    PolicyRead,
)
from services.workorder.service.inspections import mining, patterns
from services.workorder.service.inspections.patterns import Known

router = Router(tags=["patterns"])


def _mining(row: PatternMining) -> MiningRead:
    return document(MiningRead, row, policy=PolicyRead.model_validate(row.policy))


def _pattern(known: Known, names: dict[str, Bilingual]) -> PatternRead:
    said = known.said
    return PatternRead(
        **dict(known.numbers),
        name=names.get(known.numbers.item_code),
        state=known.state,
        rule_id=said and said.rule_id,
        reason=said and said.reason,
        decided_by=said and said.decided_by,
        decided_at=said and said.decided_at,
    )


@router.get("/v1/inspection-patterns", dependencies=[allow(*READERS)])
async def list_inspection_patterns(
    desk: CurrentDesk, wish: PageOf, state: PatternState = PatternState.PROPOSED
) -> PatternsRead:
    """What a model shows in a mileage band more often than others do. None does anything before it is accepted."""
    done = await repository.newest(desk.session, desk.store_id, MiningState.DONE)
    active = await repository.newest(desk.session, desk.store_id, MiningState.QUEUED, MiningState.RUNNING)
    found = await patterns.patterns_of(desk, done) if done else []
    asked = await repository.known_items(desk.session, desk.store_id)
    names = {code: Bilingual.model_validate(item["name"]) for code, item in asked.items()}
    wish.over(done and done.id)
    asked_for = [(place, known) for place, known in enumerate(found) if known.state is state]
    rows, following = page_within(asked_for, wish, lambda row: row[0])
    return PatternsRead(
        mining=done and _mining(done), under_way=active and _mining(active),
        items=[_pattern(known, names) for _, known in rows], limit=wish.limit, next=following,
    )  # fmt: skip


@router.post("/v1/inspection-patterns/mine", status_code=202, dependencies=[allow(*PLANNERS)])
async def mine_inspection_patterns(desk: CurrentDesk, response: Response) -> MiningRead:
    """In the background; one at a time. Its progress is told at its own address."""
    asked = await mining.ask_for_mining(desk)
    response.headers["Location"] = f"/v1/inspection-patterns/minings/{asked.id}"
    return _mining(asked)


@router.get("/v1/inspection-patterns/minings/{mining_id}", dependencies=[allow(*READERS)])
async def read_pattern_mining(mining_id: UUID, desk: CurrentDesk) -> MiningRead:
    return _mining(await repository.mining_by_id(desk.session, desk.store_id, mining_id))


@router.post("/v1/inspection-patterns/accept", status_code=201, dependencies=[allow(*PLANNERS)])
async def accept_inspection_pattern(body: AcceptBody, desk: CurrentDesk, response: Response) -> CheckRuleRead:
    """It becomes a rule, which keeps what it was accepted on."""
    return await read_rule(desk, await patterns.accept(desk, body), response)


@router.post("/v1/inspection-patterns/dismiss", status_code=201, dependencies=[allow(*PLANNERS)])
async def dismiss_inspection_pattern(body: DismissBody, desk: CurrentDesk) -> PatternDecisionRead:
    """It is not proposed again until twice as many cars have been looked at."""
    said: PatternDecision = await patterns.dismiss(desk, body)
    return document(PatternDecisionRead, said)
