"""Flags of the risk control: lists, one with all behind it, and what a review writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, cast, column, func, insert, or_, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from chassis.errors import NotFound
from services.workorder.domain.risk.risk_review import IT_WAS_SO, ReviewState
from services.workorder.models import RepairOrder, RiskFlag, RiskReview, Upsell

_HISTORY = table("risk_flag_history", *map(column, ("store_id", "id", "version", "superseded_at", "state")))
BEHIND_AT_MOST = 500
"""Orders, and upsells, that are shown behind a flag, the latest: of a person there may be thousands in a window."""
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")


@dataclass(frozen=True)
class RiskFlagFilter:
    """`begin` and `end`: the days it was raised on, both included."""

    state: str | None = None
    kind: str | None = None
    person: str | None = None
    begin: date | None = None
    end: date | None = None


def flags(store_id: UUID, wanted: RiskFlagFilter) -> Select[Any]:
    query = (
        select(RiskFlag)
        .where(RiskFlag.store_id == store_id)
        .options(joinedload(RiskFlag.order), joinedload(RiskFlag.upsell))
        .execution_options(populate_existing=True)
    )
    if wanted.state is not None:
        query = query.where(RiskFlag.state == wanted.state)
    if wanted.kind is not None:
        query = query.where(RiskFlag.kind == wanted.kind)
    if wanted.person is not None:
        query = query.where(about(wanted.person))
    if wanted.begin is not None:
        query = query.where(RiskFlag.raised_on >= wanted.begin)
    return query if wanted.end is None else query.where(RiskFlag.raised_on <= wanted.end)


def about(person: str) -> Any:  # noqa: ANN401 - a condition
    return or_(RiskFlag.advisor == person, RiskFlag.finders.any_() == person)


async def flag_by_id(session: AsyncSession, store_id: UUID, flag_id: UUID, *, lock: bool = False) -> RiskFlag:
    query = flags(store_id, RiskFlagFilter()).options(selectinload(RiskFlag.comments)).where(RiskFlag.id == flag_id)
    found: RiskFlag | None = (
        await session.scalars(query.with_for_update(of=RiskFlag) if lock else query)
    ).one_or_none()  # fmt: skip
    if found is None:
        raise NotFound("There is no such flag")
    return found


async def former_versions(session: AsyncSession, flag: RiskFlag) -> Sequence[Any]:
    query = select(_HISTORY.c.superseded_at, _HISTORY.c.state).where(
        _HISTORY.c.store_id == flag.store_id, _HISTORY.c.id == flag.id
    )
    return (await session.execute(query.order_by(_HISTORY.c.version))).all()


async def orders_behind(session: AsyncSession, flag: RiskFlag) -> Sequence[RepairOrder]:
    query = select(RepairOrder).where(
        RepairOrder.store_id == flag.store_id, RepairOrder.id.in_(flag.order_ids[-BEHIND_AT_MOST:])
    )
    return (await session.scalars(query.order_by(RepairOrder.opened_at, RepairOrder.id))).all()


async def upsells_behind(session: AsyncSession, flag: RiskFlag) -> Sequence[Upsell]:
    query = select(Upsell).where(Upsell.store_id == flag.store_id, Upsell.id.in_(flag.upsell_ids[-BEHIND_AT_MOST:]))
    return (await session.scalars(query.options(joinedload(Upsell.order)).order_by(Upsell.id))).all()


async def lock_flags(session: AsyncSession, store_id: UUID) -> None:
    """One review of a store writes at a time."""
    await session.execute(_LOCK, {"what": f"risk flags {store_id}"})


async def lock_asking(session: AsyncSession, store_id: UUID) -> None:
    """Of two who ask for a review of a store at once the second hears of the first."""
    await session.execute(_LOCK, {"what": f"risk review {store_id}"})


async def known_flags(
    session: AsyncSession, store_id: UUID, keys: Sequence[tuple[str, str]], period: str, since: date
) -> Sequence[RiskFlag]:
    """Held as they are: those of these kinds and keys, and those that still stand and that a review of this period and
    of orders since that day would find again."""
    kinds, names = [kind for kind, _ in keys], [key for _, key in keys]
    told = select(_rows(kinds).label("kind"), _rows(names).label("key")).subquery()
    named = select(1).where(told.c.kind == RiskFlag.kind, told.c.key == RiskFlag.key).exists()
    of_window = (
        select(1)
        .where(RepairOrder.store_id == store_id, RepairOrder.id == RiskFlag.order_id, RepairOrder.opened_on >= since)
        .exists()
    )
    standing = RiskFlag.stands & (RiskFlag.state != "closed") & ((RiskFlag.period == period) | of_window)
    query = select(RiskFlag).where(RiskFlag.store_id == store_id, named | standing).order_by(RiskFlag.id)
    return (await session.scalars(query.with_for_update(of=RiskFlag))).all()


async def confirmed_flags(
    session: AsyncSession, store_id: UUID, begin: date, end: date
) -> Mapping[tuple[str, str], int]:  # fmt: skip
    """By role and person, how many about him were so: those of the month, and of orders opened on these days."""
    asked = {"store": store_id, "begin": begin, "end": end, "outcomes": sorted(IT_WAS_SO)}
    rows = await session.execute(_CONFIRMED, {**asked, "period": f"{begin:%Y-%m}"})
    return {(row.role, row.person): row.times for row in rows}


_CONFIRMED = text("""
    SELECT about.role, about.person, count(*) AS times
    FROM risk_flags f
    LEFT JOIN repair_orders o ON o.store_id = f.store_id AND o.id = f.order_id
    CROSS JOIN LATERAL (
        SELECT 'advisor' AS role, f.advisor AS person UNION SELECT 'finder', unnest(f.finders)) about
    WHERE f.store_id = :store AND f.outcome = ANY (CAST(:outcomes AS text[])) AND about.person IS NOT NULL
        AND (f.period = :period OR o.opened_on BETWEEN :begin AND :end)
    GROUP BY about.role, about.person
""")


async def add_flags(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(RiskFlag).execution_options(render_nulls=True), list(rows))


def _rows(values: list[str]) -> Any:  # noqa: ANN401 - a function that returns a set
    return func.unnest(cast(values, ARRAY(Text)))


def reviews(store_id: UUID) -> Select[Any]:
    return select(RiskReview).where(RiskReview.store_id == store_id).execution_options(populate_existing=True)


async def find_review(
    session: AsyncSession, store_id: UUID, review_id: UUID, *, lock: bool = False
) -> RiskReview | None:
    query = reviews(store_id).where(RiskReview.id == review_id)
    found: RiskReview | None = (
        await session.scalars(query.with_for_update() if lock else query)
    ).one_or_none()  # fmt: skip
    return found


async def queued_review(session: AsyncSession, store_id: UUID) -> RiskReview | None:
    query = reviews(store_id).where(RiskReview.state == ReviewState.QUEUED)
    return (await session.scalars(query.order_by(RiskReview.id.desc()).limit(1))).first()


async def nightly_review(session: AsyncSession, store_id: UUID, asked_by: str, today: date) -> RiskReview | None:
    query = reviews(store_id).where(RiskReview.asked_by == asked_by, RiskReview.today == today)
    return (await session.scalars(query.order_by(RiskReview.id).limit(1))).first()


async def review_by_id(session: AsyncSession, store_id: UUID, review_id: UUID) -> RiskReview:
    found = await find_review(session, store_id, review_id)
    if found is None:
        raise NotFound("There is no such review")
    return found
