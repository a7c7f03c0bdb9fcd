"""What every use case is given: the transaction, the store, the instant, who acts, and the keys of personal columns."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from services.customer.privacy import Privacy


@dataclass(frozen=True, slots=True)
class Context:
    session: AsyncSession
    store: UUID
    time_zone: str
    now: datetime
    actor: str
    privacy: Privacy

    @property
    def today(self) -> date:
        """The day in the store's own zone."""
        return self.now.astimezone(ZoneInfo(self.time_zone)).date()
