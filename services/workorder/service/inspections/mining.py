"""Looking for patterns as background work: in parts of the shop's cars, each read in a transaction of its own."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.database import Database
from chassis.jobs import enqueue
from services.workorder.domain.inspections.mining import (
    ORDERS_AT_MOST,
    MiningState,
    MiningUnderWay,
    Place,
    Seen,
    cells_of,
    looked_back_to,
)
from services.workorder.domain.inspections.patterns import PatternPolicy, propose
from services.workorder.models import PatternMining
from services.workorder.repository.inspections import mining, patterns
from services.workorder.repository.inspections.patterns import BAND_EDGES_KM, Part, bands_of
from services.workorder.schemas.inspections.patterns import numbers_of
from services.workorder.service.desk import Desk

MINING_JOB = "mine_patterns"
ORDERS_IN_A_PART = 1_000
POLICY = PatternPolicy()
Clock = Callable[[], datetime]


async def ask_for_mining(desk: Desk) -> PatternMining:
    oldest = await patterns.day_of_order(desk.session, desk.store_id, ORDERS_AT_MOST)
    since = looked_back_to(desk.today, oldest)
    asked = PatternMining(
        store_id=desk.store_id, state=MiningState.QUEUED, since=since, asked_by=desk.person, created_at=desk.now,
        orders=await patterns.orders_since(desk.session, desk.store_id, since), policy=_told(POLICY),
    )  # fmt: skip
    desk.session.add(asked)
    try:
        await desk.session.flush()
    except IntegrityError as error:
        raise MiningUnderWay("Wait until it is done") from error
    await enqueue(desk.session, MINING_JOB, {"store": desk.store_id, "mining": asked.id})
    return await mining.mining_by_id(desk.session, desk.store_id, asked.id)


def _told(policy: PatternPolicy) -> dict[str, Any]:
    return {
        "false_discovery_rate": str(policy.false_discovery_rate), "control": policy.control,
        "minimum_visits": policy.minimum_visits, "minimum_lift": str(float(policy.minimum_lift)),
        "confidence": str(policy.confidence),
    }  # fmt: skip


async def mine(database: Database, store_id: UUID, mining_id: UUID, clock: Clock) -> None:
    """Done again from the beginning after an end half way; of two who do it at once the first to end has done it."""
    async with database.transaction(store_id) as session:
        asked = await mining.mining_by_id(session, store_id, mining_id, lock=True)
        if asked.finished_at is not None:
            return
        asked.state, asked.orders_read, since = MiningState.RUNNING, 0, asked.since
    seen: dict[Place, Seen] = {}
    part: Part | None = Part(since=since)
    while part is not None:
        part = await _read_part(database, store_id, mining_id, part, seen)
    cells = cells_of(seen, bands_of(BAND_EDGES_KM))
    found = await asyncio.to_thread(propose, cells, POLICY)
    async with database.transaction(store_id) as session:
        done = await mining.mining_by_id(session, store_id, mining_id, lock=True)
        if done.finished_at is not None:
            return
        done.state, done.finished_at, done.orders_read = MiningState.DONE, clock(), done.orders
        done.cells = len(cells)
        done.patterns = [numbers_of(pattern).model_dump(mode="json") for pattern in found]


async def _read_part(
    database: Database, store_id: UUID, mining_id: UUID, part: Part, seen: dict[Place, Seen]
) -> Part | None:
    """Adds what the part saw; the part that follows it, None after the last."""
    async with database.transaction(store_id) as session:
        until = await patterns.end_of_part(session, store_id, part.after, ORDERS_IN_A_PART)
        for place, here in (await patterns.seen_in(session, store_id, Part(part.after, until, part.since))).items():
            seen[place] = seen.get(place, Seen(0, 0)) + here
    async with database.transaction(store_id) as session:
        running = await mining.mining_by_id(session, store_id, mining_id, lock=True)
        if running.finished_at is not None:
            return None
        running.orders_read = min(running.orders, running.orders_read + ORDERS_IN_A_PART)
    return None if until is None else Part(until, None, part.since)


async def give_up(database: Database, store_id: UUID, mining_id: UUID, now: datetime) -> None:
    """No attempt has come to its end; another may be asked for."""
    async with database.transaction(store_id) as session:
        asked = await mining.mining_by_id(session, store_id, mining_id, lock=True)
        if asked.finished_at is None:
            asked.state, asked.finished_at = MiningState.FAILED, now
