"""The risk control's figures per person and month over HTTP."""

from datetime import timedelta

from chassis.auth import allow
from chassis.http import Router
from services.workorder.endpoints.desk import CurrentDesk
from services.workorder.endpoints.period import CurrentMonth
from services.workorder.endpoints.risk.risk_flags import MEASURED, SEE_ALL, only_about
from services.workorder.repository.risk.risk_facts import Window
from services.workorder.schemas.risk.risk_figures import PersonRiskFigures, RiskFigures
from services.workorder.service.risk import risk_figures

router = Router(tags=["risk control"])


@router.get("/v1/risk-figures", dependencies=[allow(*SEE_ALL, *MEASURED)])
async def read_risk_figures(desk: CurrentDesk, month: CurrentMonth) -> RiskFigures:
    """Everybody's; an advisor and a technician read their own, reckoned against all the others."""
    window = Window(month.begin, month.next - timedelta(days=1))
    found = await risk_figures.month_figures(desk, window)
    own = only_about(desk)
    return RiskFigures(
        month=f"{month.begin:%Y-%m}",
        begin=window.begin,
        end=window.end,
        currency=desk.store.currency,
        policy_version=found.policy_version,
        people=[PersonRiskFigures.of(each, found.confirmed) for each in found.people if own in (None, each.person)],
    )
