"""Targets from an import: with their signatures, or without, and then what was signed here stays."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.feed import publish
from services.payroll.domain.vocabulary import METRICS
from services.payroll.events import target_signed
from services.payroll.repository.people import imports, targets
from services.payroll.schemas.bulk import BulkReport, BulkRequest, Remark, TargetRow
from services.payroll.service.people.imports import Change, Import, Key, Remarks, Resource, Stored, import_rows

_KEY = ("month", "scope", "subject", "metric")
_NUMBERS, _SIGNATURE = ("value", "weight"), ("signed_on", "signed_by")


async def _find(session: AsyncSession, _given: Import, rows: Sequence[TargetRow]) -> Mapping[Key, Stored]:
    found = await imports.targets_before(session, sorted({row.month for row in rows}))
    return {
        tuple(row[name] for name in _KEY): Stored(
            {name: row[name] for name in ("id", *_NUMBERS, *_SIGNATURE)}, row["version"], row["import_id"]
        )
        for row in found
    }


def _key(row: TargetRow) -> Key:
    return (row.month, row.scope or "", row.subject, METRICS.code(row.metric) or row.metric)


def _content(row: TargetRow, _given: Import, before: Stored | None) -> Mapping[str, Any]:
    """A weight that the row does not name stays as it is, and so does a signature under the same value and weight."""
    stored: Mapping[str, Any] = {"weight": Decimal(1)} if before is None else before.content
    numbers = {"value": row.value, "weight": stored["weight"] if row.weight is None else row.weight}
    signature = {name: getattr(row, name) for name in _SIGNATURE}
    if not _is_signed(signature):
        same = before is not None and all(stored[name] == numbers[name] for name in _NUMBERS)
        signature = {name: stored[name] if same else None for name in _SIGNATURE}
    return {**({} if before is None else {"id": stored["id"]}), **numbers, **signature}


def _is_signed(content: Mapping[str, Any]) -> bool:
    """By somebody and on a day: half a signature is none."""
    return None not in (content["signed_on"], content["signed_by"])


async def import_targets(session: AsyncSession, given: Import, body: BulkRequest) -> BulkReport:
    """A row that does not say whose its target is has it said by what is known under the subject."""
    subjects = [_subject_alone(raw) for raw in body.rows]
    scopes = await targets.scopes_of(session, {each for each in subjects if each is not None})
    sure = {subject: next(iter(found)) for subject, found in scopes.items() if len(found) == 1}
    rows = [
        {**raw, "scope": sure[subject]} if subject in sure else raw
        for raw, subject in zip(body.rows, subjects, strict=True)
    ]
    return await import_rows(session, TARGETS, given, body.model_copy(update={"rows": rows}))


def _subject_alone(raw: Mapping[str, Any]) -> str | None:
    """Of a row that can be read and does not say whose its subject is."""
    try:
        row = TargetRow.model_validate(raw)
    except ValidationError:
        return None
    return row.subject if row.scope is None else None


async def _refuse(session: AsyncSession, _given: Import, rows: Sequence[TargetRow]) -> Remarks:
    without = [row for row in rows if row.scope is None]
    scopes = await targets.scopes_of(session, {row.subject for row in without})
    return {row.row: [_unclear(row.subject, scopes.get(row.subject, ()))] for row in without}


def _unclear(subject: str, scopes: Collection[str]) -> Remark:
    if scopes:
        detail = f"{subject} 既是员工又是班组,写明是谁的 / both an employee and a team: say whose it is"
        return _remark("scope", "subject-ambiguous", detail)
    return _remark("subject", "subject-unknown", f"没有员工或班组 / no employee or team {subject}")


async def _warn(session: AsyncSession, given: Import, rows: Sequence[TargetRow]) -> Remarks:
    known, stored = await targets.scopes_of(session, {row.subject for row in rows}), await _find(session, given, rows)
    signed = {each.content["id"] for each in stored.values() if _is_signed(each.content)}
    signed |= (await targets.signed_before(session, [each.content["id"] for each in stored.values()])).keys()
    remarks: dict[int, list[Remark]] = {row.row: [] for row in rows}
    for row in rows:
        if row.scope not in known.get(row.subject, ()):
            remarks[row.row].append(_unclear(row.subject, ()))
        if METRICS.code(row.metric) is None:
            remarks[row.row].append(
                _remark("metric", "metric-unknown", f"{row.metric} is not a metric that plans know")
            )
        if row.value == 0:
            remarks[row.row].append(
                _remark("value", "target-zero", "目标为零,计算会停下 / a run stops at a target of zero")
            )
        content = _content(row, given, stored.get(_key(row)))
        if not _is_signed(content):
            remarks[row.row].append(_unsigned(content, signed))
    return remarks


def _unsigned(content: Mapping[str, Any], signed: Collection[UUID]) -> Remark:
    if content.get("id") in signed:
        detail = "未签字,签字前仍按上次签字的 / what was signed before counts until this is signed"
        return _remark("signed_by", "target-change-unsigned", detail)
    return _remark("signed_by", "target-unsigned", "a run stops at an unsigned target")


def _remark(name: str, code: str, detail: str) -> Remark:
    return Remark(field=name, code=code, detail=detail)


async def _write(session: AsyncSession, given: Import, changes: Sequence[Change[TargetRow]]) -> None:
    await targets.keep_targets(session, given.store, [c.before.content["id"] for c in changes if c.before is not None])
    rows = [dict(zip(_KEY, _key(change.row), strict=True)) | dict(change.content) for change in changes]
    await imports.put_targets(session, given.store, given.source, given.import_id, rows)
    signed = [
        target_signed(row, (change.before.version if change.before else 0) + 1)
        for row, change in zip(rows, changes, strict=True)
        if _is_signed(row)
    ]
    await publish(session, given.store, *signed)


TARGETS: Resource[TargetRow] = Resource("targets", TargetRow, _key, _find, _content, _warn, _write, _refuse)
