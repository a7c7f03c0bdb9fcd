"""Credit terms over HTTP, and what is owed to the store with its age."""

from datetime import date

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import Page, PageOf, QueryText
from services.workorder.domain.receivable import Aged, Receivable, age_of, aged
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import MANAGERS, READERS, TILL
from services.workorder.models import CreditTerms
from services.workorder.repository import receivables as repository
from services.workorder.schemas.credit import (
    AdvisorSums,
    CreditTermsCreate,
    CreditTermsRead,
    CustomerSums,
    DebtorSums,
    ReceivableRead,
    ReceivablesRead,
)
from services.workorder.service import credit
from services.workorder.service.desk import Desk

router = Router(tags=["receivables"])
MOST_ORDERS = 200


def _terms(desk: Desk, row: CreditTerms) -> CreditTermsRead:
    return document(CreditTermsRead, row, currency=desk.store.currency)


@router.post("/v1/credit-terms", status_code=201, dependencies=[allow(*MANAGERS)])
async def set_credit_terms(body: CreditTermsCreate, desk: CurrentDesk) -> CreditTermsRead:
    """How much a payer may owe, and for how long, from a day on."""
    return _terms(desk, await credit.set_terms(desk, body))


@router.get("/v1/credit-terms", dependencies=[allow(*READERS)])
async def list_credit_terms(
    desk: CurrentDesk, wish: PageOf, customer: QueryText | None = None
) -> Page[CreditTermsRead]:
    """The newest first; of a payer the first that has begun holds."""
    keys = [CreditTerms.valid_from, CreditTerms.id]
    return await page(desk, wish, repository.terms(desk.store_id, customer), keys, lambda row: _terms(desk, row))


def _order(each: Receivable, as_of: date) -> ReceivableRead:
    days = each.days_past_due(as_of)
    return document(ReceivableRead, each, None, days_past_due=days, age=age_of(days))


def _sums(found: Aged) -> dict[str, object]:
    by_total = sorted(found.customers.items(), key=lambda each: -each[1].total)
    return {
        "debtors": [DebtorSums(debtor=each, **vars(sums)) for each, sums in found.debtors.items()],
        "customers": [
            CustomerSums(customer_number=number, customer_name=name, **vars(sums)) for (number, name), sums in by_total
        ],
        "advisors": [
            AdvisorSums(advisor=each, **vars(found.advisors[each]))
            for each in sorted(found.advisors, key=lambda each: each or "")
        ],
        "held": found.held,
    }


@router.get("/v1/receivables", dependencies=[allow(*TILL, "auditor", "service_advisor")])
async def read_receivables(desk: CurrentDesk, as_of: date | None = None) -> ReceivablesRead:
    """What is open of orders that are settled or have left, by who owes it and how long it is due."""
    day = as_of or desk.today
    found = await repository.open_by_debtor(desk.session, desk.store_id, day)
    owed = [each for each in found if each.open > 0]
    orders = [_order(each, day) for each in owed[:MOST_ORDERS]]
    members = {"as_of": day, "currency": desk.store.currency, "orders": orders, "more": len(owed) > MOST_ORDERS}
    return ReceivablesRead.model_validate({**members, **_sums(aged(found, day))})
