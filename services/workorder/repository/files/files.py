"""Files of orders, and which of an object's hashes some file still names."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, exists, or_, select, text, union
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from chassis.errors import Gone, NotFound
from services.workorder.models import AnnouncedObject, File, FileErasure, OrderApproval, Quote, QuoteDecision, WalkRound

_ERASED = exists().where(FileErasure.store_id == File.store_id, FileErasure.file_id == File.id)


class FileErased(Gone):
    slug, title = "file-erased", "The file was of a customer who has been erased"


def files_of(store_id: UUID, order_id: UUID, purpose: str | None = None) -> Select[Any]:
    query = _files(store_id).where(File.order_id == order_id, ~_ERASED)
    return query if purpose is None else query.where(File.purpose == purpose)


def _files(store_id: UUID) -> Select[Any]:
    return select(File).where(File.store_id == store_id).options(joinedload(File.order))


async def file_by_id(session: AsyncSession, store_id: UUID, file_id: UUID) -> File:
    """Raises NotFound, and FileErased."""
    row = (await session.execute(_files(store_id).add_columns(_ERASED).where(File.id == file_id))).one_or_none()
    if row is None:
        raise NotFound("There is no such file")
    if row[1]:
        raise FileErased("Nobody sees it any more")
    found: File = row[0]
    return found


async def files_by_id(session: AsyncSession, store_id: UUID, file_ids: Collection[UUID]) -> dict[UUID, File]:
    if not file_ids:
        return {}
    found = await session.scalars(select(File).where(File.store_id == store_id, File.id.in_(file_ids), ~_ERASED))
    return {file.id: file for file in found}


async def named_hashes(
    session: AsyncSession, store_id: UUID, hashes: Sequence[str], since: datetime, today: date
) -> set[str]:
    """Those of the hashes that a file of the store has whose day has not come, or that were announced since then."""
    query = select(File.content_hash, File.preview_hash).where(
        File.store_id == store_id,
        or_(File.content_hash.in_(hashes), File.preview_hash.in_(hashes)),
        ~_ERASED.where(FileErasure.due_on <= today),
    )
    named = {name for row in await session.execute(query) for name in row if name is not None}
    told = AnnouncedObject
    announced = select(told.content_hash).where(
        told.store_id == store_id, told.content_hash.in_(hashes), told.announced_at > since
    )
    return named | set(await session.scalars(announced))


async def announce_object(session: AsyncSession, store_id: UUID, content_hash: str, now: datetime) -> None:
    told = insert(AnnouncedObject).values(store_id=store_id, content_hash=content_hash, announced_at=now)
    later = {"announced_at": now}
    await session.execute(told.on_conflict_do_update(index_elements=["store_id", "content_hash"], set_=later))


async def forget_announced(session: AsyncSession, store_id: UUID, before: datetime) -> None:
    told = AnnouncedObject
    await session.execute(delete(told).where(told.store_id == store_id, told.announced_at <= before))


async def signed_by(session: AsyncSession, store_id: UUID, order_id: UUID, file_id: UUID) -> set[UUID]:
    """Quotes and walks round the car of an order that a signature stands under, and the order itself."""
    quotes = (
        select(Quote.id)
        .join(QuoteDecision, (QuoteDecision.store_id == Quote.store_id) & (QuoteDecision.quote_id == Quote.id))
        .where(Quote.store_id == store_id, Quote.order_id == order_id, QuoteDecision.signature_id == file_id)
    )
    walks = select(WalkRound.id).where(
        WalkRound.store_id == store_id, WalkRound.order_id == order_id, WalkRound.signature_id == file_id
    )
    order = select(OrderApproval.order_id).where(
        OrderApproval.store_id == store_id, OrderApproval.order_id == order_id, OrderApproval.signature_id == file_id
    )
    return set(await session.scalars(union(quotes, walks, order)))


async def hold_object(session: AsyncSession, store_id: UUID, content_hash: str) -> None:
    """Until the transaction ends nobody else takes the object into use, or away."""
    await session.execute(_LOCK, {"what": f"file {store_id} {content_hash}"})


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")
