"""Reviews of the risk control: asked for or every night, read by a job part by part, and written in one transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Store
from chassis.database import Database
from chassis.jobs import Jobs, enqueue
from services.workorder.domain.risk.risk import RiskPolicy
from services.workorder.domain.risk.risk_facts import OrderFact
from services.workorder.domain.risk.risk_flags import Raised, raised
from services.workorder.domain.risk.risk_review import FlagState, ReviewState
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.models import RiskFlag, RiskReview
from services.workorder.repository.history import keep_former
from services.workorder.repository.risk import risk_facts, risk_flags
from services.workorder.repository.risk.risk_facts import Part, Window
from services.workorder.service.desk import Desk
from services.workorder.service.risk.risk_policies import policy_in_force, thresholds_of
from services.workorder.service.zone import Zone

REVIEW_JOB = "workorder.risk_review"
NIGHTLY_JOB = "workorder.nightly_risk_review"
_HOUR = 3
"""Of the night, by the store's own clock."""


async def ask_for_review(desk: Desk) -> RiskReview:
    """A queued review and the job that will make it, both or neither; or the one that is queued already."""
    await risk_flags.lock_asking(desk.session, desk.store_id)
    under_way = await risk_flags.queued_review(desk.session, desk.store_id)
    if under_way is not None:
        return under_way
    review = await _queued(desk.session, desk.store_id, desk.person, desk.today)
    await enqueue(desk.session, REVIEW_JOB, {"store": str(desk.store_id), "review": str(review.id)})
    return await risk_flags.review_by_id(desk.session, desk.store_id, review.id)


async def _queued(session: AsyncSession, store_id: UUID, asked_by: str, today: date) -> RiskReview:
    review = RiskReview(store_id=store_id, source=OWN_SOURCE, asked_by=asked_by, today=today, state=ReviewState.QUEUED)
    session.add(review)
    await session.flush()
    return review


async def plan_review(session: AsyncSession, store: Store, now: datetime) -> None:
    """A review in the coming night, unless one is planned; call it last, since two of a store wait for each other."""
    await _plan(session, store.id, store.time_zone, now)


async def _plan(session: AsyncSession, store_id: UUID, time_zone: str, now: datetime) -> None:
    night = next_night(now, ZoneInfo(time_zone))
    key = f"{NIGHTLY_JOB}:{store_id}:{night:%Y-%m-%d}"
    payload = {"store": str(store_id), "time_zone": time_zone}
    await enqueue(session, NIGHTLY_JOB, payload, dedupe_key=key, after=night - now)


def next_night(now: datetime, zone: ZoneInfo) -> datetime:
    """The first three o'clock after `now`; its date is the store's."""
    local = now.astimezone(zone)
    day = local.date() + timedelta(days=local.hour >= _HOUR)
    return datetime(day.year, day.month, day.day, _HOUR, tzinfo=zone)


async def review_nightly(database: Database, store_id: UUID, time_zone: str, now: datetime) -> None:
    """The next night is planned before anything can go wrong; done twice on one day it is one review."""
    today = Zone(ZoneInfo(time_zone)).day(now)
    async with database.transaction(store_id) as session:
        await risk_flags.lock_flags(session, store_id)
        review = await risk_flags.nightly_review(session, store_id, OWN_SOURCE, today)
        review = review or await _queued(session, store_id, OWN_SOURCE, today)
        await _plan(session, store_id, time_zone, now)
    await review_risks(database, store_id, review.id)


@dataclass(frozen=True)
class _Computed:
    window: Window
    policy_version: int
    orders: Sequence[OrderFact]
    found: Sequence[Raised]


async def review_risks(database: Database, store_id: UUID, review_id: UUID) -> None:
    """Safe to do twice and after a crash: nothing is written before the last transaction, and all of it in that."""
    async with database.transaction(store_id) as session:
        review = await risk_flags.find_review(session, store_id, review_id)
        if review is None or review.state != ReviewState.QUEUED:
            return
        version = await policy_in_force(session, store_id)
        policy = thresholds_of(version)
        window = Window(review.today - timedelta(days=policy.window_days), review.today)
    orders = await _read(database, store_id, window, policy)
    found = await asyncio.to_thread(raised, orders, policy, review.today)
    async with database.transaction(store_id) as session:
        await _write(session, store_id, review_id, _Computed(window, version.version, orders, found))


async def _read(database: Database, store_id: UUID, window: Window, policy: RiskPolicy) -> list[OrderFact]:
    """Each part in a transaction of its own, since all of a large shop takes longer than one may."""
    found: list[OrderFact] = []
    part: Part | None = Part.first(window)
    while part is not None:
        async with database.transaction(store_id) as session:
            some, part = await risk_facts.facts_of_part(session, store_id, part, policy)
        found += some
    return found


