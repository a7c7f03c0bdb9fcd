"""Who acts, where and when: what every use case is given."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Principal, Store
from chassis.representation import RequestBody
from services.workorder.service.zone import Zone


@dataclass(frozen=True)
class Desk:
    session: AsyncSession
    store: Store
    principal: Principal
    now: datetime

    @property
    def store_id(self) -> UUID:
        return self.store.id

    @property
    def zone(self) -> Zone:
        return Zone.of(self.store)

    @property
    def today(self) -> date:
        return self.zone.day(self.now)

    @property
    def person(self) -> str:
        """The employee who acts, or the account when it is no employee's."""
        return self.principal.employee or self.principal.subject


def given(body: RequestBody, *without: str) -> dict[str, Any]:
    """The body's values as they are, numbers as numbers: `model_dump` would write them as text."""
    return {name: value for name, value in body if name not in without}
