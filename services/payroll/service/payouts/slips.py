"""Items that complete a slip, and the slips themselves: told while a month is open, kept when it is locked."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from chassis.errors import Conflict, Invalid, NotFound, field_error
from chassis.feed import publish
from chassis.representation import check_version
from services.payroll.domain.month import Month
from services.payroll.domain.months.settled import first_corrected
from services.payroll.domain.payouts.slip import (
    AttendanceMissing,
    Basis,
    Employed,
    Item,
    Slip,
    SlipsNotKept,
    presence_in,
    slips_for,
)
from services.payroll.domain.payouts.slip_correction import corrections_of
from services.payroll.domain.vocabulary import POSTS
from services.payroll.events import pay_item_changed
from services.payroll.models import PayItem
from services.payroll.models import Slip as SlipRow
from services.payroll.repository.months import months
from services.payroll.repository.payouts import slips
from services.payroll.repository.people import people
from services.payroll.service.call import Call

CONTENT = ("employee", "post", "name_zh", "name_en", "basis", "amount", "deducted", "from_month", "until_month",
            "withdrawn", "reason")  # fmt: skip


async def add_item(call: Call, given: Mapping[str, Any]) -> PayItem:
    """For an employee who is known here, or for a post by its code or the shop's own word."""
    employee, post = given["employee"], given["post"]
    if employee is not None and not await people.employee_is_known(call.session, employee):
        error = field_error("/employee", "employee-unknown", f"没有员工 / no employee {employee}")
        raise Invalid("The item is of nobody known here", errors=[error], slug="pay-item-subject-unknown")
    content = {**given, "post": None if post is None else POSTS.code(post) or post, "withdrawn": False}
    return await _saved(call, PayItem(store_id=call.store.id, version=1, recorded_by=call.person, **content))


async def change_item(call: Call, item: UUID, expected: int, changes: Mapping[str, Any]) -> PayItem:
    """A new version with its own reason; the ones before stay. What is locked already keeps what it was locked with."""
    newest = await slips.newest_version(call.session, item, lock=True)
    if newest is None:
        raise NotFound("There is no such item")
    check_version(newest.version, expected)
    if newest.withdrawn:
        raise Conflict(f"Withdrawn by {newest.recorded_by}: {newest.reason}", slug="pay-item-withdrawn")
    content = {**{name: getattr(newest, name) for name in CONTENT}, **changes}
    if content["until_month"] is not None and content["until_month"] < content["from_month"]:
        error = field_error("/until_month", "before-from", "结束早于开始 / it ends before it begins")
        raise Invalid("An item ends in the month it begins, or later", errors=[error], slug="pay-item-months")
    row = PayItem(store_id=call.store.id, id=item, version=newest.version + 1, recorded_by=call.person, **content)
    return await _saved(call, row)


async def _saved(call: Call, row: PayItem) -> PayItem:
    call.session.add(row)
    await call.session.flush()
    await call.session.refresh(row)
    told = {name: getattr(row, name) for name in ("id", *CONTENT, "recorded_by")}
    await publish(call.session, call.store.id, pay_item_changed(told, row.version))
    return row


async def slips_now(call: Call, month: Month, also: frozenset[str] = frozenset()) -> list[Slip]:
    """What base pay and items come to as things stand; `also` are people to be told of besides those employed."""
    people = [_employed(month, row) for row in await slips.people_of(call.session, month)]
    items = [_item(row) for row in await call.session.scalars(slips.items_in(str(month)).order_by(PayItem.id))]
    return slips_for(people, [*items, *await _corrections(call, month)], also)


async def _corrections(call: Call, month: Month) -> list[Item]:
    """Of closed months: their people, base pay and attendance as they are known now, and the items that they had.

    Who had no slip and began on no known day is new here, and not owed everything since the beginning.
    """
    found: list[Item] = []
    for row in await slips.changed_months(call.session, str(month), str(first_corrected(month))):
        closed = Month.parse(row["month"])
        had = {slip.employee for slip in await slips.slips_of(call.session, row["run_id"])}
        rows = await slips.people_of(call.session, closed)
        people = [_employed(closed, each) for each in rows if each["hired_on"] or each["number"] in had]
        items = [_item(each) for each in await slips.items_kept(call.session, row["run_id"])]
        try:
            due = {slip.employee: slip.amount for slip in slips_for(people, items)}
        except AttendanceMissing as missing:
            raise AttendanceMissing([f"{closed} {each['detail']}" for each in missing.errors]) from missing
        found += corrections_of(closed, due, await slips.paid_for(call.session, row["month"]))
    return found


async def keep_slips(call: Call, month: Month, run: UUID) -> frozenset[str]:
    """From here on the month's slips are these: what is approved is what will be paid. The months that they correct."""
    paid = frozenset(line.employee for line in await months.run_lines(call.session, run))
    now = await slips_now(call, month, paid)
    call.session.add_all(
        SlipRow(
            store_id=call.store.id, run_id=run, employee=slip.employee, place=place, body=slip.as_json(),
            amount=slip.amount,
        )
        for place, slip in enumerate(now)
    )  # fmt: skip
    corrected = {part.item.of_month for slip in now for part in slip.items if part.item is not None}
    return frozenset(month for month in corrected if month is not None)


async def kept_slips(call: Call, month: Month, run: UUID) -> Sequence[SlipRow]:
    """What the month was locked with. Before base pay was kept none was, and the month would close without it."""
    kept = await slips.slips_of(call.session, run)
    if not kept and any(_employed(month, row).presence.days for row in await slips.people_of(call.session, month)):
        raise SlipsNotKept("重开该月并重新锁定 / open the month again, and lock it again")
    return kept


async def slips_told(
    call: Call, month: Month, also: frozenset[str] = frozenset()
) -> tuple[UUID | None, Sequence[SlipRow]]:
    """The run that the month was locked on, and the slips that it was locked with; until then as things stand."""
    found = await months.month_of(call.session, str(month))
    if found is not None and found.state != "open" and found.run_id is not None:
        return found.run_id, await slips.slips_of(call.session, found.run_id)
    now = await slips_now(call, month, also)
    return None, [
        SlipRow(employee=slip.employee, place=place, body=slip.as_json(), amount=slip.amount)
        for place, slip in enumerate(now)
    ]


def _employed(month: Month, row: RowMapping) -> Employed:
    presence = presence_in(month, row["hired_on"], row["left_on"], row["attended"])
    return Employed(row["number"], row["post"], row["team"], row["base_pay"], presence)


def _item(row: PayItem) -> Item:
    return Item(
        str(row.id), row.version, row.employee, row.post, row.name_zh, row.name_en, Basis(row.basis), row.amount,
        row.deducted, row.reason, row.recorded_by,
    )  # fmt: skip
