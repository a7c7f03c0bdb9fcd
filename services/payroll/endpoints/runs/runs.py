"""Runs: asked for here, computed by a job; their lines, statements, figures and traces."""

from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy import RowMapping, func, select

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import Page, PageOf, paginate
from services.payroll.endpoints.access import ANYONE, PAY_ROLES, CurrentCall, pay_seen_by
from services.payroll.endpoints.lists import narrowed, page
from services.payroll.models import Fact, PayLine, ResponseCopy, Run, UpsellCopy
from services.payroll.repository.people import people as people_queries
from services.payroll.repository.runs import runs as queries
from services.payroll.repository.runs import threads
from services.payroll.schemas.people.people import MonthText
from services.payroll.schemas.runs.runs import (
    CountedFact,
    FiguresRead,
    PayLineRead,
    PoolRead,
    ResponseThread,
    RunCreate,
    RunPlanRead,
    RunRead,
    RunStatus,
    RunWarning,
    StatementRead,
    StatementsRead,
    TraceRead,
    UpsellThread,
    WaitingFact,
)
from services.payroll.service.runs import runs, traces
from services.payroll.service.runs.paying import plans_of
from services.payroll.service.words.trace_names import kind_in_chinese

router = Router(tags=["runs"])


def _run_read(run: Run, currency: str) -> RunRead:
    names = ("id", "month", "status", "problem", "plan_id", "plan_hash", "hash", "total", "requested_by", "created_at",
             "started_at", "completed_at")  # fmt: skip
    warnings = [RunWarning(**warning) for warning in run.warnings or ()]
    columns = {name: getattr(run, name) for name in names}
    by = [RunPlanRead.model_validate(each) for each in plans_of(run)]
    return RunRead(currency=currency, unassigned=_unassigned(run), warnings=warnings, plans=by, **columns)


def _unassigned(run: Run) -> Decimal | None:
    if run.pools is None:
        return None
    return sum((Decimal(pool.get("unassigned", 0)) for pool in run.pools), Decimal("0.00"))


@router.post("/v1/runs", operation_id="create_run", status_code=202, dependencies=[allow(*PAY_ROLES)])
async def create_run(body: RunCreate, call: CurrentCall, response: Response) -> RunRead:
    """Ask for a month to be computed; the answer says where to look for it."""
    run = await runs.request_run(call.session, call.store.id, body.month, call.principal.subject)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return _run_read(run, call.store.currency)


@router.get("/v1/runs", operation_id="list_runs", dependencies=[allow(*PAY_ROLES)])
async def list_runs(
    call: CurrentCall,
    wish: PageOf,
    month: Annotated[MonthText | None, Query()] = None,
    status: Annotated[RunStatus | None, Query()] = None,
) -> Page[RunRead]:
    """The newest first."""
    query = narrowed(select(Run), {Run.month: month, Run.status: status})
    return await page(call, wish, query, [Run.id], lambda row: _run_read(row, call.store.currency), descending=True)


@router.get("/v1/runs/{run}", operation_id="read_run", dependencies=[allow(*PAY_ROLES)])
async def read_run(run: UUID, call: CurrentCall) -> RunRead:
    return _run_read(await runs.read_run(call.session, run), call.store.currency)


def _line_read(line: PayLine) -> PayLineRead:
    return PayLineRead.model_validate(line)


@router.get("/v1/runs/{run}/lines", operation_id="list_pay_lines", dependencies=[allow(ANYONE)])
async def list_pay_lines(run: UUID, call: CurrentCall, wish: PageOf) -> Page[PayLineRead]:
    """By employee number; whoever sees only his own pay gets his own lines."""
    seen_by = pay_seen_by(call.principal)
    await traces.completed_run(call.session, run)
    return await page(call, wish, queries.lines_of(run, seen_by), [PayLine.ordinal], _line_read)


