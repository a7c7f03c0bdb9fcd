"""Queries on questionnaires and their versions."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.models import Questionnaire, QuestionnaireVersion


class PublishedVersion(NamedTuple):
    """What taking answers needs; the content is fetched only when it is not compiled yet."""

    id: UUID
    questionnaire_id: UUID
    code: str
    number: int
    published_at: datetime | None


def all_questionnaires(store_id: UUID) -> Select[Questionnaire]:
    return select(Questionnaire).where(Questionnaire.store_id == store_id)


async def find(session: AsyncSession, store_id: UUID, code: str, *, lock: bool = False) -> Questionnaire | None:
    query = all_questionnaires(store_id).where(Questionnaire.code == code)
    found: Questionnaire | None = await session.scalar(query.with_for_update() if lock else query)
    return found


async def add_if_new(session: AsyncSession, store_id: UUID, code: str) -> UUID | None:
    """None when another has the code, also when that other is being written at this moment."""
    adding = insert(Questionnaire).values(store_id=store_id, code=code, version=1)
    return await session.scalar(adding.on_conflict_do_nothing().returning(Questionnaire.id))


async def versions_of(
    session: AsyncSession, store_id: UUID, questionnaire_ids: Iterable[UUID]
) -> Sequence[QuestionnaireVersion]:
    """Oldest first."""
    query = (
        select(QuestionnaireVersion)
        .where(QuestionnaireVersion.store_id == store_id, QuestionnaireVersion.questionnaire_id.in_(questionnaire_ids))
        .order_by(QuestionnaireVersion.questionnaire_id, QuestionnaireVersion.number)
    )
    return (await session.scalars(query)).all()


async def published(session: AsyncSession, store_id: UUID, codes: Iterable[str]) -> list[PublishedVersion]:
    """Oldest first, without their content."""
    version = QuestionnaireVersion
    query = (
        select(version.id, version.questionnaire_id, Questionnaire.code, version.number, version.published_at)
        .join(Questionnaire, Questionnaire.id == version.questionnaire_id)
        .where(version.store_id == store_id, version.state == "published", Questionnaire.code.in_(codes))
        .order_by(Questionnaire.code, version.number)
    )
    return [PublishedVersion(*row) for row in await session.execute(query)]


async def contents(session: AsyncSession, store_id: UUID, version_ids: Iterable[UUID]) -> dict[UUID, object]:
    version = QuestionnaireVersion
    query = select(version.id, version.content).where(version.store_id == store_id, version.id.in_(version_ids))
    return {row.id: row.content for row in await session.execute(query)}