async def _write(session: AsyncSession, store_id: UUID, review_id: UUID, computed: _Computed) -> None:
    await risk_flags.lock_flags(session, store_id)
    review = await risk_flags.find_review(session, store_id, review_id, lock=True)
    if review is None or review.state != ReviewState.QUEUED:
        return
    now = datetime.now(UTC)
    review.raised = await _put_flags(session, review, computed, now)
    review.state, review.completed_at, review.window_from = ReviewState.COMPLETED, now, computed.window.begin
    review.policy_version, review.orders, review.flags = (
        computed.policy_version, len(computed.orders), len(computed.found),
    )  # fmt: skip
    review.version += 1
    review.updated_at = now
    await session.flush()


async def _put_flags(session: AsyncSession, review: RiskReview, computed: _Computed, now: datetime) -> int:
    """How many are new. What was reviewed stays as it was; what is as it was keeps its version."""
    found = {(str(each.kind), each.key): _told(each) for each in computed.found}
    period = f"{review.today:%Y-%m}"
    known = await risk_flags.known_flags(session, review.store_id, list(found), period, computed.window.begin)
    wanted = {each.id: found.get((each.kind, each.key), {"stands": False}) for each in known}
    changed = [each for each in known if each.state != FlagState.CLOSED and _differs(each, wanted[each.id])]
    await keep_former(session, "risk_flags", [each.id for each in changed])
    seen = {
        "window_from": computed.window.begin, "window_to": computed.window.end, "review_id": review.id,
        "policy_version": computed.policy_version,
    }  # fmt: skip
    for flag in changed:
        for name, value in {**wanted[flag.id], **seen, "version": flag.version + 1, "updated_at": now}.items():
            setattr(flag, name, value)
    new = found.keys() - {(each.kind, each.key) for each in known}
    fresh = {"store_id": review.store_id, "source": OWN_SOURCE, "state": FlagState.OPEN, "raised_on": review.today}
    rows = [{"kind": key[0], "key": key[1], **found[key], **seen, **fresh} for key in found if key in new]
    await risk_flags.add_flags(session, rows)
    return len(rows)


_MEASURES = ("measure", "expected", "bound", "threshold")


def _told(found: Raised) -> dict[str, Any]:
    """The columns of a flag that its review gives, measures as exactly as they are stored."""
    same = ("period", "advisor", "order_id", "upsell_id", "n")
    lists = {name: list(getattr(found, name)) for name in ("finders", "order_ids", "upsell_ids")}
    measures = {name: _stored(getattr(found, name)) for name in _MEASURES}
    return {**{name: getattr(found, name) for name in same}, **lists, **measures, "stands": True}


def _stored(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.4f}")


def _differs(flag: RiskFlag, wanted: dict[str, Any]) -> bool:
    return any(getattr(flag, name) != value for name, value in wanted.items())


async def give_up_review(database: Database, store_id: UUID, review_id: UUID) -> None:
    """After the last attempt a review has failed: nobody is left waiting for it."""
    async with database.transaction(store_id) as session:
        review = await risk_flags.find_review(session, store_id, review_id, lock=True)
        if review is not None and review.state == ReviewState.QUEUED:
            review.state, review.version, review.updated_at = ReviewState.FAILED, review.version + 1, datetime.now(UTC)


async def give_up_nightly(database: Database, store_id: UUID, time_zone: str, now: datetime) -> None:
    """That of the day, if there is one; the next night is planned already."""
    today = Zone(ZoneInfo(time_zone)).day(now)
    async with database.transaction(store_id) as session:
        review = await risk_flags.nightly_review(session, store_id, OWN_SOURCE, today)
    if review is not None:
        await give_up_review(database, store_id, review.id)


def register_jobs(jobs: Jobs, database: Database) -> None:
    async def give_up(payload: dict[str, Any], _error: Exception) -> None:
        await give_up_review(database, UUID(payload["store"]), UUID(payload["review"]))

    @jobs.entrypoint(REVIEW_JOB, give_up)
    async def review(payload: dict[str, Any]) -> None:
        await review_risks(database, UUID(payload["store"]), UUID(payload["review"]))

    async def give_up_tonight(payload: dict[str, Any], _error: Exception) -> None:
        await give_up_nightly(database, UUID(payload["store"]), payload["time_zone"], datetime.now(UTC))

    @jobs.entrypoint(NIGHTLY_JOB, give_up_tonight)
    async def nightly(payload: dict[str, Any]) -> None:
        await review_nightly(database, UUID(payload["store"]), payload["time_zone"], datetime.now(UTC))
