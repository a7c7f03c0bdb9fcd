"""A decision reaches its upsell and every line of it, in sets: former versions, states, events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.domain.orders.line import AuthorisationMethod
from services.workorder.domain.upsells.approval import Choice
from services.workorder.events import published
from services.workorder.models import RepairOrder
from services.workorder.repository.history import keep_former
from services.workorder.repository.upsells import decisions
from services.workorder.service.orders import consequences
from services.workorder.service.orders.timeline import Happened, note_of


@dataclass(frozen=True)
class Said:
    """How the customer said it, who, and when it was entered."""

    method: AuthorisationMethod
    decided_by: str
    at: datetime


async def enter_decisions(session: AsyncSession, order: RepairOrder, choices: Sequence[Choice], said: Said) -> None:
    """The rules have been asked and the upsells are locked; what the session holds of them is old afterwards."""
    ids = [choice.upsell_id for choice in choices]
    lines = await decisions.line_ids_of(session, ids)
    await keep_former(session, "upsells", ids)
    await keep_former(session, "repair_order_lines", lines)
    entries = [{**vars(choice), "id": choice.upsell_id} for choice in choices]
    await decisions.store_decisions(session, entries, said.method, said.decided_by, said.at)
    await published.publish_states(session, published.LINES, lines)
    await consequences.of_changed_labour(session, lines=lines)
    await published.publish_states(session, published.UPSELLS, ids)
    decided = {str(choice.upsell_id): str(choice.decision) for choice in choices}
    happened = Happened("upsell.decided", said.decided_by, said.at)
    await note_of(session, order.store_id, order.id, happened, decisions=decided, method=said.method)
