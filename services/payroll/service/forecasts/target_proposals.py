"""Targets proposed from the figures of the runs that earlier months are locked on, else of their latest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar
from uuid import UUID

from chassis.errors import Invalid, field_error
from services.payroll.domain.forecasts.target_proposal import (
    HistoryTooShort,
    Proposal,
    last_over,
    months_read,
    propose,
)
from services.payroll.domain.month import Month
from services.payroll.models import Run
from services.payroll.repository.forecasts import target_proposals
from services.payroll.service.call import Call

Value = TypeVar("Value")
Whose = tuple[str, str]
"""Scope, person or team, and subject."""
_FIGURES = {"person": "people", "team": "teams"}


@dataclass(frozen=True)
class Wish:
    """One person or team, or all; by a step of the plans; from the months up to one, or to the last that is over."""

    month: Month
    metric: str
    one: Whose | None
    step: str
    until: Month | None


@dataclass(frozen=True)
class Proposals:
    """Of whom what is proposed, or why nothing is, and of which run the figures of each month are."""

    found: Mapping[Whose, Proposal | HistoryTooShort]
    runs: Mapping[Month, UUID]


async def proposals(call: Call, wish: Wish) -> Proposals:
    """Of all who had a target of the metric when it was last set, one with too short a history is told so beside the
    others."""
    until = wish.until or last_over(wish.month, call.today)
    if until >= wish.month:
        detail = f"{until} 不在 {wish.month} 之前 / is not before {wish.month}"
        raise Invalid(
            "只读此前的月份 / Months before it are read", errors=[field_error("/until", "not-before", detail)]
        )
    subjects = target_proposals.subjects_of
    all_of = [wish.one] if wish.one else await subjects(call.session, wish.metric, str(wish.month))
    wanted = sorted(map(str, months_read(wish.month, until)))
    found = await target_proposals.runs_with_figures(call.session, wanted)
    told = {each: _proposed_or_not(wish, _reached(found, each, wish.step), until) for each in all_of}
    if wish.one and isinstance(refusal := told[wish.one], HistoryTooShort):
        raise refusal
    return Proposals(told, {Month.parse(run.month): run.id for run in found})


def _proposed_or_not(wish: Wish, reached: Mapping[Month, Fraction], until: Month) -> Proposal | HistoryTooShort:
    try:
        return propose(wish.month, wish.metric, reached, until)
    except HistoryTooShort as refusal:
        return refusal


def _reached(found: Sequence[Run], whose: Whose, step: str) -> dict[Month, Fraction]:
    """The step's value for the person or the team, and where none of the months has one, for the store: of the plan
    that has it, named with its prefix or without."""
    scope, subject = whose
    own = {run.month: _of((run.figures or {})[_FIGURES[scope]], step, subject) for run in found}
    if not any(own.values()):
        own = {run.month: next(iter(_named((run.figures or {})["store"], step)), None) for run in found}
    return {Month.parse(month): Fraction(value) for month, value in own.items() if isinstance(value, str)}


def _of(figures: Mapping[str, Mapping[str, str]], step: str, subject: str) -> str | None:
    return next((values[subject] for values in _named(figures, step) if subject in values), None)


def _named(figures: Mapping[str, Value], step: str) -> list[Value]:
    """The step of that name, then those of plans by posts."""
    return [figures[name] for name in sorted(figures, key=len) if name == step or name.endswith(f":{step}")]
