"""What an employee opens with a link to his own statement: the statement in words, on paper, and its receipt."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from chassis.auth import allow
from chassis.database import Database
from chassis.http import AuthenticatedRoute, Clock, Router
from chassis.printing import Printer
from services.payroll.domain.month import Month
from services.payroll.domain.statements.statement_link import StatementLink, read_link, sign_link
from services.payroll.domain.statements.statement_part import StatementPart, part_of, parts_of
from services.payroll.domain.words.told import Sentence
from services.payroll.domain.words.told_unpaid import ToldUnpaid
from services.payroll.endpoints.access import ANYONE, CurrentCall, pay_seen_by
from services.payroll.endpoints.reading import ReadersLanguage, worded
from services.payroll.endpoints.statements.questions import read_of
from services.payroll.endpoints.statements.statements import receipt_file
from services.payroll.models import LinkWithdrawal
from services.payroll.schemas.people.people import MonthText
from services.payroll.schemas.statements.questions import QuestionRead
from services.payroll.schemas.statements.statement_pages import (
    LinkedFact,
    LinkedLine,
    LinkedStatement,
    LinkedStep,
    LinkedUnpaid,
    LinksWithdrawn,
    StatementLinkRead,
)
from services.payroll.service.statements import receipts, statement_pages
from services.payroll.service.statements.statement_pages import PAGE, StatementInWords
from services.payroll.service.statements.statement_paper import TEMPLATE, paper_of
from services.payroll.service.statements.statement_questions import Questioned, questioned
from services.payroll.service.words.counted_facts import CountedFact
from services.payroll.service.words.trace_names import kind_in_chinese

router = Router(tags=["statement links"])
opened = APIRouter(
    route_class=AuthenticatedRoute, tags=["statement links"], generate_unique_id_function=lambda route: route.name
)
"""Of nobody's store until the link says which; and nothing is printed inside a transaction."""
_UNKEPT = {"Cache-Control": "no-store"}
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"description": "the statement on paper",
          "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}},
}  # fmt: skip
_RECEIPT: dict[int | str, dict[str, Any]] = {
    200: {"description": "the receipt", "content": {"application/json": {"schema": {"type": "object"}}}},
}


@router.post(
    "/v1/pay-months/{month}/statements/{employee}/link", operation_id="issue_statement_link", status_code=201,
    dependencies=[allow(ANYONE)],
)  # fmt: skip
async def issue_statement_link(
    month: MonthText, employee: str, call: CurrentCall, request: Request, response: Response
) -> StatementLinkRead:
    """To his own statement, for half an hour. Whoever has it reads this statement and nothing else; questions are asked
    by one that he had issued himself."""
    await receipts.proof_of(call.session, month, employee, pay_seen_by(call.principal))
    own = employee == call.principal.employee and call.principal.kind == "staff"
    store = call.store
    link = StatementLink(store.id, Month.parse(month), employee, store.name, store.time_zone, own, call.now)
    token = sign_link(link, request.app.state.link_key)
    response.headers["Cache-Control"] = "no-store"
    return StatementLinkRead(path=f"/s/{token}", token=token, expires_at=link.expires_at)


@router.post(
    "/v1/pay-months/{month}/statements/{employee}/link/revoke", operation_id="revoke_statement_links",
    dependencies=[allow(ANYONE)],
)  # fmt: skip
async def revoke_statement_links(month: MonthText, employee: str, call: CurrentCall) -> LinksWithdrawn:
    """Those to this statement that were given out until now; opening a month again does it for everybody's."""
    await receipts.proof_of(call.session, month, employee, pay_seen_by(call.principal))
    call.session.add(
        LinkWithdrawal(
            store_id=call.store.id, month=month, employee=employee, at=call.now, withdrawn_by=call.person
        )
    )  # fmt: skip
    await call.session.flush()
    return LinksWithdrawn(month=month, employee=employee, withdrawn_at=call.now)


@opened.get("/v1/statement-links/{token}", operation_id="read_linked_statement", dependencies=[allow()])
async def read_linked_statement(
    token: str, request: Request, response: Response, now: Clock, language: ReadersLanguage
) -> LinkedStatement:
    """The token is all that is needed."""
    response.headers.update({**_UNKEPT, **worded(language)})
    link = read_link(token, request.app.state.link_key, now)
    database: Database = request.app.state.database
    async with database.transaction(link.store) as session:
        proof = await receipts.linked_proof(session, link)
        asked = await questioned(session, proof, now, ZoneInfo(link.time_zone))
        return _read(link, await statement_pages.in_words(session, proof, language, PAGE), asked, now)


