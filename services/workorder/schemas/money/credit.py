"""Bodies of credit terms and of receivables with their age."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.representation import Money, RequestBody, ResponseBody
from services.workorder.domain.money.receivable import Age, Debtor
from services.workorder.schemas.money.money import NotNegative
from services.workorder.schemas.text import Code, Told


class CreditTermsCreate(RequestBody):
    """From today on where no day is given; a limit of 0.00 ends the credit."""

    customer_number: Code
    credit_limit: NotNegative
    days: Annotated[int, Field(ge=0, le=365)]
    valid_from: date | None = None
    note: Told | None = None


class CreditTermsRead(ResponseBody):
    id: UUID
    customer_number: str
    valid_from: date
    credit_limit: Money
    currency: str
    days: int
    note: str | None
    set_by: str
    set_at: datetime


class SumsRead(ResponseBody):
    total: Money
    ages: dict[Age, Money]


class DebtorSums(SumsRead):
    debtor: Debtor


class CustomerSums(SumsRead):
    customer_number: str | None
    customer_name: str | None


class AdvisorSums(SumsRead):
    advisor: str | None


class ReceivableRead(ResponseBody):
    order_id: UUID
    order_number: str
    advisor: str | None
    customer_number: str | None
    customer_name: str | None
    debtor: Debtor
    since: date
    due_on: date
    days_past_due: int
    age: Age
    open: Money


class ReceivableSums(ResponseBody):
    """`customers` and `advisors` are of what customers owe. `held` is theirs beyond what they owe."""

    as_of: date
    currency: str
    debtors: list[DebtorSums]
    customers: list[CustomerSums]
    advisors: list[AdvisorSums]
    held: Money
