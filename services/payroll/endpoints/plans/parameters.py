"""Values of a plan's parameters from a day on, beside its text: proposed, approved by a second person, read."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy import select

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText, set_etag
from services.payroll.endpoints.access import PAY_READERS, PAY_ROLES, CurrentCall, look_of
from services.payroll.endpoints.lists import narrowed, page
from services.payroll.models import PlanParameter
from services.payroll.schemas.plans.parameters import (
    ParameterInForce,
    ParametersInForce,
    ParameterValuePropose,
    ParameterValueRead,
)
from services.payroll.schemas.plans.plans import DecisionStatus, LookBody
from services.payroll.service.plans import parameters

router = Router(tags=["plans"])


def _read(row: PlanParameter, response: Response) -> ParameterValueRead:
    set_etag(response, row.version)
    return ParameterValueRead.model_validate(row)


@router.post(
    "/v1/plan-parameters", operation_id="propose_parameter_value", status_code=201, dependencies=[allow(*PAY_ROLES)]
)
async def propose_parameter_value(
    body: ParameterValuePropose, call: CurrentCall, response: Response
) -> ParameterValueRead:
    """A new value from a day on, without a new plan; runs take it once a second person has approved it."""
    row = await parameters.propose_value(call, parameters.NewValue(**body.model_dump()))
    response.headers["Location"] = f"/v1/plan-parameters/{row.id}"
    return _read(row, response)


@router.get("/v1/plan-parameters", operation_id="list_parameter_values", dependencies=[allow(*PAY_READERS)])
async def list_parameter_values(
    *,
    call: CurrentCall,
    wish: PageOf,
    plan: Annotated[UUID | None, Query()] = None,
    name: QueryText | None = None,
    status: Annotated[DecisionStatus | None, Query()] = None,
) -> Page[ParameterValueRead]:
    """The history: every value ever proposed, with who, why and who approved it."""
    wanted = {PlanParameter.plan_id: plan, PlanParameter.name: name, PlanParameter.status: status}
    query = narrowed(select(PlanParameter), wanted)
    return await page(call, wish, query, [PlanParameter.id], ParameterValueRead.model_validate)


@router.get("/v1/plan-parameters/{value}", operation_id="read_parameter_value", dependencies=[allow(*PAY_READERS)])
async def read_parameter_value(value: UUID, call: CurrentCall, response: Response) -> ParameterValueRead:
    return _read(await parameters.read_value(call.session, value), response)


@router.post(
    "/v1/plan-parameters/{value}/approve", operation_id="approve_parameter_value", dependencies=[allow(*PAY_ROLES)]
)
async def approve_parameter_value(
    value: UUID, body: LookBody, expected: IfMatch, call: CurrentCall, response: Response
) -> ParameterValueRead:
    return _read(await parameters.approve_value(call, value, expected, look_of(body, call)), response)


@router.post(
    "/v1/plan-parameters/{value}/withdraw", operation_id="withdraw_parameter_value", dependencies=[allow(*PAY_ROLES)]
)
async def withdraw_parameter_value(
    value: UUID, body: LookBody, expected: IfMatch, call: CurrentCall, response: Response
) -> ParameterValueRead:
    """Of a proposed value; one that is approved is superseded by a newer one."""
    return _read(await parameters.withdraw_value(call, value, expected, look_of(body, call)), response)


@router.get("/v1/plans/{plan}/parameters", operation_id="read_parameters_in_force", dependencies=[allow(*PAY_READERS)])
async def read_parameters_in_force(plan: UUID, call: CurrentCall, on: date | None = None) -> ParametersInForce:
    """What a run takes whose month ends on the day (today when none is given)."""
    day = on or call.today
    found = await parameters.values_on(call.session, plan, day)
    return ParametersInForce(plan=plan, on=day, parameters=[ParameterInForce.model_validate(each) for each in found])
