"""Who may do what here, and the context that every endpoint hands to its use case."""

from typing import Annotated

from fastapi import Depends, Request

from chassis.auth import CurrentPrincipal, CurrentStore
from chassis.http import Clock, CurrentSession
from services.customer.context import Context

MANAGERS = ("administrator", "service_manager")
RECEPTION = (*MANAGERS, "desk_supervisor", "service_advisor", "customer_care")
WORKSHOP = ("workshop_manager", "technician", "parts_clerk")
COUNTER = ("cashier", "accessory_seller")
READERS = (*RECEPTION, *WORKSHOP, *COUNTER, "payroll_clerk", "auditor", "dms")
CUSTOMER_READERS = (*RECEPTION, *COUNTER, "auditor", "dms")
PERSONAL_READERS = frozenset({*MANAGERS, "customer_care", "service_advisor"})
COMPLAINT_READERS = (*RECEPTION, "workshop_manager", "payroll_clerk", "auditor", "dms")
MERGERS = (*MANAGERS, "customer_care")
IMPORTERS = (*MANAGERS, "dms")


async def _context(
    request: Request, session: CurrentSession, store: CurrentStore, principal: CurrentPrincipal, now: Clock
) -> Context:
    return Context(
        session=session,
        store=store.id,
        time_zone=store.time_zone,
        now=now,
        actor=principal.employee or principal.subject,
        privacy=request.app.state.privacy,
    )


CurrentContext = Annotated[Context, Depends(_context)]
