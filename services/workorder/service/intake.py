"""Bulk writes: every row is checked on its own, what is good is written in sets, and each row gets its answer."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast, get_args

import orjson
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Store
from chassis.errors import Conflict
from chassis.field_words import field_words
from services.workorder.repository.bulk import Import, write
from services.workorder.schemas.bulk import BulkReport, BulkRequest, Outcome, Row, RowRemark, RowResult
from services.workorder.service.bulk_resources import BulkResource
from services.workorder.service.risk.risk_reviews import plan_review
from services.workorder.service.zone import Zone

_REFUSED = {
    "rejected": ("order-unknown", "There is no order with this number."),
    "settled": ("order-settled-here", "It would change what was settled here; reverse the settlement first."),
}
"""Why a row that is sound is not written, by what became of it; the field is the first of its key."""
_ERROR_CODES = {"missing": "required", "extra_forbidden": "unknown-field"}


async def take_in(
    session: AsyncSession, store: Store, resource: BulkResource, request: BulkRequest, now: datetime
) -> BulkReport:
    zone = Zone.of(store)
    run = Import(store.id, request.source, request.import_id, zone.day(now))
    checked = [_checked(resource, raw) for raw in request.rows]
    first, repeated = _without_repeats(resource, checked)
    records = [(position, *hashed(resource.table.incoming, resource.record(row, zone))) for position, row in first]
    outcomes: dict[int, str] = dict.fromkeys(repeated, "duplicate")
    if records:
        outcomes.update(await _write(session, resource, run, records))
        await plan_review(session, store, now)
    results = [
        _result(resource, raw, row, position, outcomes.get(position))
        for position, (raw, row) in enumerate(zip(request.rows, checked, strict=True))
    ]
    counts = Counter(result.outcome for result in results)
    return BulkReport(results=results, counts={outcome: counts[outcome] for outcome in get_args(Outcome)})


def hashed(names: Sequence[str], values: Sequence[Any]) -> tuple[Any, ...]:
    """The values behind the hash of what they tell; what is not told does not count, nor how a number is written."""
    told = {name: value for name, value in zip(names, values, strict=True) if value is not None}
    content = orjson.dumps(told, default=_shortest, option=orjson.OPT_SORT_KEYS)
    return (hashlib.blake2b(content, digest_size=16).digest(), *values)


def _shortest(value: Decimal) -> str:
    return format(value.normalize(), "f")


async def _write(
    session: AsyncSession, resource: BulkResource, run: Import, records: Sequence[tuple[Any, ...]]
) -> dict[int, str]:
    try:
        written = await write(session, resource.table, run, records)
        await resource.follow(session, run, written)
    except IntegrityError as error:
        raise Conflict("Someone else wrote the same things at the same time; send the rows again",
                       slug="concurrent-change") from error  # fmt: skip
    return dict(written.outcomes)


def _checked(resource: BulkResource, raw: dict[str, Any]) -> Row | list[RowRemark]:
    try:
        return cast("Row", resource.adapter.validate_python(raw))
    except ValidationError as error:
        return [
            RowRemark(
                field=".".join(map(str, each["loc"])),
                code=_ERROR_CODES.get(each["type"], each["type"].replace("_", "-")),
                detail=field_words(each),
            )
            for each in error.errors(include_url=False, include_input=False)
        ]


def _without_repeats(
    resource: BulkResource, checked: Sequence[Row | list[RowRemark]]
) -> tuple[list[tuple[int, Row]], list[int]]:
    """The good rows with their positions, and the positions of those whose key came before: the first stays."""
    seen: set[tuple[Any, ...]] = set()
    first: list[tuple[int, Row]] = []
    repeated: list[int] = []
    for position, row in enumerate(checked):
        if isinstance(row, Row):
            key = tuple(getattr(row, name) for name in resource.key)
            if key in seen:
                repeated.append(position)
            else:
                seen.add(key)
                first.append((position, row))
    return first, repeated


def _result(
    resource: BulkResource, raw: dict[str, Any], row: Row | list[RowRemark], position: int, outcome: str | None
) -> RowResult:
    if isinstance(row, Row):
        remarks = [RowRemark(**remark) for remark in resource.remarks(row)]
        if outcome in _REFUSED:
            code, detail = _REFUSED[outcome]
            errors = [RowRemark(field=resource.key[0], code=code, detail=detail)]
            return RowResult(row=row.row, outcome="rejected", warnings=remarks, errors=errors)
        return RowResult(row=row.row, outcome=cast("Outcome", outcome), warnings=remarks, errors=[])
    number = raw.get("row")
    return RowResult(row=number if isinstance(number, int) else position, outcome="rejected", warnings=[], errors=row)
