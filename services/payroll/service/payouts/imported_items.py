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
    """What was withdrawn stays so: an old sheet that comes again does not bring it back. What a row does not name stays
    as it is, too."""
    if before is None:
        return _given(row)
    if before.content["withdrawn"]:
        return before.content
    kept = {name: before.content[name] for name in ("basis", "until_month") if name not in row.model_fields_set}
    if row.name_en == row.name_zh:
        kept["name_en"] = before.content["name_en"]
    return {"id": before.content["id"], **_given(row), **kept}


async def _refuse(session: AsyncSession, given: Import, rows: Sequence[PayItemRow]) -> Remarks:
    """What is of nobody, and what does not say whether it is the deduction of that name: taken for an allowance it
    would give back what is deducted."""
    known = await people.employed_of(session, {row.employee for row in rows if row.employee is not None})
    stored = await _find(session, given, rows)
    deductions = {key for key, each in stored.items() if each.content["deducted"] and not each.content["withdrawn"]}
    refused = {}
    for row in rows:
        if row.employee is not None and row.employee not in known:
            detail = f"没有员工 / no employee {row.employee}"
            refused[row.row] = [Remark(field="employee", code="employee-unknown", detail=detail)]
        elif "deducted" not in row.model_fields_set and _key_of({**_given(row), "deducted": True}) in deductions:
            refused[row.row] = [Remark(field="deducted", code="deducted-unsaid", detail=_UNSAID)]
    return refused


_UNSAID = "已有同名的扣款,请写明是不是扣款 / there is a deduction of that name: say whether this is one"


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
