"""Employees with their dated terms."""

from datetime import date
from typing import Any
from urllib.parse import quote

from fastapi import Response

from chassis.auth import allow
from chassis.errors import NotFound
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText, set_etag
from services.payroll.endpoints.access import ANYONE, PAY_ROLES, CurrentCall, check_sees
from services.payroll.endpoints.lists import page
from services.payroll.models import Employee, EmployeeHistory, EmployeeTerms
from services.payroll.repository.people import people as queries
from services.payroll.schemas.people.people import (
    EmployeeCreate,
    EmployeeRead,
    EmployeeTermsRead,
    EmployeeUpdate,
    FormerState,
    TermsRead,
    TermsWrite,
)
from services.payroll.service.people import people

router = Router(tags=["employees"])


def _terms_read(terms: EmployeeTerms) -> TermsRead:
    return TermsRead(
        valid_from=None if terms.valid_from == queries.BEGINNING else terms.valid_from,
        post=terms.post,
        team=terms.team,
        coefficient=terms.coefficient,
        probation_until=terms.probation_until,
        base_pay=terms.base_pay,
        recorded_by=terms.recorded_by,
    )


def _employee_read(employee: Employee, terms: EmployeeTerms | None) -> EmployeeRead:
    return EmployeeRead(
        id=employee.id,
        number=employee.number,
        name=employee.name,
        hired_on=employee.hired_on,
        left_on=employee.left_on,
        version=employee.version,
        terms=None if terms is None else _terms_read(terms),
    )


@router.get("/v1/employees", operation_id="list_employees", dependencies=[allow(*PAY_ROLES)])
async def list_employees(
    *,
    call: CurrentCall,
    wish: PageOf,
    on: date | None = None,
    team: QueryText | None = None,
    post: QueryText | None = None,
    search: QueryText | None = None,
) -> Page[EmployeeRead]:
    """By number, with the terms that hold on a day (today when none is given).

    `search`: the beginning of a number, or a part of a name.
    """
    query: Any = queries.employees_with_terms(on or call.today, team=team, post=post)
    if search is not None:
        query = query.where(queries.found_by(search))
    return await page(call, wish, query, [Employee.number], lambda row: _employee_read(row[0], row[2]))


@router.post("/v1/employees", operation_id="create_employee", status_code=201, dependencies=[allow(*PAY_ROLES)])
async def create_employee(body: EmployeeCreate, call: CurrentCall, response: Response) -> EmployeeRead:
    employee = await people.create_employee(call.session, call.store, body.model_dump(), call.principal.subject)
    response.headers["Location"] = f"/v1/employees/{quote(employee.number, safe='')}"
    set_etag(response, employee.version)
    terms = await queries.terms_of(call.session, employee.number)
    return _employee_read(employee, terms[0])


@router.get("/v1/employees/{number}", operation_id="read_employee", dependencies=[allow(ANYONE)])
async def read_employee(number: str, call: CurrentCall, response: Response, on: date | None = None) -> EmployeeRead:
    check_sees(call.principal, number)
    employee, terms = await people.read_employee(call.session, number, on or call.today)
    set_etag(response, employee.version)
    return _employee_read(employee, terms)


@router.patch("/v1/employees/{number}", operation_id="update_employee", dependencies=[allow(*PAY_ROLES)])
async def update_employee(
    number: str, body: EmployeeUpdate, expected: IfMatch, call: CurrentCall, response: Response
) -> EmployeeRead:
    changes = body.model_dump(exclude_unset=True)
    if changes.get("name", "") is None:
        changes.pop("name")
    edit = (expected, call.principal.subject)
    employee = await people.update_employee(call.session, call.store, number, changes, edit)
    set_etag(response, employee.version)
    return _employee_read(*await people.read_employee(call.session, number, call.today))


@router.get("/v1/employees/{number}/terms", operation_id="read_employee_terms", dependencies=[allow(ANYONE)])
async def read_employee_terms(number: str, call: CurrentCall, response: Response) -> EmployeeTermsRead:
    check_sees(call.principal, number)
    employee, terms = await people.terms_of(call.session, number)
    set_etag(response, employee.version)
    return EmployeeTermsRead(employee=number, version=employee.version, terms=[_terms_read(t) for t in terms])


@router.put(
    "/v1/employees/{number}/terms/{valid_from}", operation_id="put_employee_terms", dependencies=[allow(*PAY_ROLES)]
)
async def put_employee_terms(
    number: str, valid_from: date, body: TermsWrite, expected: IfMatch, *, call: CurrentCall, response: Response
) -> EmployeeTermsRead:
    """What holds from that day on, until the next terms begin; the same day again replaces it."""
    edit = (expected, call.principal.subject)
    employee = await people.put_terms(call.session, call.store, number, (valid_from, body.model_dump()), edit)
    set_etag(response, employee.version)
    terms = await queries.terms_of(call.session, number)
    return EmployeeTermsRead(employee=number, version=employee.version, terms=[_terms_read(t) for t in terms])


@router.get("/v1/employees/{number}/history", operation_id="read_employee_history", dependencies=[allow(*PAY_ROLES)])
async def read_employee_history(number: str, call: CurrentCall, wish: PageOf) -> Page[FormerState]:
    """Every state that a later one replaced, terms included; the oldest first."""
    query = queries.former_states(EmployeeHistory).where(EmployeeHistory.number == number)
    found = await page(call, wish, query, [EmployeeHistory.version], FormerState.model_validate)
    if not found.items and await queries.employee_on(call.session, number, queries.BEGINNING) is None:
        raise NotFound(f"There is no employee {number}")
    return found
