"""Published versions ready to take answers. A version never changes, so its compiled form may be kept in memory."""

from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.answers import AnswerSheet
from services.survey.repository import questionnaires
from services.survey.repository.questionnaires import PublishedVersion
from services.survey.schemas.content import QuestionnaireContent, questionnaire_of

_KEPT = 256
_compiled: OrderedDict[UUID, AnswerSheet] = OrderedDict()


@dataclass(frozen=True)
class Sheet:
    version: PublishedVersion
    answers: AnswerSheet


@dataclass(frozen=True)
class Sheets:
    """The published versions of some questionnaires, oldest first."""

    by_code: dict[str, list[Sheet]]

    def in_force(self, code: str, at: datetime) -> Sheet:
        """The version that was published last at that time; the first one for answers from before it.

        So an answer that is sent again later meets the version that it met the first time.
        """
        versions = self.by_code[code]
        newer = bisect_right(versions, at, key=lambda sheet: sheet.version.published_at or at)
        return versions[max(newer - 1, 0)]

    def numbered(self, code: str, number: int) -> Sheet | None:
        return next((sheet for sheet in self.by_code.get(code, []) if sheet.version.number == number), None)


async def load_sheets(session: AsyncSession, store_id: UUID, codes: Iterable[str]) -> Sheets:
    versions = await questionnaires.published(session, store_id, set(codes))
    ready = {version.id: _compiled[version.id] for version in versions if version.id in _compiled}
    missing = [version.id for version in versions if version.id not in ready]
    if missing:
        for version_id, content in (await questionnaires.contents(session, store_id, missing)).items():
            ready[version_id] = AnswerSheet(questionnaire_of(QuestionnaireContent.model_validate(content)))
    _keep(ready)
    by_code: dict[str, list[Sheet]] = defaultdict(list)
    for version in versions:
        by_code[version.code].append(Sheet(version, ready[version.id]))
    return Sheets(dict(by_code))


def _keep(ready: dict[UUID, AnswerSheet]) -> None:
    """The ones used last stay."""
    for version_id, sheet in ready.items():
        _compiled[version_id] = sheet
        _compiled.move_to_end(version_id)
    while len(_compiled) > _KEPT:
        _compiled.popitem(last=False)
