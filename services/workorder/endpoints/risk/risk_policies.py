"""Risk policies over HTTP: the thresholds in force, the next version, and every version there was."""

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import MANAGERS, REVIEWERS
from services.workorder.models import RiskPolicyVersion
from services.workorder.repository.risk import risk_policies as repository
from services.workorder.schemas.risk.risk_policies import RiskPolicyRead, RiskPolicyUpdate
from services.workorder.service.risk import risk_policies

router = Router(tags=["risk control"])
_READERS = (*REVIEWERS, "service_advisor", "technician", "auditor")
"""Who is measured may know by what."""


def _read(version: RiskPolicyVersion, response: Response | None = None) -> RiskPolicyRead:
    return document(RiskPolicyRead, version, response, **risk_policies.thresholds_of(version).told())


@router.get("/v1/risk-policies", dependencies=[allow(*_READERS)])
async def list_risk_policies(desk: CurrentDesk, wish: PageOf) -> Page[RiskPolicyRead]:
    """Every version that the store has set, the newest first."""
    return await page(desk, wish, repository.policies(desk.store_id), [RiskPolicyVersion.version], _read)


@router.get("/v1/risk-policies/current", dependencies=[allow(*_READERS)])
async def read_risk_policy(desk: CurrentDesk, response: Response) -> RiskPolicyRead:
    """What the next review goes by; the version that is shipped as long as the store has none of its own."""
    return _read(await risk_policies.policy_in_force(desk.session, desk.store_id), response)


@router.patch("/v1/risk-policies/current", dependencies=[allow(*MANAGERS)])
async def change_risk_policy(
    body: RiskPolicyUpdate, expected: IfMatch, desk: CurrentDesk, response: Response
) -> RiskPolicyRead:
    """The next version, with who and why; the former ones stay."""
    return _read(await risk_policies.change_policy(desk, expected, body), response)
