"""The versions of a store's risk policy."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.models import RiskPolicyVersion

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")


def policies(store_id: UUID) -> Select[Any]:
    return select(RiskPolicyVersion).where(RiskPolicyVersion.store_id == store_id)


async def newest_policy(session: AsyncSession, store_id: UUID, *, lock: bool = False) -> RiskPolicyVersion | None:
    """None as long as the store goes by what is shipped. Locked, two who change it wait for each other."""
    if lock:
        await session.execute(_LOCK, {"what": f"risk policy {store_id}"})
    query = policies(store_id).order_by(RiskPolicyVersion.version.desc()).limit(1)
    found: RiskPolicyVersion | None = (await session.scalars(query)).one_or_none()
    return found
