"""Targets proposed from the figures of the runs that earlier months are locked on, else of their latest."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from services.payroll.domain.forecasts.target_proposal import HistoryTooShort, Proposal, propose
from services.payroll.domain.month import Month
from services.payroll.models import Run
from services.payroll.repository.forecasts import target_proposals
from services.payroll.service.call import Call

Value = TypeVar("Value")
Whose = tuple[str, str]
"""Scope, person or team, and subject."""
_FIGURES = {"person": "people", "team": "teams"}
MONTHS_BACK = 15
"""The same month last year, and the three before it."""


async def proposals(
    call: Call, month: Month, metric: str, wish: tuple[Whose | None, str]
) -> Mapping[Whose, Proposal | HistoryTooShort]:
    """For one person or team, or for all that had a target of the metric when it was last set; by a step of the plans.

    Of all, one with too short a history is told so beside the others.
    """
    one, step = wish
    all_of = [one] if one else await target_proposals.subjects_of(call.session, metric, str(month))
    wanted = [str(each) for each in _months_before(month)]
    found = await target_proposals.runs_with_figures(call.session, wanted)
    reached = {each: _reached(found, each, step) for each in all_of}
    if one:
        return {one: propose(month, metric, reached[one])}
    return {each: _proposed_or_not(month, metric, known) for each, known in reached.items()}


def _proposed_or_not(month: Month, metric: str, reached: Mapping[Month, Fraction]) -> Proposal | HistoryTooShort:
    try:
        return propose(month, metric, reached)
    except HistoryTooShort as refusal:
        return refusal


def _months_before(month: Month) -> list[Month]:
    found = [month.previous]
    while len(found) < MONTHS_BACK:
        found.append(found[-1].previous)
    return found


def _reached(found: Sequence[Run], whose: Whose, step: str) -> dict[Month, Fraction]:
    """The step's value for the person or the team, else for the store: of the plan that has it, named with its prefix
    or without."""
    reached = {}
    scope, subject = whose
    for run in found:
        figures = run.figures or {}
        own = _of(figures[_FIGURES[scope]], step, subject)
        value = next(iter(_named(figures["store"], step)), None) if own is None else own
        if isinstance(value, str):
            reached[Month.parse(run.month)] = Fraction(value)
    return reached


def _of(figures: Mapping[str, Mapping[str, str]], step: str, subject: str) -> str | None:
    return next((values[subject] for values in _named(figures, step) if subject in values), None)


def _named(figures: Mapping[str, Value], step: str) -> list[Value]:
    """The step of that name, then those of plans by posts."""
    return [figures[name] for name in sorted(figures, key=len) if name == step or name.endswith(f":{step}")]
