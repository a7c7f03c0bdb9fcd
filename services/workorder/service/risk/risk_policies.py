"""The thresholds of a store: those that are shipped until it sets its own, each version kept with who and why."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Invalid, field_error
from chassis.representation import check_version
from services.workorder.domain.probability import OutsideItsRange
from services.workorder.domain.risk.risk import RiskPolicy
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.models import RiskPolicyVersion
from services.workorder.repository.risk import risk_policies
from services.workorder.schemas.risk.risk_policies import RiskPolicyUpdate
from services.workorder.service.desk import Desk

SHIPPED_REASON = "shipped with the product"


async def policy_in_force(session: AsyncSession, store_id: UUID, *, lock: bool = False) -> RiskPolicyVersion:
    """Version 0 is the one that is shipped, which is stored nowhere."""
    found = await risk_policies.newest_policy(session, store_id, lock=lock)
    return found or RiskPolicyVersion(
        store_id=store_id, version=0, thresholds=RiskPolicy().told(), made_by=OWN_SOURCE, reason=SHIPPED_REASON,
        created_at=None,
    )  # fmt: skip


def thresholds_of(version: RiskPolicyVersion) -> RiskPolicy:
    return RiskPolicy.read(version.thresholds)


async def change_policy(desk: Desk, expected: int, body: RiskPolicyUpdate) -> RiskPolicyVersion:
    """The next version: what is left out stays as it is. It holds from the next review on."""
    current = await policy_in_force(desk.session, desk.store_id, lock=True)
    check_version(current.version, expected)
    changed = _changed(thresholds_of(current), body)
    version = RiskPolicyVersion(
        store_id=desk.store_id, version=current.version + 1, thresholds=changed.told(), made_by=desk.person,
        reason=body.reason, created_at=desk.now,
    )  # fmt: skip
    desk.session.add(version)
    await desk.session.flush()
    return version


def _changed(thresholds: RiskPolicy, body: RiskPolicyUpdate) -> RiskPolicy:
    try:
        return RiskPolicy.read(body.told_over(thresholds.told()))
    except OutsideItsRange as error:
        raise Invalid(str(error), errors=[field_error("", "thresholds-refused", str(error))]) from error
