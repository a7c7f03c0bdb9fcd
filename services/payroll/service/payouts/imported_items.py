"""Items of slips from an import: a row that says otherwise of an item is its next version."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.feed import publish
from services.payroll.domain.vocabulary import POSTS
from services.payroll.events import pay_item_changed
from services.payroll.repository.payouts import slips
from services.payroll.repository.people import people
from services.payroll.schemas.bulk import PayItemRow, Remark
from services.payroll.service.payouts.slips import CONTENT
from services.payroll.service.people.imports import Change, Import, Key, Remarks, Resource, Stored

_KEY = ("employee", "post", "name_zh", "from_month", "deducted")


def _given(row: PayItemRow) -> Mapping[str, Any]:
    content = {name: getattr(row, name) for name in CONTENT if name != "withdrawn"}
    return {**content, "post": None if row.post is None else POSTS.code(row.post) or row.post, "withdrawn": False}


def _key_of(content: Mapping[str, Any]) -> Key:
    return tuple(str(content[name] or "") for name in _KEY)


async def _find(session: AsyncSession, _given_by: Import, rows: Sequence[PayItemRow]) -> Mapping[Key, Stored]:
    found = await slips.items_before(session, {row.from_month for row in rows})
    contents = [(each, {name: getattr(each, name) for name in ("id", *CONTENT)}) for each in found]
    return {_key_of(content): Stored(content, each.version, None) for each, content in contents}


def _content(row: PayItemRow, _given_by: Import, before: Stored | None) -> Mapping[str, Any]:
    """What was withdrawn stays so: an old sheet that comes again does not bring it back."""
    if before is None:
        return _given(row)
    return before.content if before.content["withdrawn"] else {"id": before.content["id"], **_given(row)}


async def _refuse(session: AsyncSession, _given_by: Import, rows: Sequence[PayItemRow]) -> Remarks:
    named = {row.employee for row in rows if row.employee is not None}
    known = await people.employed_of(session, named)
    return {
        row.row: [Remark(field="employee", code="employee-unknown", detail=f"没有员工 / no employee {row.employee}")]
        for row in rows
        if row.employee is not None and row.employee not in known
    }


async def _warn(session: AsyncSession, given: Import, rows: Sequence[PayItemRow]) -> Remarks:
    stored = await _find(session, given, rows)
    reasons = {key: each.content["reason"] for key, each in stored.items() if each.content["withdrawn"]}
    return {
        row.row: [Remark(field="name_zh", code="item-withdrawn", detail=f"已撤销 / withdrawn: {reasons[key]}")]
        for row in rows
        if (key := _key_of(_given(row))) in reasons
    }


async def _write(session: AsyncSession, given: Import, changes: Sequence[Change[PayItemRow]]) -> None:
    rows = [
        {**change.content, "version": (change.before.version if change.before else 0) + 1, "recorded_by": given.by}
        for change in changes
    ]
    items = await slips.put_items(session, given.store, rows)
    told = [({name: getattr(each, name) for name in ("id", *CONTENT, "recorded_by")}, each.version) for each in items]
    await publish(session, given.store, *(pay_item_changed(content, version) for content, version in told))


PAY_ITEMS: Resource[PayItemRow] = Resource(
    "pay-items", PayItemRow, lambda row: _key_of(_given(row)), _find, _content, _warn, _write, _refuse
)
