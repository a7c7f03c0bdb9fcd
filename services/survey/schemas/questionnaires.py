"""Bodies about questionnaires and their versions."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from chassis.representation import RequestBody, ResponseBody
from services.survey.domain.questionnaire import QUESTIONNAIRE_CODE
from services.survey.schemas.content import QuestionnaireContent

QuestionnaireCode = Annotated[str, StringConstraints(pattern=QUESTIONNAIRE_CODE.pattern)]


class DraftBody(RequestBody):
    """The content itself, or the same as a SurveyJS document."""

    content: QuestionnaireContent | None = None
    surveyjs: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _has_at_most_one_source(self) -> Self:
        if self.content is not None and self.surveyjs is not None:
            raise ValueError("give content or surveyjs, not both")
        return self


class QuestionnaireCreate(DraftBody):
    code: QuestionnaireCode
    template: Annotated[str | None, Field(description="the code of a shipped questionnaire to begin with")] = None

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if [self.content, self.surveyjs, self.template].count(None) != 2:
            raise ValueError("give exactly one of content, surveyjs and template")
        return self


class VersionSummary(ResponseBody):
    id: UUID
    number: int
    state: Literal["draft", "published"]
    content_hash: str
    published_at: datetime | None
    published_by: str | None


class VersionRead(VersionSummary):
    questionnaire: str
    content: QuestionnaireContent


class QuestionnaireSummary(ResponseBody):
    id: UUID
    code: str
    version: int
    created_at: datetime
    updated_at: datetime


class QuestionnaireRead(QuestionnaireSummary):
    versions: list[VersionSummary]


class TemplateRead(ResponseBody):
    code: str
    content_hash: str
    content: QuestionnaireContent


class TemplatesRead(ResponseBody):
    items: list[TemplateRead]
