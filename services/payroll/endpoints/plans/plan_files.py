"""A plan out as one file, and in again."""

from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from services.payroll.domain.plans.plan_file import FORMAT, FileValue, Hashes, PlanContent
from services.payroll.endpoints.access import PAY_READERS, PAY_ROLES, CurrentCall
from services.payroll.endpoints.plans.plans import plan_detail
from services.payroll.schemas.plans.plan_files import ImportedValue, PlanFile, PlanFileValue, PlanImported
from services.payroll.service.plans import plan_files

router = Router(tags=["plans"])


@router.get("/v1/plans/{plan}/file", operation_id="export_plan", dependencies=[allow(*PAY_READERS)])
async def export_plan(plan: UUID, call: CurrentCall, response: Response) -> PlanFile:
    """Text, examples, approved values of parameters and their hashes: what another store, or this one, can import."""
    found, content, hashes = await plan_files.plan_file(call.session, plan)
    response.headers["Content-Disposition"] = f'attachment; filename="plan-{hashes.whole[:12]}.json"'
    return PlanFile(
        format=FORMAT,
        chinese=found.canonical["chinese"],
        english=found.canonical["english"],
        template=found.template,
        text=content.text,
        examples=content.examples,
        parameters=[
            PlanFileValue(name=v.name, value=v.value, valid_from=v.valid_from, reason=v.reason, hash=digest)
            for v, digest in zip(content.values, hashes.values, strict=True)
        ],
        text_hash=hashes.text,
        examples_hash=hashes.examples,
        hash=hashes.whole,
    )


@router.post("/v1/plans/import", operation_id="import_plan", status_code=201, dependencies=[allow(*PAY_ROLES)])
async def import_plan(body: PlanFile, call: CurrentCall, response: Response) -> PlanImported:
    """A draft with proposed values, to be reviewed here; the same file again is the same plan, and answers 200.

    A file of which anything is not what its hashes say is refused, naming what.
    """
    values = tuple(FileValue(v.name, v.value, v.valid_from, v.reason) for v in body.parameters)
    said = Hashes(body.text_hash, body.examples_hash, tuple(v.hash for v in body.parameters), body.hash)
    heading = body.chinese, body.english, body.template
    content = PlanContent(body.text, body.examples, values, heading)
    found = await plan_files.import_plan(call, content, said, body.template)
    response.headers["Location"] = f"/v1/plans/{found.plan.id}"
    if not found.created:
        response.status_code = 200
    return PlanImported(
        created=found.created,
        plan=await plan_detail(found.plan, call, response),
        parameters=[ImportedValue.model_validate(value) for value in found.values],
    )
