"""The use case of scores: counts from the repository, figures from the domain, all groups held against one prior."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from services.survey.domain.estimates import Prior, credibility
from services.survey.domain.refusals import NotPublished
from services.survey.domain.scoring import Beta, GroupScore, Tally, score
from services.survey.repository import scores
from services.survey.repository.scores import Grouping, OrderCounts, Scope
from services.survey.service.sheets import Sheet, load_sheets


@dataclass(frozen=True)
class Wish:
    """What to score, and what the caller holds the figures against."""

    questionnaire: str
    first: date
    last: date
    by: Grouping
    prior: Prior | None
    beta: Beta | None


@dataclass(frozen=True)
class Scores:
    version: int
    prior: Prior | None
    prior_source: Literal["given", "estimated", "none"]
    groups: Mapping[str | None, GroupScore]
    orders: Mapping[str | None, OrderCounts]

    def in_order(self) -> list[str | None]:
        """Every group that has answers or orders; what belongs to none comes last."""
        return sorted({*self.groups, *self.orders}, key=lambda key: (key is None, key or ""))


async def scores_of(session: AsyncSession, store_id: UUID, wish: Wish) -> Scores:
    """Over all versions of the questionnaire: a question keeps its meaning, the newest version gives the weights."""
    sheet = await _newest(session, store_id, wish.questionnaire)
    questionnaire = sheet.answers.questionnaire
    scope = Scope(
        store_id=store_id,
        questionnaire_id=sheet.version.questionnaire_id,
        first=wish.first,
        last=wish.last,
        by=wish.by,
        questions=questionnaire.numeric,
        factors=tuple(factor.id for factor in questionnaire.factors),
        combined=questionnaire.combined,
    )
    tallies = await scores.tallies(session, scope)
    orders = await scores.order_counts(session, scope)
    groups = {key: score(questionnaire, tallies.get(key, Tally()), wish.beta) for key in {*tallies, *orders}}
    suggested = credibility([g.csi for key, g in groups.items() if key is not None and g.csi is not None])
    prior = wish.prior or suggested
    source: Literal["given", "estimated", "none"] = "given" if wish.prior else "estimated" if suggested else "none"
    return Scores(sheet.version.number, prior, source, groups, orders)


async def _newest(session: AsyncSession, store_id: UUID, code: str) -> Sheet:
    sheets = await load_sheets(session, store_id, [code])
    if code in sheets.by_code:
        return sheets.by_code[code][-1]
    raise NotFound(f"No questionnaire {code} is published here", slug=NotPublished.slug)
