"""The address of scores."""

from datetime import date
from fractions import Fraction
from typing import Annotated

from fastapi import Depends, Query, Request

from chassis.auth import CurrentStore, allow
from chassis.errors import BadRequest, field_error
from chassis.http import CurrentSession, Router
from chassis.representation import ExactDecimal, QueryText
from services.survey.domain.estimates import Prior
from services.survey.domain.scoring import Beta, GroupScore, shrunk
from services.survey.endpoints.roles import READERS
from services.survey.repository.scores import Grouping, OrderCounts
from services.survey.schemas import scores as reading
from services.survey.schemas.scores import BetaPriorRead, GroupRead, MomentsRead, PriorRead, ScoresRead
from services.survey.service.scores import Scores, Wish, scores_of
from services.survey.settings import Settings

router = Router(tags=["scores"])


def _prior(
    prior_mean: Annotated[ExactDecimal | None, Query(description="CSI that groups are pulled to")] = None,
    prior_weight: Annotated[ExactDecimal | None, Query(description="k: answers that the prior is worth")] = None,
) -> Prior | None:
    if prior_mean is None and prior_weight is None:
        return None
    if prior_mean is None or prior_weight is None or prior_weight < 0:
        raise _both_needed("prior_mean", "prior_weight")
    return Prior(Fraction(prior_mean), Fraction(prior_weight))


def _beta(
    prior_successes: Annotated[ExactDecimal | None, Query(description="α of the prior of top-box shares")] = None,
    prior_failures: Annotated[ExactDecimal | None, Query(description="β of the prior of top-box shares")] = None,
) -> Beta | None:
    if prior_successes is None and prior_failures is None:
        return None
    if prior_successes is None or prior_failures is None or min(prior_successes, prior_failures) <= 0:
        raise _both_needed("prior_successes", "prior_failures")
    return Beta(Fraction(prior_successes), Fraction(prior_failures))


def _period(
    first: Annotated[date, Query(alias="from", description="first day of the store")],
    last: Annotated[date, Query(alias="to", description="last day of the store")],
) -> tuple[date, date]:
    return first, last


def _wish(
    questionnaire: QueryText,
    period: Annotated[tuple[date, date], Depends(_period)],
    prior: Annotated[Prior | None, Depends(_prior)],
    beta: Annotated[Beta | None, Depends(_beta)],
    by: Grouping = Grouping.NONE,
) -> Wish:
    return Wish(questionnaire, *period, by, prior, beta)


@router.get("/v1/scores", operation_id="read_scores", dependencies=[allow(*READERS)])
async def read(
    wish: Annotated[Wish, Depends(_wish)],
    session: CurrentSession,
    store: CurrentStore,
    request: Request,
    minimum_n: Annotated[int | None, Query(ge=1, description="none: the setting of the service")] = None,
) -> ScoresRead:
    """CSI, boxes, NPS and gap per group, each with n and interval; without a prior given the groups suggest one."""
    settings: Settings = request.app.state.settings
    found = await scores_of(session, store.id, wish)
    minimum = minimum_n or settings.minimum_n
    return ScoresRead(
        questionnaire=wish.questionnaire,
        questionnaire_version=found.version,
        first=wish.first,
        last=wish.last,
        by=wish.by.value,
        minimum_n=minimum,
        prior=PriorRead(
            source=found.prior_source,
            mean=reading.rounded(found.prior.mean if found.prior else None),
            weight=reading.rounded(found.prior.weight if found.prior else None),
        ),
        beta_prior=_beta_read(wish.beta),
        groups=[_group(found, key, minimum, settings.contacts_per_arrival) for key in found.in_order()],
    )


def _group(found: Scores, key: str | None, minimum: int, contacts: int) -> GroupRead:
    group: GroupScore = found.groups[key]
    orders = found.orders.get(key, OrderCounts())
    return GroupRead(
        key=key,
        n=group.n,
        below_minimum=group.n < minimum,
        csi=reading.estimate_read(group.csi),
        csi_shrunk=reading.rounded(shrunk(group.csi, found.prior) if group.csi else None),
        factors=[reading.factor_read(factor) for factor in group.factors],
        nps=reading.nps_read(group.nps),
        gap=reading.estimate_read(group.gap),
        weighted_gap=reading.estimate_read(group.weighted_gap),
        disconfirmation=reading.disconfirmation_read(group.disconfirmation),
        response_rate=reading.response_rate_read(orders.answered, orders.delivered),
        moments_of_truth=MomentsRead(
            arrivals=orders.arrivals, contacts_per_arrival=contacts, total=orders.arrivals * contacts
        ),
    )


def _beta_read(beta: Beta | None) -> BetaPriorRead | None:
    if beta is None:
        return None
    successes, failures = reading.rounded(beta.successes), reading.rounded(beta.failures)
    assert successes is not None
    assert failures is not None
    return BetaPriorRead(successes=successes, failures=failures)


def _both_needed(first: str, second: str) -> BadRequest:
    why = f"{first} and {second} are given together, both above zero"
    return BadRequest(why, errors=[field_error(f"/query/{first}", "incomplete", why)])
