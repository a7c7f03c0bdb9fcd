"""What the insurer approves further, and what he pays. The order is locked, the approval keeps its former versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from chassis.representation import check_version
from services.workorder.domain.money.cash import require_day_begun
from services.workorder.domain.money.insurance import (
    ApprovalMissing,
    require_insurer_payable,
    require_not_taken_back,
    require_room,
    supplemented,
)
from services.workorder.events import published
from services.workorder.models import InsurerApproval, InsurerPayment, InsurerPaymentTakenBack, InsurerSupplement
from services.workorder.repository.history import keep_former
from services.workorder.repository.money import insurance
from services.workorder.repository.orders import orders
from services.workorder.schemas.money.insurance import InsurerPaymentCreate, SupplementCreate
from services.workorder.service.desk import Desk, given
from services.workorder.service.orders.timeline import note


@dataclass(frozen=True)
class Account:
    """The approval has the total, supplements included."""

    approval: InsurerApproval
    supplements: Sequence[InsurerSupplement]
    received: Decimal

    @property
    def open(self) -> Decimal:
        return self.approval.approved_amount - self.received


async def account_of(desk: Desk, order_id: UUID) -> Account:
    await orders.order_by_id(desk.session, desk.store_id, order_id)
    approval = await insurance.approval_of(desk.session, desk.store_id, order_id)
    if approval is None:
        raise ApprovalMissing("Enter what the insurer has approved first")
    supplements = await insurance.supplements_of(desk.session, desk.store_id, order_id)
    return Account(approval, supplements, await insurance.received_for(desk.session, desk.store_id, order_id))


async def supplement(desk: Desk, order_id: UUID, expected: int, body: SupplementCreate) -> Account:
    """The approval keeps its day, so that what was counted by it is corrected and nothing is counted twice."""
    require_day_begun(body.approved_on, desk.today)
    await orders.lock_order(desk.session, desk.store_id, order_id)
    account = await account_of(desk, order_id)
    approval = account.approval
    check_version(approval.version, expected)
    require_room(len(account.supplements))
    total = supplemented(approval.approved_amount, body.amount, account.received)
    owner_share = approval.owner_share if body.owner_share is None else body.owner_share
    values = {**given(body), "owner_share": owner_share}
    await keep_former(desk.session, "insurer_approvals", [approval.id])
    desk.session.add(
        InsurerSupplement(store_id=desk.store_id, order_id=order_id, made_by=desk.person, made_at=desk.now, **values)
    )
    approval.approved_amount, approval.owner_share = total, owner_share
    approval.version += 1
    approval.updated_at = desk.now
    await desk.session.flush()
    await note(desk, order_id, "insurer.supplemented", amount=body.amount, approved=total, reason=body.reason)
    await published.publish_states(desk.session, published.INSURER_APPROVALS, [approval.id])
    return await account_of(desk, order_id)


async def take_payment(desk: Desk, order_id: UUID, body: InsurerPaymentCreate) -> InsurerPayment:
    require_day_begun(body.paid_on, desk.today)
    await orders.lock_order(desk.session, desk.store_id, order_id)
    require_insurer_payable(body.amount, (await account_of(desk, order_id)).open)
    payment = InsurerPayment(
        store_id=desk.store_id, order_id=order_id, taken_by=desk.person, taken_at=desk.now, **given(body)
    )
    desk.session.add(payment)
    await desk.session.flush()
    await note(desk, order_id, "insurer.paid", amount=body.amount, reference=body.reference)
    await published.publish_states(desk.session, published.INSURER_PAYMENTS, [payment.id])
    return await insurance.payment_by_id(desk.session, desk.store_id, payment.id)


async def take_back(desk: Desk, payment_id: UUID, reason: str) -> InsurerPayment:
    """The payment stays and counts no more. The order is locked: of two at once the second is told."""
    found = await insurance.payment_by_id(desk.session, desk.store_id, payment_id)
    await orders.lock_order(desk.session, desk.store_id, found.order_id)
    payment = await insurance.payment_by_id(desk.session, desk.store_id, payment_id)
    require_not_taken_back(taken_back=payment.back is not None)
    desk.session.add(
        InsurerPaymentTakenBack(
            store_id=desk.store_id, payment_id=payment.id, reason=reason, taken_back_by=desk.person,
            taken_back_at=desk.now,
        )
    )  # fmt: skip
    await desk.session.flush()
    await note(desk, payment.order_id, "insurer.taken_back", amount=payment.amount, reason=reason)
    await published.publish_states(desk.session, published.INSURER_PAYMENTS, [payment.id])
    return await insurance.payment_by_id(desk.session, desk.store_id, payment.id)
