"""Attendance days from an import: a row that tells other days is the next version of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.repository.payouts import slips
from services.payroll.repository.people import people
from services.payroll.schemas.bulk import AttendanceRow, Remark
from services.payroll.service.people.imports import Change, Import, Key, Resource, Stored


async def _find(session: AsyncSession, _given: Import, rows: Sequence[AttendanceRow]) -> Mapping[Key, Stored]:
    found = await slips.attendance_before(session, {row.month for row in rows})
    return {(each.month, each.employee): Stored({"days": each.days}, each.version, each.import_id) for each in found}


def _content(row: AttendanceRow, _given: Import, _before: Stored | None) -> Mapping[str, Any]:
    return {"days": row.days}


async def _warn(session: AsyncSession, _given: Import, rows: Sequence[AttendanceRow]) -> Mapping[int, list[Remark]]:
    known = await people.known_subjects(session)
    return {
        row.row: [Remark(field="employee", code="employee-unknown", detail=f"no employee {row.employee}")]
        for row in rows
        if row.employee not in known
    }


async def _write(session: AsyncSession, given: Import, changes: Sequence[Change[AttendanceRow]]) -> None:
    rows = [
        {
            "month": change.row.month, "employee": change.row.employee, "days": change.row.days,
            "version": (change.before.version if change.before else 0) + 1,
        }
        for change in changes
    ]  # fmt: skip
    await slips.put_attendance(session, given.store, given.origin, rows)


ATTENDANCE: Resource[AttendanceRow] = Resource(
    "attendance-days", AttendanceRow, lambda row: (row.month, row.employee), _find, _content, _warn, _write
)
