"""Use cases of questionnaires: begin one, change its draft, publish; what is published stays."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from chassis.representation import check_version
from services.survey.domain import refusals
from services.survey.domain.questionnaire import content_hash
from services.survey.domain.soundness import check
from services.survey.models import Questionnaire, QuestionnaireVersion
from services.survey.repository import questionnaires
from services.survey.schemas.content import QuestionnaireContent, plain_content, questionnaire_of
from services.survey.templates import template, template_codes

DRAFT, PUBLISHED = "draft", "published"


@dataclass
class WithVersions:
    """A questionnaire and its versions, oldest first."""

    questionnaire: Questionnaire
    versions: list[QuestionnaireVersion]

    @property
    def draft(self) -> QuestionnaireVersion | None:
        return next((version for version in self.versions if version.state == DRAFT), None)

    @property
    def published(self) -> QuestionnaireVersion | None:
        return next((version for version in reversed(self.versions) if version.state == PUBLISHED), None)

    def numbered(self, number: int | None) -> QuestionnaireVersion:
        """Without a number the newest."""
        found = [version for version in self.versions if number in {None, version.number}]
        if not found:
            raise NotFound(f"{self.questionnaire.code} has no version {number}")
        return found[-1]


async def load(
    session: AsyncSession, store_id: UUID, code: str, *, if_match: int | None = None, lock: bool = False
) -> WithVersions:
    questionnaire = await questionnaires.find(session, store_id, code, lock=lock)
    if questionnaire is None:
        raise NotFound(f"There is no questionnaire {code}")
    if if_match is not None:
        check_version(questionnaire.version, if_match)
    versions = await questionnaires.versions_of(session, store_id, [questionnaire.id])
    return WithVersions(questionnaire, list(versions))


async def create(session: AsyncSession, store_id: UUID, code: str, content: QuestionnaireContent) -> WithVersions:
    check(questionnaire_of(content))
    created = await questionnaires.add_if_new(session, store_id, code)
    if created is None:
        raise refusals.QuestionnaireCodeTaken(f"{code} is taken")
    session.add(_draft(store_id, created, 1, content))
    await session.flush()
    return await load(session, store_id, code)


async def replace_draft(
    session: AsyncSession, found: WithVersions, number: int, content: QuestionnaireContent, now: datetime
) -> QuestionnaireVersion:
    version = found.numbered(number)
    if version.state == PUBLISHED:
        raise refusals.VersionPublished(f"version {number} was published at {version.published_at}; open a new draft")
    _check(found, content)
    version.content = plain_content(content)
    version.content_hash = content_hash(version.content)
    version.updated_at = now
    _touch(found, now)
    await session.flush()
    return version


async def open_draft(
    session: AsyncSession, found: WithVersions, content: QuestionnaireContent | None, now: datetime
) -> QuestionnaireVersion:
    """Without content the draft begins as a copy of the newest version."""
    if found.draft is not None:
        raise refusals.DraftExists(f"version {found.draft.number} is a draft")
    newest = found.numbered(None)
    content = content or content_of(newest)
    _check(found, content)
    draft = _draft(newest.store_id, newest.questionnaire_id, newest.number + 1, content)
    session.add(draft)
    _touch(found, now)
    await session.flush()
    await session.refresh(draft)
    return draft


async def publish(session: AsyncSession, found: WithVersions, by: str, now: datetime) -> QuestionnaireVersion:
    draft = found.draft
    if draft is None:
        raise refusals.NothingToPublish(f"{found.questionnaire.code} has no draft; open one first")
    _check(found, content_of(draft))
    draft.state, draft.published_at, draft.published_by, draft.updated_at = PUBLISHED, now, by, now
    _touch(found, now)
    await session.flush()
    return draft


async def adopt_template(session: AsyncSession, store_id: UUID, code: str, now: datetime) -> bool:
    """A shipped questionnaire that the store has not taken up yet is published as it is, in its first version."""
    if code not in template_codes():
        return False
    created = await questionnaires.add_if_new(session, store_id, code)
    if created is None:
        return False
    version = _draft(store_id, created, 1, template(code))
    version.state, version.published_at, version.published_by = PUBLISHED, now, "template"
    session.add(version)
    await session.flush()
    return True


def content_of(version: QuestionnaireVersion) -> QuestionnaireContent:
    return QuestionnaireContent.model_validate(version.content)


def _check(found: WithVersions, content: QuestionnaireContent) -> None:
    published = found.published
    check(questionnaire_of(content), questionnaire_of(content_of(published)) if published else None)


def _touch(found: WithVersions, now: datetime) -> None:
    found.questionnaire.version += 1
    found.questionnaire.updated_at = now


def _draft(store_id: UUID, questionnaire_id: UUID, number: int, content: QuestionnaireContent) -> QuestionnaireVersion:
    plain: dict[str, Any] = plain_content(content)
    return QuestionnaireVersion(
        store_id=store_id,
        questionnaire_id=questionnaire_id,
        number=number,
        state=DRAFT,
        content=plain,
        content_hash=content_hash(plain),
    )
