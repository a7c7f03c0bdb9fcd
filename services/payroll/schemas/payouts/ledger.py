"""Bodies of accounting entries."""

from uuid import UUID

from chassis.representation import Money, ResponseBody


class EntryRead(ResponseBody):
    """One side is zero; the other is below it where a later closing takes back what one before had too much (红字).

    A correction names the closed month (`of_month`) that it belongs to.
    """

    department: str
    department_zh: str
    department_en: str
    account: str
    account_zh: str
    account_en: str
    kind: str
    kind_zh: str
    kind_en: str
    of_month: str | None
    debit: Money
    credit: Money


class EntryWarning(ResponseBody):
    """`subject` is a post that is of no department; empty for those who have no post."""

    code: str
    subject: str
    chinese: str
    english: str


class EntriesRead(ResponseBody):
    """Of one closing (`revision`): what it adds to those before it. `debit` and `credit` are equal; of all closings the
    departments' expenses less what stands against them are the month's total."""

    store: UUID
    month: str
    revision: int
    currency: str
    debit: Money
    credit: Money
    entries: list[EntryRead]
    warnings: list[EntryWarning]
