"""Credit: the terms of payers, and whether a car may leave on them. What is owed is read from the orders themselves."""

from decimal import Decimal

from services.workorder.domain.money.credit import NO_CREDIT, require_credit, require_override_allowed
from services.workorder.domain.money.receivable import Debtor
from services.workorder.models import CreditTerms, RepairOrder
from services.workorder.repository.money import receivables
from services.workorder.schemas.money.credit import CreditTermsCreate
from services.workorder.service.desk import Desk, given
from services.workorder.service.orders.timeline import note


async def set_terms(desk: Desk, body: CreditTermsCreate) -> CreditTerms:
    """From their day on; what held before stays on record."""
    values = given(body, "valid_from")
    terms = CreditTerms(
        store_id=desk.store_id, valid_from=body.valid_from or desk.today, set_by=desk.person, set_at=desk.now, **values
    )
    desk.session.add(terms)
    await desk.session.flush()
    return terms


async def leave_on_credit(desk: Desk, order: RepairOrder, override: str | None) -> None:
    """The order counts as left already; its payer is held, so that two cars do not leave on the same credit."""
    payer, numbers, terms = order.payer_number or order.customer_number, list[str](), NO_CREDIT
    day = max(desk.today, order.left_on or desk.today)
    if payer is not None:
        payer, numbers = await receivables.lock_payer(desk.session, desk.store_id, payer)
        terms = await receivables.terms_on(desk.session, desk.store_id, payer, day)
    owed = await receivables.open_of_payer(desk.session, desk.store_id, day, order.id, numbers)
    theirs = [each for each in owed if each.debtor is Debtor.CUSTOMER and each.open > 0]
    here = sum((each.open for each in theirs if each.order_id == order.id), Decimal("0.00"))
    elsewhere = sum((each.open for each in theirs if each.order_id != order.id), Decimal("0.00"))
    if override is None:
        require_credit(terms, elsewhere, here)
    else:
        require_override_allowed(desk.principal.roles)
    await note(
        desk, order.id, "credit.given", open=here, owed_elsewhere=elsewhere, limit=terms.limit, override=override
    )
