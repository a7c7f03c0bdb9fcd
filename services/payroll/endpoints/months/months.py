"""Months of pay over HTTP: lock, approve, close, reopen; the chain of approvals; statements."""

from collections.abc import Sequence

from fastapi import Response
from sqlalchemy import select

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, paginate, set_etag
from services.payroll.domain.months.pay_month import MonthState, month_facts
from services.payroll.domain.statements.statement import bonus_told
from services.payroll.endpoints.access import ANYONE, HEADS, MANAGERS, PAY_ROLES, CurrentCall, pay_seen_by
from services.payroll.endpoints.lists import page
from services.payroll.models import MonthStep, PayMonth, Statement
from services.payroll.repository.months import months as repository
from services.payroll.schemas.months.months import (
    ApproveBody,
    ChainCreate,
    ChainRead,
    ClosedStatementRead,
    LockBody,
    MonthStepRead,
    PayMonthDetail,
    PayMonthRead,
    ReopenBody,
)
from services.payroll.schemas.people.people import MonthText
from services.payroll.service.call import Call
from services.payroll.service.months import months

router = Router(tags=["months"])
_READERS = ("auditor", *HEADS)


@router.get("/v1/approval-chains/current", operation_id="read_approval_chain", dependencies=[allow(*_READERS)])
async def read_approval_chain(call: CurrentCall) -> ChainRead:
    """Today's; until the store has set one it is the shipped one: the workshop manager, then the service manager."""
    found = await repository.chain_on(call.session, call.today)
    if found is None:
        return ChainRead(roles=list(await months.chain_of(call)), valid_from=None, set_by=None)
    return ChainRead.model_validate(found)


@router.post(
    "/v1/approval-chains", operation_id="create_approval_chain", status_code=201,
    dependencies=[allow(*MANAGERS)],
)  # fmt: skip
async def create_approval_chain(body: ChainCreate, call: CurrentCall) -> ChainRead:
    chain = await months.set_chain(call, body.roles, body.valid_from or call.today)
    return ChainRead.model_validate(chain)


@router.get("/v1/pay-months", operation_id="list_pay_months", dependencies=[allow(*_READERS)])
async def list_pay_months(call: CurrentCall, wish: PageOf) -> Page[PayMonthRead]:
    """Those to which something was done, the newest first."""
    rows, following = await paginate(
        call.session, select(PayMonth), [PayMonth.month.expression], wish, descending=True
    )  # fmt: skip
    steps = await repository.steps_of(call.session, [row.month for row in rows])
    items = [_read(call, row, [step for step in steps if step.month == row.month]) for row in rows]
    return Page(items=items, limit=wish.limit, next=following)


@router.get("/v1/pay-months/{month}", operation_id="read_pay_month", dependencies=[allow(*_READERS)])
async def read_pay_month(month: MonthText, call: CurrentCall, response: Response) -> PayMonthDetail:
    return await _detail(call, await _month(call, month), response)


@router.post("/v1/pay-months/{month}/lock", operation_id="lock_pay_month", dependencies=[allow(*PAY_ROLES)])
async def lock_pay_month(
    month: MonthText, body: LockBody, expected: IfMatch, call: CurrentCall, response: Response
) -> PayMonthDetail:
    """On a completed run, which is official from here on. A month to which nothing was done is in version 0."""
    return await _detail(call, await months.lock_month(call, month, expected, body.run), response)


@router.post("/v1/pay-months/{month}/approve", operation_id="approve_pay_month", dependencies=[allow(*HEADS)])
async def approve_pay_month(
    month: MonthText, expected: IfMatch, call: CurrentCall, response: Response, body: ApproveBody | None = None
) -> PayMonthDetail:
    """The next step of the chain, by somebody of its role who did not lock the month, approve another step of it, or
    record something by hand that counts for the first time: what he recorded is named."""
    because = None if body is None else body.alone_because
    return await _detail(call, await months.approve_month(call, month, expected, because), response)


@router.post("/v1/pay-months/{month}/close", operation_id="close_pay_month", dependencies=[allow(*PAY_ROLES)])
async def close_pay_month(month: MonthText, expected: IfMatch, call: CurrentCall, response: Response) -> PayMonthDetail:
    """Write the statements; what becomes known of the month later is a line of a later one."""
    return await _detail(call, await months.close_month(call, month, expected), response)


@router.post(
    "/v1/pay-months/{month}/reopen", operation_id="reopen_pay_month",
    dependencies=[allow(*MANAGERS)],
)  # fmt: skip
async def reopen_pay_month(
    month: MonthText, body: ReopenBody, expected: IfMatch, call: CurrentCall, response: Response
) -> PayMonthDetail:
    """Statements that were closed stay as a former revision; the next lock needs another run."""
    return await _detail(call, await months.reopen_month(call, month, expected, body.reason), response)


@router.get("/v1/pay-months/{month}/statements", operation_id="list_closed_statements", dependencies=[allow(ANYONE)])
async def list_closed_statements(month: MonthText, call: CurrentCall, wish: PageOf) -> Page[ClosedStatementRead]:
    """Of the last closing, by employee number; whoever sees only his own pay gets his own.

    Closed again meanwhile the month has other statements: the list begins anew.
    """
    seen_by = pay_seen_by(call.principal)
    found = await _month(call, month)
    wish.over(found.revision)
    query = repository.statements(month, found.revision, seen_by)
    return await page(call, wish, query, [Statement.place], lambda row: ClosedStatementRead(**_told(call, row)))


async def _month(call: Call, month: str) -> PayMonth:
    """One to which nothing was done yet is open, in version 0."""
    found = await repository.month_of(call.session, month)
    if found is not None:
        return found
    return PayMonth(store_id=call.store.id, month=month, state="open", run_id=None, revision=0, root=None, total=None,
                    chain=list(await months.chain_of(call)), version=0)  # fmt: skip


async def _detail(call: Call, month: PayMonth, response: Response) -> PayMonthDetail:
    set_etag(response, month.version)
    steps = await repository.steps_of(call.session, [month.month])
    return PayMonthDetail(
        **_read(call, month, steps).model_dump(),
        told_since_run=await months.told_since(call, month),
        steps=[MonthStepRead.model_validate(step) for step in steps],
    )


def _read(call: Call, month: PayMonth, steps: Sequence[MonthStep]) -> PayMonthRead:
    _, given = months.approvals_of(steps)
    facts = month_facts(MonthState(month.state), month.chain, given)
    names = ("month", "state", "run_id", "chain", "revision", "root", "total", "version")
    return PayMonthRead(currency=call.store.currency, **facts, **{name: getattr(month, name) for name in names})


def _told(call: Call, statement: Statement) -> dict[str, object]:
    names = ("month", "revision", "employee", "total", "document", "leaf", "place")
    told = {name: getattr(statement, name) for name in names}
    return {"currency": call.store.currency, "bonus": bonus_told(statement.document), **told}
