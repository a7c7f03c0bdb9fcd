"""Explanations over HTTP: how a line of pay came about, in the reader's language."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Query, Request, Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import Page, PageOf
from services.payroll.domain.words.explanation import in_plain_text
from services.payroll.domain.words.saying import Saying
from services.payroll.domain.words.told import Sentence
from services.payroll.endpoints.access import ANYONE, CurrentCall, pay_seen_by
from services.payroll.endpoints.reading import OR_TEXT, ReadersLanguage, text_answer, wants_text, worded
from services.payroll.schemas.runs.runs import PayLineRead
from services.payroll.schemas.words.explanations import (
    CountedFactRead,
    DecidingField,
    ExplainedElsewhere,
    ExplainedSelection,
    ExplainedSum,
    ExplanationRead,
    SentenceRead,
)
from services.payroll.service.words import counted_facts, explanations
from services.payroll.service.words.counted_facts import Asked, CountedFact

router = Router(tags=["explanations"])


@router.get(
    "/v1/runs/{run}/explain/{key:path}", operation_id="explain_pay", dependencies=[allow(ANYONE)],
    response_model=ExplanationRead, responses=OR_TEXT,
)  # fmt: skip
async def explain_pay(
    *, run: UUID, key: str, call: CurrentCall, language: ReadersLanguage, request: Request, response: Response
) -> ExplanationRead | Response:
    """A pay line (its id) or a step (`step`, or `step/subject`), and what it rests on; also as plain text."""
    saying = Saying(language, call.store.currency)
    found = await explanations.explain(call, run, key, pay_seen_by(call.principal), saying)
    if wants_text(request):
        return text_answer(in_plain_text(found.sentences, saying), language)
    response.headers.update(worded(language))
    return ExplanationRead(
        run=run, month=found.run.month, language=language, currency=call.store.currency,
        line=None if found.line is None else PayLineRead.model_validate(found.line),
        sentences=sentences_read(found.sentences, run),
    )  # fmt: skip


@router.get("/v1/runs/{run}/counted-facts/{key:path}", operation_id="list_counted_facts", dependencies=[allow(ANYONE)])
async def list_counted_facts(
    *, run: UUID, key: str, call: CurrentCall, wish: PageOf, language: ReadersLanguage, response: Response,
    selection: Annotated[int | None, Query(ge=0, le=1000, description="one of the step's selections")] = None,
) -> Page[CountedFactRead]:  # fmt: skip
    """Every fact that a step counted, with the days that put it into the month."""
    saying = Saying(language, call.store.currency)
    asked = Asked(pay_seen_by(call.principal), selection, saying)
    facts, following = await counted_facts.counted(call, run, key, asked, wish)
    response.headers.update(worded(language))
    return Page(items=[fact_read(each, saying) for each in facts], limit=wish.limit, next=following)


def fact_read(told: CountedFact, saying: Saying) -> CountedFactRead:
    row = told.row
    names = ("selection", "kind", "source", "subject", "version", "order_number", "order_version", "occurred_on",
             "amount", "hours")  # fmt: skip
    order = row["order_number"]
    return CountedFactRead(
        id=row["fact_id"], kind_title=saying.kind(row["kind"]), present_version=row["now_version"],
        present_order_version=row["now_order_version"], rule=told.rule, why=list(told.why),
        fields=[DecidingField.model_validate(cell) for cell in told.cells], superseded=told.superseded,
        counts_now=told.counts_now, thread=f"/v1/threads/{row['fact_id']}?kind=fact",
        order=None if order is None else f"/v1/threads/{quote(order)}?kind=order",
        **{name: row[name] for name in names},
    )  # fmt: skip


def explain_address(run: UUID, node: str) -> str:
    return f"/v1/runs/{run}/explain/{quote(node)}"


def sentences_read(sentences: Sequence[Sentence], run: UUID) -> list[SentenceRead]:
    return [_sentence_read(each, run) for each in sentences]


def _sentence_read(told: Sentence, run: UUID) -> SentenceRead:
    address, node = f"/v1/runs/{run}", quote(told.node)
    counted = f"{address}/counted-facts/{node}?selection="
    return SentenceRead.model_validate({
        **asdict(told),
        "selections": [ExplainedSelection(**asdict(each), facts=f"{counted}{each.place}") for each in told.selections],
        "sums": [
            ExplainedSum(**asdict(each), parts=f"{address}/summed/{node}?sum={each.place}") for each in told.sums
        ],
        "elsewhere": [
            ExplainedElsewhere(**asdict(each), explain=explain_address(run, each.node)) for each in told.elsewhere
        ],
        "trace": f"{address}/trace/{node}",
    })  # fmt: skip
