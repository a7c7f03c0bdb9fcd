"""Measures that no service publishes: entered, approved by a second person, corrected, withdrawn."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy import select

from chassis.auth import allow
from chassis.errors import NotFound
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText, set_etag
from services.payroll.domain.month import Month
from services.payroll.endpoints.access import HEADS, PAY_READERS, PAY_ROLES, CurrentCall, look_of
from services.payroll.endpoints.lists import narrowed, page
from services.payroll.models import Measure, MeasureHistory
from services.payroll.repository.people.people import former_states
from services.payroll.schemas.facts.measures import (
    MeasureCorrect,
    MeasureEnter,
    MeasureRead,
)
from services.payroll.schemas.people.people import FormerState, MonthText
from services.payroll.schemas.plans.plans import BecauseBody, DecisionStatus, LookBody
from services.payroll.service.call import Call
from services.payroll.service.facts import measures

router = Router(tags=["measures"])
_READERS = ("auditor", *HEADS)


def _sees_all(call: Call) -> bool:
    return not call.principal.roles.isdisjoint(PAY_READERS)


async def _seen(measure: UUID, call: Call) -> Measure:
    """Those who prepare pay see every one, who only enters them his own."""
    found = await measures.read_measure(call.session, measure)
    if found.entered_by != call.principal.subject and not _sees_all(call):
        raise NotFound("There is no such measure")
    return found


def _read(measure: Measure, response: Response) -> MeasureRead:
    set_etag(response, measure.version)
    return MeasureRead.model_validate(measure)


@router.post("/v1/measures", operation_id="enter_measure", status_code=201, dependencies=[allow(*HEADS)])
async def enter_measure(body: MeasureEnter, call: CurrentCall, response: Response) -> MeasureRead:
    """What a document says of a day, for the store, a team or an employee; it counts once it is approved."""
    found = await measures.enter_measure(call, body.model_dump())
    response.headers["Location"] = f"/v1/measures/{found.id}"
    return _read(found, response)


@router.get("/v1/measures", operation_id="list_measures", dependencies=[allow(*_READERS)])
async def list_measures(
    *,
    call: CurrentCall,
    wish: PageOf,
    month: Annotated[MonthText | None, Query()] = None,
    measure: QueryText | None = None,
    status: Annotated[DecisionStatus | None, Query()] = None,
) -> Page[MeasureRead]:
    query = select(Measure)
    if not _sees_all(call):
        query = query.where(Measure.entered_by == call.principal.subject)
    if month is not None:
        asked = Month.parse(month)
        query = query.where(Measure.occurred_on.between(asked.first_day, asked.last_day))
    query = narrowed(query, {Measure.measure: measure, Measure.status: status})
    return await page(call, wish, query, [Measure.id], MeasureRead.model_validate)


@router.get("/v1/measures/{measure}", operation_id="read_measure", dependencies=[allow(*_READERS)])
async def read_measure(measure: UUID, call: CurrentCall, response: Response) -> MeasureRead:
    return _read(await _seen(measure, call), response)


@router.get("/v1/measures/{measure}/history", operation_id="read_measure_history", dependencies=[allow(*_READERS)])
async def read_measure_history(measure: UUID, call: CurrentCall, wish: PageOf) -> Page[FormerState]:
    """Every state that a later one replaced, with who entered and who approved it; the oldest first."""
    await _seen(measure, call)
    query = former_states(MeasureHistory).where(MeasureHistory.measure_id == measure)
    return await page(call, wish, query, [MeasureHistory.version], FormerState.model_validate)


@router.patch("/v1/measures/{measure}", operation_id="correct_measure", dependencies=[allow(*HEADS)])
async def correct_measure(
    measure: UUID, body: MeasureCorrect, expected: IfMatch, call: CurrentCall, response: Response
) -> MeasureRead:
    """A new version, which has to be approved again; what was approved before counts until then."""
    await _seen(measure, call)
    changes = body.model_dump(exclude_unset=True)
    return _read(await measures.correct_measure(call, measure, expected, changes), response)


@router.post("/v1/measures/{measure}/approve", operation_id="approve_measure", dependencies=[allow(*PAY_ROLES)])
async def approve_measure(
    measure: UUID, body: LookBody, expected: IfMatch, call: CurrentCall, response: Response
) -> MeasureRead:
    """By somebody other than who entered it; from now on runs count it."""
    return _read(await measures.approve_measure(call, measure, expected, look_of(body, call)), response)


@router.post("/v1/measures/{measure}/reject", operation_id="reject_measure_correction", dependencies=[allow(*HEADS)])
async def reject_measure_correction(
    measure: UUID, body: BecauseBody, expected: IfMatch, call: CurrentCall, response: Response
) -> MeasureRead:
    """A correction that waits, by who may approve it or by who proposed it: what was approved before stays."""
    await _seen(measure, call)
    return _read(await measures.reject_correction(call, measure, expected, body.because), response)


@router.post("/v1/measures/{measure}/withdraw", operation_id="withdraw_measure", dependencies=[allow(*HEADS)])
async def withdraw_measure(
    measure: UUID, body: LookBody, expected: IfMatch, call: CurrentCall, response: Response
) -> MeasureRead:
    """One that counts by somebody other than who entered it; the note says why."""
    await _seen(measure, call)
    return _read(await measures.withdraw_measure(call, measure, expected, look_of(body, call)), response)
