"""A closed statement explained over HTTP: every line of it in words, in the reader's language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from chassis.auth import allow
from chassis.http import Router
from services.payroll.domain.words.explanation import in_plain_text
from services.payroll.domain.words.saying import Saying
from services.payroll.domain.words.told_statement import adjusted_text, fixed_text
from services.payroll.domain.words.told_unpaid import ToldUnpaid
from services.payroll.endpoints.access import ANYONE, CurrentCall, pay_seen_by
from services.payroll.endpoints.reading import OR_TEXT, ReadersLanguage, text_answer, wants_text, worded
from services.payroll.endpoints.words.explanations import sentences_read
from services.payroll.schemas.people.people import MonthText
from services.payroll.schemas.words.explanations import ExplainedLine, ExplainedUnpaid, StatementExplanationRead
from services.payroll.service.statements import receipts, statement_pages
from services.payroll.service.statements.statement_pages import WHOLE, StatementInWords

router = Router(tags=["explanations"])


@router.get(
    "/v1/pay-months/{month}/statements/{employee}/explain", operation_id="explain_statement",
    dependencies=[allow(ANYONE)], response_model=StatementExplanationRead, responses=OR_TEXT,
)  # fmt: skip
async def explain_statement(
    *, month: MonthText, employee: str, call: CurrentCall, language: ReadersLanguage, request: Request,
    response: Response,
) -> StatementExplanationRead | Response:  # fmt: skip
    """Base pay, items and adjustments with how they came about, lines of the bonus step by step; also as plain text."""
    proof = await receipts.proof_of(call.session, month, employee, pay_seen_by(call.principal))
    told = await statement_pages.in_words(call.session, proof, language, WHOLE)
    saying = Saying(language, told.document["currency"])
    if wants_text(request):
        return text_answer(_as_text(told, saying), language)
    response.headers.update(worded(language))
    run = UUID(told.document["run"])
    return StatementExplanationRead(
        month=month, revision=proof.statement.revision, employee=employee, name=told.name, run=run, language=language,
        currency=told.document["currency"], total=proof.statement.total,
        lines=[_line_read(told, line, saying, run) for line in told.lines],
        unpaid=[_unpaid_read(told, each, run) for each in told.unpaid],
    )  # fmt: skip


def _line_read(told: StatementInWords, line: Mapping[str, Any], saying: Saying, run: UUID) -> ExplainedLine:
    return ExplainedLine(
        title=_title(line, saying), clause=line["clause"], amount=Decimal(line["amount"]), of_month=line["of_month"],
        text=_text(told, line, saying), sentences=sentences_read(told.steps_of(line), run),
    )  # fmt: skip


def _unpaid_read(told: StatementInWords, unpaid: ToldUnpaid, run: UUID) -> ExplainedUnpaid:
    names = ("name", "clause", "withheld", "text")
    sentences = sentences_read(told.sentences[unpaid.node], run)
    return ExplainedUnpaid(sentences=sentences, **{name: getattr(unpaid, name) for name in names})


def _title(line: Mapping[str, Any], saying: Saying) -> str:
    return saying.named(line["name"], line["line"])


def _text(told: StatementInWords, line: Mapping[str, Any], saying: Saying) -> str:
    if line["part"] is not None:
        return fixed_text(saying, _title(line, saying), line["part"])
    if line["adjusted"]:
        return adjusted_text(saying, _title(line, saying), line)
    steps = told.steps_of(line)
    return steps[0].text if steps else f"{_title(line, saying)} {saying.money(Decimal(line['amount']))}"


def _as_text(told: StatementInWords, saying: Saying) -> str:
    statement = told.proof.statement
    who = f"{told.name or ''} {statement.employee}".strip()
    head = f"{who} {statement.month} {saying.pick('合计', 'total')} {saying.money(statement.total)}\n"
    lines = (_line_as_text(told, line, saying) for line in told.lines)
    unpaid = (f"{each.text}\n{in_plain_text(told.sentences[each.node], saying)}" for each in told.unpaid)
    return "\n".join([head, *lines, *unpaid])


def _line_as_text(told: StatementInWords, line: Mapping[str, Any], saying: Saying) -> str:
    steps = told.steps_of(line)
    return in_plain_text(steps, saying) if steps else f"{_text(told, line, saying)}\n"