@router.get("/v1/runs/{run}/statements", operation_id="list_statements", dependencies=[allow(ANYONE)])
async def list_statements(run: UUID, call: CurrentCall, wish: PageOf) -> StatementsRead:
    """Per employee: his lines with their clauses, and their sum."""
    paid = queries.paid_in(run, pay_seen_by(call.principal))
    found = await traces.completed_run(call.session, run)
    rows, following = await paginate(call.session, select(paid), [paid.c.place], wish)
    numbers = [row.employee for row in rows]
    names = await people_queries.names_of(call.session, numbers)
    lines = await queries.lines_by_employee(call.session, run, numbers)
    return StatementsRead(
        run=run, month=found.month, currency=call.store.currency, limit=wish.limit, next=following,
        total=await call.session.scalar(select(func.coalesce(func.sum(paid.c.total), 0))),
        items=[
            StatementRead(employee=row.employee, name=names.get(row.employee), total=row.total,
                          lines=[_line_read(line) for line in lines[row.employee]])
            for row in rows
        ],
    )  # fmt: skip


@router.get("/v1/runs/{run}/figures", operation_id="read_figures", dependencies=[allow(*PAY_ROLES)])
async def read_figures(run: UUID, call: CurrentCall) -> FiguresRead:
    """Every step of the plan by its name, and every pool that was split."""
    found = await traces.completed_run(call.session, run)
    pools = [PoolRead.model_validate({"unassigned": Decimal("0.00"), **pool}) for pool in found.pools or ()]
    counted = await queries.fact_count(call.session, run)
    return FiguresRead(
        run=run,
        month=found.month,
        hash=found.hash,
        total=found.total,
        pools=pools,
        facts=counted,
        **(found.figures or {}),
    )


@router.get("/v1/runs/{run}/trace/{key:path}", operation_id="read_trace", dependencies=[allow(ANYONE)])
async def read_trace(run: UUID, key: str, call: CurrentCall) -> TraceRead:
    """The trace of a pay line (its id) or of a step (`step`, or `step/subject`)."""
    found = await traces.trace(call, run, key, pay_seen_by(call.principal))
    counted = sum(selection["count"] for selection in found.node["selections"])
    return TraceRead(
        run=run,
        month=found.run.month,
        line=None if found.line is None else _line_read(found.line),
        node=dict(found.node),
        facts=[_fact_read(fact, found) for fact in found.facts],
        facts_left_off=counted - len(found.facts),
        counted_facts=f"/v1/runs/{run}/counted-facts/{quote(found.node['id'])}",
        explain=f"/v1/runs/{run}/explain/{quote(key)}",
    )


def _fact_read(fact: RowMapping, found: traces.Trace) -> CountedFact:
    order: Any = fact["order_number"]
    names = ("selection", "kind", "source", "subject", "version", "order_number", "person", "team", "occurred_on",
             "amount", "hours", "attributes")  # fmt: skip
    return CountedFact(
        kind_chinese=kind_in_chinese(fact["kind"]),
        order=fact["order_state"],
        upsells=[_upsell_read(upsell) for upsell in found.upsells.get(order, ())],
        responses=[_response_read(response) for response in found.responses.get(order, ())],
        **{name: fact[name] for name in names},
    )


def _upsell_read(upsell: UpsellCopy) -> UpsellThread:
    return UpsellThread(
        number=upsell.number,
        source=upsell.upsell_source,
        stage=upsell.stage,
        finder=upsell.finder,
        decision=upsell.decision,
        decided_by_method=upsell.decided_by_method,
        amount=upsell.amount,
        operation=upsell.operation_name,
    )


def _response_read(response: ResponseCopy) -> ResponseThread:
    return ResponseThread(submitted_on=response.submitted_on, questionnaire=response.questionnaire, csi=response.csi)


@router.get("/v1/waiting-facts", operation_id="list_waiting_facts", dependencies=[allow(*PAY_ROLES)])
async def list_waiting_facts(call: CurrentCall, wish: PageOf) -> Page[WaitingFact]:
    """Facts that name an order which nobody has told of yet; they count as soon as it is there."""
    return await page(call, wish, threads.waiting_facts(), [Fact.id], WaitingFact.model_validate)
