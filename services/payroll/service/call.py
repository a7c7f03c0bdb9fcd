"""Who calls, where and when: what every use case needs of a request."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Principal, Store
from services.payroll.service.people.people import today_in


@dataclass(frozen=True)
class Call:
    """The request's transaction, the store, who calls, and the instant."""

    session: AsyncSession
    store: Store
    principal: Principal
    now: datetime

    @property
    def today(self) -> date:
        return today_in(self.store, self.now)

    @property
    def person(self) -> str:
        """The employee who acts, or the account when it is no employee's."""
        return self.principal.employee or self.principal.subject
