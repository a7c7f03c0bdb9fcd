"""Use cases of responses: one answer sheet, or a month of them; both are read by the same rules and written in sets."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Store
from chassis.field_words import field_words
from services.survey.domain.answers import sayable
from services.survey.domain.estimates import decimal_of
from services.survey.domain.questionnaire import QUESTIONNAIRE_CODE
from services.survey.domain.refusals import (
    AdvisorAsksOwnCustomer,
    AnswersRefused,
    NotPublished,
    OrderAlreadyAnswered,
    field_error,
)
from services.survey.domain.scoring import personal_csi
from services.survey.events import publish_completed
from services.survey.models import Response
from services.survey.repository import intake, responses
from services.survey.repository.intake import IncomingResponse
from services.survey.schemas.responses import (
    AnswerSheetBody,
    BulkBody,
    BulkResult,
    Outcome,
    ResponseCreate,
    ResponseRow,
    RowRemark,
    RowResult,
)
from services.survey.service.questionnaires import adopt_template
from services.survey.service.sheets import Sheet, Sheets, load_sheets

CSI_PLACES = 4
_WRITTEN = frozenset({"created", "updated"})


@dataclass
class Reading:
    """The rows of one call on their way: what each became, and what is still to be written."""

    store: Store
    sheets: Sheets
    adopted: frozenset[str]
    results: dict[int, RowResult] = field(default_factory=dict)
    incoming: list[IncomingResponse] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    seen: set[tuple[UUID, str]] = field(default_factory=set)

    def take(self, position: int, raw: dict[str, Any]) -> None:
        number = raw.get("row")
        self.numbers.append(number if type(number) is int else position)
        try:
            self._read(position, ResponseRow.model_validate(raw))
        except ValidationError as error:
            self._settle(
                position, "rejected", [_remark(_path(e["loc"]), e["type"], field_words(e)) for e in error.errors()]
            )
        except AnswersRefused as refused:
            self._settle(position, "rejected", [_of_pointer(e) for e in refused.errors])

    def _read(self, position: int, row: ResponseRow) -> None:
        if row.questionnaire not in self.sheets.by_code:
            unknown = _remark("questionnaire", "questionnaire-unknown", f"{row.questionnaire} is not published here")
            self._settle(position, "rejected", [unknown])
            return
        sheet = self.sheets.in_force(row.questionnaire, row.submitted_at)
        incoming = incoming_response(position, sheet, row, self.store)
        key = (incoming.questionnaire_id, incoming.order_number)
        if key in self.seen:
            self._settle(position, "duplicate")
            return
        self.seen.add(key)
        self.incoming.append(incoming)

    def settle_written(self, written: list[intake.Written]) -> None:
        for each in written:
            self._settle(each.row, each.outcome)

    def _settle(self, position: int, outcome: Outcome, errors: list[RowRemark] | None = None) -> None:
        self.results[position] = RowResult.model_construct(
            row=self.numbers[position], outcome=outcome, warnings=[], errors=errors or []
        )

    def result(self) -> BulkResult:
        ordered = [self.results[position] for position in range(len(self.numbers))]
        for code in sorted(self.adopted):
            note = f"the shipped questionnaire {code} was published for this store"
            ordered[0].warnings.append(_remark("questionnaire", "template-adopted", note))
        counts = Counter(result.outcome for result in ordered)
        return BulkResult.model_construct(results=ordered, counts=dict(counts))


async def take_in_bulk(session: AsyncSession, store: Store, body: BulkBody, now: datetime) -> BulkResult:
    reading = await _prepared(session, store, body, now)
    for position, raw in enumerate(body.rows):
        reading.take(position, raw)
    await intake.lock_responses(session, store.id)
    written = await intake.write(session, store.id, body.source, body.import_id, reading.incoming)
    reading.settle_written(written)
    await publish_completed(session, store.id, [each.id for each in written if each.outcome in _WRITTEN])
    return reading.result()


async def _prepared(session: AsyncSession, store: Store, body: BulkBody, now: datetime) -> Reading:
    given = {code for raw in body.rows if isinstance(code := raw.get("questionnaire"), str)}
    codes = {code for code in given if QUESTIONNAIRE_CODE.fullmatch(code)}
    sheets = await load_sheets(session, store.id, codes)
    missing = sorted(codes - sheets.by_code.keys())
    if not missing:
        return Reading(store, sheets, frozenset())
    adopted = frozenset([code for code in missing if await adopt_template(session, store.id, code, now)])
    return Reading(store, await load_sheets(session, store.id, codes), adopted)


async def submit(session: AsyncSession, store: Store, body: ResponseCreate) -> Response:
    sheets = await load_sheets(session, store.id, [body.questionnaire])
    if body.questionnaire_version is not None:
        sheet = sheets.numbered(body.questionnaire, body.questionnaire_version)
    else:
        sheet = sheets.in_force(body.questionnaire, body.submitted_at) if sheets.by_code else None
    if sheet is None:
        raise NotPublished(f"{body.questionnaire} has no such published version")
    await intake.lock_responses(session, store.id)
    if body.agent is not None and body.agent == await responses.advisor_of(session, store.id, body.order_number):
        raise AdvisorAsksOwnCustomer(f"{body.agent} is the advisor of {body.order_number}")
    incoming = incoming_response(0, sheet, body, store, channel=body.channel, agent=body.agent)
    (written,) = await intake.write(session, store.id, "aftermile", None, [incoming])
    if written.outcome != "created":
        raise OrderAlreadyAnswered(f"{body.order_number} was answered already; a stored answer is not overwritten")
    await publish_completed(session, store.id, [written.id])
    response = await responses.find(session, store.id, written.id)
    assert response is not None
    return response


def incoming_response(
    position: int, sheet: Sheet, body: AnswerSheetBody, store: Store, *, channel: str = "dms", agent: str | None = None
) -> IncomingResponse:
    """Reads the answers by the questionnaire's rules; raises AnswersRefused with every fault."""
    questionnaire = sheet.answers.questionnaire
    answers = sheet.answers.read(_with_comment(sheet, body))
    figure = personal_csi(questionnaire, answers)
    asked_recommendation, remark = questionnaire.recommendation, questionnaire.remark
    written = orjson.dumps(answers, option=orjson.OPT_SORT_KEYS)
    at = body.submitted_at.astimezone(UTC)
    return IncomingResponse(
        row=position,
        questionnaire_id=sheet.version.questionnaire_id,
        questionnaire_version_id=sheet.version.id,
        questionnaire=sheet.version.code,
        questionnaire_version=sheet.version.number,
        order_number=body.order_number,
        submitted_at=at,
        submitted_on=at.astimezone(ZoneInfo(store.time_zone)).date(),
        channel=channel,
        agent=agent,
        answers=written.decode(),
        comment=answers.get(remark.id) if remark else None,
        csi=None if figure is None else decimal_of(figure, CSI_PLACES),
        nps=answers.get(asked_recommendation.id) if asked_recommendation else None,
        content_hash=hashlib.sha256(f"{at.isoformat()}\n{channel}\n{agent}\n".encode() + written).hexdigest(),
    )


def _with_comment(sheet: Sheet, body: AnswerSheetBody) -> dict[str, Any]:
    if not (body.comment or "").strip():
        return body.answers
    remark = sheet.answers.questionnaire.remark
    if remark is None:
        unasked = field_error("/comment", "unknown-question", "the questionnaire asks for no remark")
        raise AnswersRefused("the remark is not asked for", [unasked])
    if body.answers.get(remark.id) not in {None, "", body.comment}:
        twice = field_error("/comment", "answered-twice", f"comment and answers.{remark.id} differ")
        raise AnswersRefused("the remark is given twice", [twice])
    return {**body.answers, remark.id: body.comment}


def _remark(field_: str, code: str, detail: str) -> RowRemark:
    return RowRemark.model_construct(field=sayable(field_), code=code.replace("_", "-"), detail=detail)


def _of_pointer(error: dict[str, str]) -> RowRemark:
    return _remark(error["pointer"].strip("/").replace("/", "."), error["code"], error["detail"])


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location))
