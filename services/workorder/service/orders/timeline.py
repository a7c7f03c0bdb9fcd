"""The timeline of an order: each use case notes what it did, in the transaction in which it did it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.domain.orders.timeline import HAPPENINGS
from services.workorder.repository.orders import timeline
from services.workorder.service.desk import Desk


@dataclass(frozen=True)
class Happened:
    """One of HAPPENINGS, by whom and when."""

    what: str
    who: str
    at: datetime


async def note(desk: Desk, order_id: UUID, what: str, **detail: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """`detail` is what a reader needs to know which it was, not the whole thing."""
    await note_of(desk.session, desk.store_id, order_id, Happened(what, desk.person, desk.now), **detail)


def changes_told(changes: Mapping[str, object]) -> dict[str, object]:
    """What was set, and by name what was emptied, which has no value to tell."""
    return {**changes, "emptied": [name for name, value in sorted(changes.items()) if value is None] or None}


async def note_of(
    session: AsyncSession, store_id: UUID, order_id: UUID, happened: Happened, **detail: Any  # noqa: ANN401
) -> None:  # fmt: skip
    """For what nobody at the desk did: a customer by his link."""
    if happened.what not in HAPPENINGS:
        raise KeyError(happened.what)
    told = {name: _told(value) for name, value in detail.items() if value is not None}
    await timeline.add_entry(session, store_id, order_id, {**vars(happened), "detail": told})


def _told(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value if isinstance(value, (bool, int, list, dict)) else str(value)
