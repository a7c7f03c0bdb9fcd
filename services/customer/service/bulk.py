"""Taking in a batch of customers, vehicles or complaints, and what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from services.customer.context import Context
from services.customer.repository.vehicles import keep_periods
from services.customer.service.intake import Batch, Finding, Report, Written, take_in
from services.customer.service.merges import merge_certain_duplicates
from services.customer.service.names import keep_names
from services.customer.service.resources import ComplaintResource, CustomerResource, VehicleResource

IDENTIFYING = frozenset({"name", "mobile", "id_number"})


async def take_customers(context: Context, batch: Batch) -> dict[str, Any]:
    """Names become findable, and who is certainly one person becomes one."""
    report = await take_in(context, CustomerResource(context), batch)
    await _keep_names(context, report.written)
    telling = [written.change.record for written in report.written if written.fields & IDENTIFYING]
    pairs = await merge_certain_duplicates(context, telling)
    survivors = {duplicate: survivor for survivor, duplicate in pairs}
    for result in report.results:
        if result.outcome in {"created", "updated"} and result.key in survivors:
            result.warnings.append(Finding("number", "certain-duplicate", f"merged-into:{survivors[result.key]}"))
    return _outcome(report, len(pairs))


async def _keep_names(context: Context, written: Sequence[Written]) -> None:
    named = [each.change.record for each in written if "name" in each.fields]
    await keep_names(context, [record for record in named if record["version"] == 1], fresh=True)
    await keep_names(context, [record for record in named if record["version"] > 1], fresh=False)


async def take_vehicles(context: Context, batch: Batch) -> dict[str, Any]:
    report = await take_in(context, VehicleResource(), batch)
    if report.written:
        await keep_periods(context.session, context.now)
    return _outcome(report)


async def take_complaints(context: Context, batch: Batch) -> dict[str, Any]:
    return _outcome(await take_in(context, ComplaintResource(), batch))


def _outcome(report: Report, merged: int = 0) -> dict[str, Any]:
    results: list[Mapping[str, Any]] = [
        {
            "row": result.row,
            "outcome": result.outcome,
            "warnings": [asdict(finding) for finding in result.warnings],
            "errors": [asdict(finding) for finding in result.errors],
        }
        for result in report.results
    ]
    return {"results": results, "counts": report.counts(), "merged": merged}