@opened.get(
    "/v1/statement-links/{token}/receipt", operation_id="read_linked_receipt", dependencies=[allow()],
    response_class=Response, responses=_RECEIPT,
)  # fmt: skip
async def read_linked_receipt(token: str, request: Request, now: Clock) -> Response:
    link = read_link(token, request.app.state.link_key, now)
    database: Database = request.app.state.database
    async with database.transaction(link.store) as session:
        proof = await receipts.linked_proof(session, link)
        return receipt_file(proof, request.app.state.signer)


@opened.get(
    "/v1/statement-links/{token}/statement.pdf", operation_id="print_linked_statement", dependencies=[allow()],
    response_class=Response, responses=_PDF,
)  # fmt: skip
async def print_linked_statement(token: str, request: Request, now: Clock) -> Response:
    """A4, in Chinese with English beside it."""
    link = read_link(token, request.app.state.link_key, now)
    database: Database = request.app.state.database
    async with database.transaction(link.store) as session:
        told = await statement_pages.on_paper(session, await receipts.linked_proof(session, link))
    printer: Printer = request.app.state.printer
    paper = await printer.print_pdf(TEMPLATE, paper_of(told, link.shop))
    name = f'attachment; filename="statement-{link.month}.pdf"'
    return Response(paper, media_type="application/pdf", headers={"Content-Disposition": name, **_UNKEPT})


def _read(link: StatementLink, told: StatementInWords, asked: Questioned, now: datetime) -> LinkedStatement:
    proof, statement, currency = told.proof, told.proof.statement, told.document["currency"]
    names = ("month", "revision", "employee", "total", "leaf", "place")

    def questions(part: StatementPart) -> list[QuestionRead]:
        return [read_of(each, currency, now) for each in asked.about(part)]

    return LinkedStatement(
        store_id=link.store, shop=link.shop, state=proof.month.state, name=told.name, count=proof.count,
        currency=currency, root=proof.month.root or "", expires_at=link.expires_at, may_ask=link.own,
        ask_until=asked.ask_until if link.own else None, questions=questions(part_of(told.document, None)),
        lines=[
            _line(told, line, part.key or "", questions(part))
            for line, part in zip(told.lines, parts_of(told.document), strict=True)
        ],
        unpaid=[_unpaid(told, each) for each in told.unpaid],
        **{name: getattr(statement, name) for name in names},
    )  # fmt: skip


def _line(told: StatementInWords, line: Mapping[str, Any], key: str, questions: list[QuestionRead]) -> LinkedLine:
    names = ("name", "clause", "amount", "of_month", "adjusted", "note")
    return LinkedLine(
        key=key, english=_english(line["line"]), steps=[_step(told, node) for node in told.steps_of(line)],
        questions=questions, **{name: line[name] for name in names},
    )  # fmt: skip


def _unpaid(told: StatementInWords, unpaid: ToldUnpaid) -> LinkedUnpaid:
    names = ("name", "clause", "withheld", "text")
    steps = [_step(told, node) for node in told.sentences[unpaid.node]]
    return LinkedUnpaid(
        english=_english(unpaid.step), steps=steps, **{name: getattr(unpaid, name) for name in names}
    )  # fmt: skip


def _step(told: StatementInWords, step: Sentence) -> LinkedStep:
    facts = told.facts.get(step.node, ())
    counted = sum(selection.count for selection in step.selections)
    return LinkedStep(
        depth=step.depth, title=step.title, text=step.text, formula=step.formula, notes=list(step.notes),
        facts=[_fact(fact) for fact in facts], facts_left_off=counted - len(facts),
        left_off=[each.title for each in step.elsewhere if not each.above],
    )  # fmt: skip


def _fact(fact: CountedFact) -> LinkedFact:
    names = ("order_number", "occurred_on", "amount", "hours")
    kind = fact.row["kind"]
    return LinkedFact(
        kind=kind_in_chinese(kind), english=_english(kind), why=list(fact.why), superseded=fact.superseded,
        **{name: fact.row[name] for name in names},
    )  # fmt: skip


def _english(name: str) -> str:
    return name.replace("_", " ")
