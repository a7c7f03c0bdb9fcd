"""What an employee asks from the page that his own link opens: the token says who he is."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Request, Response

from chassis.auth import allow
from chassis.database import enter_store
from chassis.errors import Forbidden, NotFound
from chassis.http import Clock, CurrentSession, Router
from chassis.representation import IfMatch, set_etag
from services.payroll.domain.statements.statement_link import StatementLink, read_link
from services.payroll.endpoints.statements.questions import read_of
from services.payroll.models import Question
from services.payroll.repository.statements import questions as repository
from services.payroll.schemas.statements.questions import LineQuestion, QuestionRead, QuestionWords
from services.payroll.service.statements import questions
from services.payroll.service.statements.questions import Asker
from services.payroll.service.statements.receipts import linked_proof

router = Router(tags=["statement links"])
_ASKED = "/v1/statement-links/{token}/questions"
_OF_ONE = f"{_ASKED}/{{question}}"


@dataclass(frozen=True)
class OwnLink:
    link: StatementLink
    asker: Asker
    currency: str


async def _own_link(token: str, request: Request, session: CurrentSession, now: Clock) -> OwnLink:
    """One that he had issued himself: nobody else's is his word. From here on his store is the session's."""
    link = read_link(token, request.app.state.link_key, now)
    if not link.own:
        raise Forbidden("The link was issued by somebody else than whom the statement pays", slug="link-not-own")
    await enter_store(session, link.store)
    proof = await linked_proof(session, link)
    asker = Asker(session, link.store, ZoneInfo(link.time_zone), link.employee, now)
    return OwnLink(link, asker, proof.currency)


Own = Annotated[OwnLink, Depends(_own_link)]


@router.post(_ASKED, operation_id="ask_by_statement_link", status_code=201, dependencies=[allow()])
async def ask_by_statement_link(own: Own, body: LineQuestion, response: Response) -> QuestionRead:
    """About the statement that the link opens; the token is all that is needed."""
    asked = questions.Asked(str(own.link.month), body.line, body.text)
    return await _detail(own, await questions.ask(own.asker, asked), response)


@router.post(f"{_OF_ONE}/accept", operation_id="accept_by_statement_link", dependencies=[allow()])
async def accept_by_statement_link(own: Own, question: UUID, expected: IfMatch, response: Response) -> QuestionRead:
    await _check_of(own, question)
    return await _detail(own, await questions.accept(own.asker, question, expected), response)


@router.post(f"{_OF_ONE}/ask-again", operation_id="ask_again_by_statement_link", dependencies=[allow()])
async def ask_again_by_statement_link(
    own: Own, question: UUID, body: QuestionWords, expected: IfMatch, response: Response
) -> QuestionRead:
    await _check_of(own, question)
    return await _detail(own, await questions.ask_again(own.asker, question, expected, body.text), response)


@router.post(f"{_OF_ONE}/withdraw", operation_id="withdraw_by_statement_link", dependencies=[allow()])
async def withdraw_by_statement_link(own: Own, question: UUID, expected: IfMatch, response: Response) -> QuestionRead:
    await _check_of(own, question)
    return await _detail(own, await questions.withdraw(own.asker, question, expected), response)


async def _check_of(own: OwnLink, question: UUID) -> None:
    """Of a question about another statement the link says nothing."""
    found = await repository.question_of(own.asker.session, question)
    if found is None or (found.employee, found.month) != (own.link.employee, str(own.link.month)):
        raise NotFound("There is no such question")


async def _detail(own: OwnLink, row: Question, response: Response) -> QuestionRead:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = "no-store"
    (told,) = await questions.tell(own.asker.session, [row])
    return read_of(told, own.currency, own.asker.now)
