"""The risk control's figures of a month, by the thresholds in force and as far as is known now."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.workorder.domain.risk.risk_figures import PersonFigures, figures
from services.workorder.repository.risk import risk_facts, risk_flags
from services.workorder.repository.risk.risk_facts import Window
from services.workorder.service.desk import Desk
from services.workorder.service.risk.risk_policies import policy_in_force, thresholds_of


@dataclass(frozen=True)
class MonthFigures:
    policy_version: int
    people: Sequence[PersonFigures]
    confirmed: Mapping[tuple[str, str], int]


async def month_figures(desk: Desk, window: Window) -> MonthFigures:
    """Of orders opened in the month; a confirmed flag counts in its own month, or in that of its order."""
    version = await policy_in_force(desk.session, desk.store_id)
    policy = thresholds_of(version)
    orders = await risk_facts.facts(desk.session, desk.store_id, window, policy)
    confirmed = await risk_flags.confirmed_flags(desk.session, desk.store_id, window.begin, window.end)
    people = await asyncio.to_thread(figures, orders, policy, desk.today)
    return MonthFigures(version.version, people, confirmed)
