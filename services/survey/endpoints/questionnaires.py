"""Addresses of questionnaires, their versions, and the shipped templates."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response

from chassis.auth import CurrentPrincipal, CurrentStore, allow
from chassis.http import Clock, CurrentSession, Router
from chassis.representation import IfMatch, Page, PageOf, paginate, set_etag
from services.survey.domain.questionnaire import content_hash
from services.survey.endpoints.roles import AUTHORS, STAFF
from services.survey.models import Questionnaire, QuestionnaireVersion
from services.survey.repository.questionnaires import all_questionnaires
from services.survey.schemas.content import QuestionnaireContent, plain_content
from services.survey.schemas.questionnaires import (
    DraftBody,
    QuestionnaireCreate,
    QuestionnaireRead,
    QuestionnaireSummary,
    TemplateRead,
    TemplatesRead,
    VersionRead,
    VersionSummary,
)
from services.survey.service import questionnaires
from services.survey.service.questionnaires import WithVersions
from services.survey.surveyjs import read_surveyjs, write_surveyjs
from services.survey.templates import template, template_codes

router = Router(tags=["questionnaires"])


async def _locked(code: str, if_match: IfMatch, session: CurrentSession, store: CurrentStore) -> WithVersions:
    return await questionnaires.load(session, store.id, code, if_match=if_match, lock=True)


LockedQuestionnaire = Annotated[WithVersions, Depends(_locked)]


@router.get("/v1/questionnaire-templates", operation_id="list_questionnaire_templates", dependencies=[allow(*STAFF)])
async def list_templates() -> TemplatesRead:
    """The questionnaires that come with the product."""
    contents = {code: template(code) for code in template_codes()}
    return TemplatesRead(
        items=[
            TemplateRead(code=code, content_hash=content_hash(plain_content(content)), content=content)
            for code, content in contents.items()
        ]
    )


@router.post("/v1/questionnaires", operation_id="create_questionnaire", status_code=201, dependencies=[allow(*AUTHORS)])
async def create(
    body: QuestionnaireCreate, session: CurrentSession, store: CurrentStore, response: Response
) -> QuestionnaireRead:
    """Begins a questionnaire with a draft: from a body, a SurveyJS document, or a shipped template."""
    content = template(body.template) if body.template is not None else _given(body)
    assert content is not None
    created = await questionnaires.create(session, store.id, body.code, content)
    response.headers["Location"] = f"/v1/questionnaires/{body.code}"
    return _read(created, response)


@router.get("/v1/questionnaires", operation_id="list_questionnaires", dependencies=[allow(*STAFF)])
async def list_all(session: CurrentSession, store: CurrentStore, wish: PageOf) -> Page[QuestionnaireSummary]:
    found, following = await paginate(session, all_questionnaires(store.id), [Questionnaire.code], wish)
    return Page(items=[QuestionnaireSummary.model_validate(q) for q in found], limit=wish.limit, next=following)


@router.get("/v1/questionnaires/{code}", operation_id="read_questionnaire", dependencies=[allow(*STAFF)])
async def read(code: str, session: CurrentSession, store: CurrentStore, response: Response) -> QuestionnaireRead:
    return _read(await questionnaires.load(session, store.id, code), response)


@router.get(
    "/v1/questionnaires/{code}/versions/{number}",
    operation_id="read_questionnaire_version",
    dependencies=[allow(*STAFF)],
)
async def read_version(
    code: str, number: int, session: CurrentSession, store: CurrentStore, response: Response
) -> VersionRead:
    found = await questionnaires.load(session, store.id, code)
    return _version(found, found.numbered(number), response)


@router.put(
    "/v1/questionnaires/{code}/versions/{number}",
    operation_id="replace_questionnaire_draft",
    dependencies=[allow(*AUTHORS)],
)
async def replace_draft(
    found: LockedQuestionnaire, number: int, body: DraftBody, session: CurrentSession, *, now: Clock, response: Response
) -> VersionRead:
    """Replaces a draft; 409 when that version is published, which never changes."""
    content = _given(body) or questionnaires.content_of(found.numbered(number))
    return _version(found, await questionnaires.replace_draft(session, found, number, content, now), response)


@router.post(
    "/v1/questionnaires/{code}/versions",
    operation_id="open_questionnaire_draft",
    status_code=201,
    dependencies=[allow(*AUTHORS)],
)
async def open_draft(
    found: LockedQuestionnaire, body: DraftBody, session: CurrentSession, now: Clock, response: Response
) -> VersionRead:
    """A new draft beside the published versions; without content a copy of the newest."""
    draft = await questionnaires.open_draft(session, found, _given(body), now)
    response.headers["Location"] = f"/v1/questionnaires/{found.questionnaire.code}/versions/{draft.number}"
    return _version(found, draft, response)


@router.post("/v1/questionnaires/{code}/publish", operation_id="publish_questionnaire", dependencies=[allow(*AUTHORS)])
async def publish(
    found: LockedQuestionnaire, session: CurrentSession, principal: CurrentPrincipal, now: Clock, response: Response
) -> VersionRead:
    """The draft becomes a version that takes answers and never changes."""
    return _version(found, await questionnaires.publish(session, found, principal.subject, now), response)


@router.get(
    "/v1/questionnaires/{code}/surveyjs", operation_id="export_questionnaire_surveyjs", dependencies=[allow(*STAFF)]
)
async def export_surveyjs(
    code: str,
    session: CurrentSession,
    store: CurrentStore,
    version: Annotated[int | None, Query(ge=1, description="none: the newest")] = None,
) -> dict[str, Any]:
    """The version as SurveyJS JSON, in the subset that can also be sent in."""
    found = await questionnaires.load(session, store.id, code)
    return write_surveyjs(questionnaires.content_of(found.numbered(version)))


def _given(body: DraftBody) -> QuestionnaireContent | None:
    return body.content if body.surveyjs is None else read_surveyjs(body.surveyjs)


def _read(found: WithVersions, response: Response) -> QuestionnaireRead:
    set_etag(response, found.questionnaire.version)
    summary = QuestionnaireSummary.model_validate(found.questionnaire)
    return QuestionnaireRead(
        **summary.model_dump(), versions=[VersionSummary.model_validate(version) for version in found.versions]
    )


def _version(found: WithVersions, version: QuestionnaireVersion, response: Response) -> VersionRead:
    """The tag is the questionnaire's: a change of any of its versions makes the others' readers stale."""
    set_etag(response, found.questionnaire.version)
    summary = VersionSummary.model_validate(version)
    return VersionRead(
        **summary.model_dump(),
        questionnaire=found.questionnaire.code,
        content=questionnaires.content_of(version),
    )
