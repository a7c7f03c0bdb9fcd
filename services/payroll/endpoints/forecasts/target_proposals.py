"""Proposals of targets from the shop's own history; one is accepted by setting it as a target."""

from collections.abc import Mapping
from uuid import UUID

from chassis.auth import allow
from chassis.errors import Invalid, field_error
from chassis.http import Router
from services.payroll.domain.forecasts.target_proposal import FORMULAS, Proposal
from services.payroll.domain.month import Month
from services.payroll.domain.vocabulary import METRICS
from services.payroll.endpoints.access import PAY_ROLES, CurrentCall
from services.payroll.schemas.forecasts.target_proposals import (
    ProposalWish,
    Reached,
    TargetNotProposed,
    TargetProposal,
    TargetProposals,
)
from services.payroll.service.forecasts import target_proposals
from services.payroll.service.forecasts.target_proposals import Whose, Wish
from services.payroll.service.refusals import problem_of

router = Router(tags=["targets"])


@router.post("/v1/target-proposals", operation_id="propose_targets", dependencies=[allow(*PAY_ROLES)])
async def propose_targets(body: ProposalWish, call: CurrentCall) -> TargetProposals:
    """Nothing is kept: a value is accepted with `POST /v1/targets`, and binds once it is signed.

    Without a subject, those of whom nothing can be proposed are told with the problem of each.
    """
    metric = METRICS.code(body.metric)
    if metric is None:
        error = field_error("/metric", "metric-unknown", body.metric)
        raise Invalid("There is no such metric", errors=[error])
    step = body.step or metric
    one = None if body.scope is None or body.subject is None else (body.scope, body.subject)
    until = None if body.until is None else Month.parse(body.until)
    told = await target_proposals.proposals(call, Wish(Month.parse(body.month), metric, one, step, until))
    found = told.found
    items = [_read(whose, metric, each, told.runs) for whose, each in found.items() if isinstance(each, Proposal)]
    refused = [
        TargetNotProposed(scope=scope, subject=subject, metric=metric, problem=dict(problem_of(each) or {}))
        for (scope, subject), each in found.items()
        if not isinstance(each, Proposal)
    ]
    return TargetProposals(month=body.month, step=step, proposals=items, not_proposed=refused)


def _read(whose: Whose, metric: str, proposal: Proposal, runs: Mapping[Month, UUID]) -> TargetProposal:
    scope, subject = whose
    numbers = [
        Reached(month=str(month), value=str(value), run_id=runs[month])
        for month, value in sorted(proposal.numbers.items())
    ]
    return TargetProposal(
        scope=scope, subject=subject, metric=metric, rule=proposal.rule, formula=FORMULAS[proposal.rule],
        numbers=numbers, exact=str(proposal.exact), rounded_to=proposal.rounded_to, value=proposal.value,
    )  # fmt: skip
