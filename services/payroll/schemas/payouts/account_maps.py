"""Bodies of a store's departments and accounts."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chassis.representation import RequestBody, ResponseBody
from services.payroll.domain.payouts.ledger import Account, Department
from services.payroll.schemas.months.months import Name


class AccountBody(RequestBody):
    code: Name
    name_zh: Name
    name_en: Name

    def account(self) -> Account:
        return Account(self.code, self.name_zh, self.name_en)


class DepartmentBody(RequestBody):
    """`account` is that of its posts' pay, an expense."""

    code: Name
    name_zh: Name
    name_en: Name
    account: AccountBody

    def department(self) -> Department:
        return Department(self.code, self.name_zh, self.name_en, self.account.account())


class PostOf(RequestBody):
    """A post by its code or the shop's own word, and the code of its department."""

    post: Name
    department: Name


class AccountMapCreate(RequestBody):
    """`other` is the account of the pay of posts that are of no department, `payable` that of what is owed."""

    valid_from: date | None = None
    departments: Annotated[list[DepartmentBody], Field(min_length=1, max_length=100)]
    posts: Annotated[list[PostOf], Field(max_length=500)]
    other: AccountBody
    payable: AccountBody


class AccountMapRead(ResponseBody):
    """`valid_from`, `set_by` and `created_at` are null of the shipped one."""

    valid_from: date | None
    departments: list[DepartmentBody]
    posts: list[PostOf]
    other: AccountBody
    payable: AccountBody
    set_by: str | None
    created_at: datetime | None
