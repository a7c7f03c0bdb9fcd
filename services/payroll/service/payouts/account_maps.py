"""A store's own departments and accounts: set for months that are not closed yet, each map followed by the next."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import func

from chassis.errors import Conflict
from chassis.feed import publish
from services.payroll.domain.month import Month
from services.payroll.domain.payouts.ledger import SHIPPED_MAP, Account, AccountMap, Department, other_department
from services.payroll.events import account_map_changed
from services.payroll.models import AccountMap as AccountMapRow
from services.payroll.repository.months import months
from services.payroll.repository.payouts import account_maps
from services.payroll.service.call import Call


async def map_for(call: Call, day: date, known_at: datetime | None = None) -> AccountMap:
    """The one that holds on a day, of all or of those known at a time: until the store has set one, the shipped one."""
    row = await account_maps.map_on(call.session, day, known_at)
    return SHIPPED_MAP if row is None else _read(row)


async def set_map(call: Call, valid_from: date, wanted: AccountMap) -> AccountMapRow:
    """Not for a month that is closed: its entries are told, and stay what they are. By the clock, as closings are."""
    await months.months_apart(call.session, call.store.id)
    closed = await account_maps.last_closed(call.session)
    if closed is not None and valid_from <= Month.parse(closed).last_day:
        raise Conflict(f"{closed} is closed; the accounts change later", slug="valid-from-past")
    found = await account_maps.map_on(call.session, valid_from)
    if found is not None and found.valid_from == valid_from:
        raise Conflict("There is a map from that day on", slug="exists-already")
    row = AccountMapRow(
        store_id=call.store.id, valid_from=valid_from, set_by=call.person, created_at=func.clock_timestamp(),
        **told(wanted),
    )  # fmt: skip
    call.session.add(row)
    await call.session.flush()
    await call.session.refresh(row)
    names = ("valid_from", "departments", "posts", "other", "payable", "set_by")
    await publish(call.session, call.store.id, account_map_changed({name: getattr(row, name) for name in names}))
    return row


def told(accounts: AccountMap) -> dict[str, Any]:
    """As it is kept, and read over HTTP."""
    return {
        "departments": [asdict(each) for each in accounts.departments.values()],
        "posts": [{"post": post, "department": code} for post, code in accounts.posts.items()],
        "other": asdict(accounts.other.account),
        "payable": asdict(accounts.payable),
    }


def _read(row: AccountMapRow) -> AccountMap:
    departments = [Department(**{**each, "account": Account(**each["account"])}) for each in row.departments]
    return AccountMap(
        {each.code: each for each in departments}, {each["post"]: each["department"] for each in row.posts},
        other_department(Account(**row.other)), Account(**row.payable),
    )  # fmt: skip
