"""Measures entered by hand: they count once a second person approves them, and are facts like any other then."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Conflict, FieldError, Invalid, NotFound, field_error
from chassis.feed import publish
from chassis.representation import check_version
from services.payroll.domain.four_eyes import Look, check_second_person
from services.payroll.events import MEASURED, measure_changed
from services.payroll.models import Measure
from services.payroll.repository.facts import intake, measures
from services.payroll.repository.people import people, team_heads
from services.payroll.service.call import Call
from services.payroll.service.refusals import MeasureApproved, MeasureNotCorrected, MeasureWithdrawn

KEY = ("measure", "occurred_on", "employee", "team", "document")
VALUES = ("number", "amount", "hours")
_TOLD = (
    "id", *KEY, *VALUES, "reason", "status", "entered_by", "decided_by", "counted_version",
)  # fmt: skip


async def read_measure(session: AsyncSession, measure: UUID) -> Measure:
    found = await measures.measure_of(session, measure)
    if found is None:
        raise NotFound("There is no such measure")
    return found


async def enter_measure(call: Call, given: Mapping[str, Any]) -> Measure:
    await _check_subject(call.session, given)
    row = Measure(store_id=call.store.id, source="aftermile", entered_by=call.principal.subject, **given)
    call.session.add(row)
    return await _saved(call.session, row)


async def correct_measure(call: Call, measure_id: UUID, expected: int, changes: Mapping[str, Any]) -> Measure:
    """A new version that waits for its approval; what was approved before counts until then."""
    row = await _to_change(call.session, measure_id, expected)
    await _check_subject(call.session, changes)
    for name, value in changes.items():
        setattr(row, name, value)
    if all(getattr(row, name) is None for name in VALUES):
        raise Invalid("A measure has a number, an amount or hours", slug="measure-without-value")
    row.status, row.entered_by = "proposed", call.principal.subject
    row.decided_by = row.decided_at = row.note = row.alone_because = None
    row.version += 1
    return await _saved(call.session, row)


async def approve_measure(call: Call, measure_id: UUID, expected: int, look: Look) -> Measure:
    row = await _to_change(call.session, measure_id, expected)
    if row.status == "approved":
        raise MeasureApproved(f"By {row.decided_by}", allowed=["correct", "withdraw"])
    check_second_person(row.entered_by, look)
    row.decide("approved", look, call.now)
    row.counted_version = row.version
    await _saved(call.session, row)
    await intake.store_facts(call.session, row.store_id, [_fact(row)])
    return row


async def reject_correction(call: Call, measure_id: UUID, expected: int, because: str) -> Measure:
    """The measure is again what was approved before, and goes on counting; what was rejected stays in its history."""
    session = call.session
    row = await _to_change(session, measure_id, expected)
    if row.status != "proposed" or row.counted_version is None:
        allowed = ["correct", "withdraw"] if row.status == "approved" else ["approve", "withdraw"]
        raise MeasureNotCorrected(f"It is {row.status}, in version {row.version}", allowed=allowed)
    rejected = {"status": "rejected", "decided_by": call.principal.subject, "decided_at": call.now, "note": because,
                "version": row.version + 1}  # fmt: skip
    told = {name: rejected.get(name, getattr(row, name)) for name in _TOLD}
    try:
        await measures.take_back(session, row.id, rejected)
    except IntegrityError as error:
        raise _there_already() from error
    await publish(session, row.store_id, measure_changed(told, row.version + 1))
    await session.refresh(row)
    await tell(session, row.store_id, row)
    await intake.store_facts(session, row.store_id, [_fact(row)])
    return row


async def withdraw_measure(call: Call, measure_id: UUID, expected: int, look: Look) -> Measure:
    """What counts is taken out by a second person too; what nobody approved yet by anybody who may enter it."""
    row = await _to_change(call.session, measure_id, expected)
    counted = row.counted_version is not None
    if counted:
        check_second_person(row.entered_by, look)
    row.decide("withdrawn", look, call.now)
    row.counted_version = None
    await _saved(call.session, row)
    if counted:
        await intake.store_facts(call.session, row.store_id, [{**_fact(row), "occurred_on": None}])
    return row


async def _to_change(session: AsyncSession, measure_id: UUID, expected: int) -> Measure:
    row = await measures.measure_for_update(session, measure_id)
    if row is None:
        raise NotFound("There is no such measure")
    check_version(row.version, expected)
    if row.status == "withdrawn":
        raise MeasureWithdrawn(f"By {row.decided_by}: {row.note}", allowed=[])
    await measures.keep_measures(session, row.store_id, [row.id])
    return row


async def _check_subject(session: AsyncSession, given: Mapping[str, Any]) -> None:
    errors: list[FieldError] = []
    employee, team = given.get("employee"), given.get("team")
    if employee is not None and not await people.employee_is_known(session, employee):
        errors.append(field_error("/employee", "employee-unknown", f"没有员工 / no employee {employee}"))
    if team is not None and not await team_heads.has_team(session, team):
        errors.append(field_error("/team", "team-unknown", f"没有班组 / no team {team}"))
    if errors:
        raise Invalid("The measure is of nobody known here", errors=errors, slug="measure-subject-unknown")


async def _saved(session: AsyncSession, row: Measure) -> Measure:
    try:
        await session.flush()
    except IntegrityError as error:
        raise _there_already() from error
    await session.refresh(row)
    await tell(session, row.store_id, row)
    return row


def _there_already() -> Conflict:
    return Conflict("The document's figure of that day is there: correct it", slug="measure-exists")


async def tell(session: AsyncSession, store: UUID, *rows: Measure) -> None:
    events = (measure_changed({name: getattr(row, name) for name in _TOLD}, row.version) for row in rows)
    await publish(session, store, *events)


async def restore_facts(session: AsyncSession, store: UUID) -> None:
    """No feed brings measures: where facts were emptied and read anew, those that count are written from here."""
    await intake.store_facts(
        session, store, [_fact_of({**state}) for state in await measures.counted_without_fact(session)]
    )


def _fact(row: Measure) -> dict[str, Any]:
    return _fact_of({name: getattr(row, name) for name in (*_TOLD, "version")})


def _fact_of(state: Mapping[str, Any]) -> dict[str, Any]:
    """As a run counts it: its document, its reason and who approved it stand in the trace."""
    return {
        "kind": MEASURED.kind,
        "subject": str(state["id"]),
        "version": state["version"],
        "source": "payroll",
        "event_id": uuid4(),
        "order_number": None,
        "person": state["employee"],
        **{name: state[name] for name in ("team", "occurred_on", "amount", "hours")},
        "attributes": {name: state[name] for name in MEASURED.attributes if state[name] is not None},
    }
