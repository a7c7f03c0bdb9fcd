"""Opening complaints and deciding them."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from chassis.errors import NotFound
from chassis.representation import PageWish, check_version
from services.customer.context import Context
from services.customer.domain.complaint import Cause, ComplaintState, reject, verify
from services.customer.domain.complaint import Complaint as Life
from services.customer.domain.identity import clean_text
from services.customer.domain.refusals import NumberTaken
from services.customer.events import COMPLAINTS
from services.customer.models import Complaint
from services.customer.repository import complaints as repository
from services.customer.repository import records
from services.customer.repository.records import Change, Record, next_version
from services.customer.service.customers import OWN_SOURCE, visible_text


async def open_complaint(context: Context, told: Mapping[str, Any]) -> UUID:
    number = visible_text(told["number"], "/number")
    await records.lock_intake(context.session, context.store, COMPLAINTS)
    if await records.load(context.session, COMPLAINTS, context.store, "number", [number]):
        raise NumberTaken(f"There is a complaint {number} already.")
    row = records.new_ids(1, context.now)[0]
    texts = ("order_number", "customer_number", "employee", "cause_text")
    record = {
        **records.blank(COMPLAINTS, context.store, row, context.now),
        **{name: clean_text(told[name] or "") or None for name in texts},
        "number": number,
        "source": OWN_SOURCE,
        "occurred_on": told["occurred_on"],
        "cause": told["cause"],
        "state": ComplaintState.OPENED.value,
    }
    await records.write(context.session, COMPLAINTS, [Change(record, "customer.complaint.opened")])
    return row


async def verify_complaint(context: Context, complaint: UUID, told: Mapping[str, Any], expected: int) -> None:
    """The finding's day is today in the store's own zone."""
    record = await _record(context, complaint, expected)
    cause = Cause(told["cause"]) if told["cause"] else None
    employee = clean_text(told["employee"] or "") or None
    finding = clean_text(told["finding"] or "") or None
    await _decided(context, record, verify(_life(record), employee, cause, finding, context.today))


async def reject_complaint(context: Context, complaint: UUID, finding: str, expected: int) -> None:
    record = await _record(context, complaint, expected)
    await _decided(context, record, reject(_life(record), visible_text(finding, "/finding")))


async def _record(context: Context, complaint: UUID, expected: int) -> Record:
    rows = await records.load(context.session, COMPLAINTS, context.store, "id", [complaint])
    if not rows:
        raise NotFound("There is no such complaint")
    check_version(rows[0]["version"], expected)
    return rows[0]


def _life(record: Record) -> Life:
    return Life(
        ComplaintState(record["state"]),
        record["employee"],
        Cause(record["cause"]),
        record["verified_on"],
        record["finding"],
    )


async def _decided(context: Context, record: Record, life: Life) -> None:
    changed = {
        "state": life.state.value,
        "employee": life.employee,
        "cause": life.cause.value,
        "verified_on": life.verified_on,
        "finding": life.finding,
        "decided_by": context.actor,
    }
    change = Change(next_version(record, changed, context.now), f"customer.complaint.{life.state}")
    await records.write(context.session, COMPLAINTS, [change])


async def read(context: Context, complaint: UUID) -> Complaint:
    found = await repository.one_complaint(context.session, context.store, complaint)
    if found is None:
        raise NotFound("There is no such complaint")
    return found


async def find(
    context: Context, wish: PageWish, days: tuple[date | None, date | None], equal: Mapping[str, str | None]
) -> tuple[list[Complaint], str | None]:
    told = {name: value for name, value in equal.items() if value is not None}
    return await repository.find_complaints(context.session, context.store, wish, since=days[0], until=days[1], **told)
