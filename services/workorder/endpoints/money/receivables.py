"""Credit terms over HTTP, and what is owed to the store with its age."""

from datetime import date

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import Page, PageOf, QueryText, paginate
from services.workorder.domain.money.receivable import Aged, Receivable, age_of, aged
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import MANAGERS, READERS, TILL
from services.workorder.models import CreditTerms
from services.workorder.repository.money import receivables as repository
from services.workorder.schemas.money.credit import (
    AdvisorSums,
    CreditTermsCreate,
    CreditTermsRead,
    CustomerSums,
    DebtorSums,
    ReceivableRead,
    ReceivableSums,
)
from services.workorder.service.desk import Desk
from services.workorder.service.money import credit

router = Router(tags=["receivables"])
LOOK = (*TILL, "auditor", "service_advisor")


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


@router.get("/v1/receivables", dependencies=[allow(*LOOK)])
async def list_receivables(desk: CurrentDesk, wish: PageOf, as_of: date | None = None) -> Page[ReceivableRead]:
    """What is owed of orders that are settled or have left; what is due longest comes first."""
    day = as_of or desk.today
    query, keys = repository.owed(desk.store_id, day)
    rows, following = await paginate(desk.session, query, keys, wish)
    items = [_order(each, day) for each in repository.receivables_read(rows)]
    return Page(items=items, limit=wish.limit, next=following)


@router.get("/v1/receivables/sums", dependencies=[allow(*LOOK)])
async def read_receivable_sums(desk: CurrentDesk, as_of: date | None = None) -> ReceivableSums:
    """All of them together, by who owes it and how long it is due."""
    day = as_of or desk.today
    found = await repository.open_by_debtor(desk.session, desk.store_id, day)
    members = {"as_of": day, "currency": desk.store.currency}
    return ReceivableSums.model_validate({**members, **_sums(aged(found, day))})
