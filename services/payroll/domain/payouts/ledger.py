"""A closed month's pay as accounting entries: each department's expense against pay owed, balanced to the cent; of a
later closing what they differ by from those of the one before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from services.payroll.domain.errors import PayrollRefusal
from services.payroll.domain.vocabulary import POSTS

ZERO = Decimal("0.00")


class PayKind(StrEnum):
    BASE_PAY = "base_pay"
    BONUS = "bonus"
    ADDED = "added"
    DEDUCTED = "deducted"
    CORRECTION = "correction"
    PAYABLE = "payable"


KIND_NAMES: Mapping[PayKind, tuple[str, str]] = {
    PayKind.BASE_PAY: ("基本工资", "base pay"),
    PayKind.BONUS: ("奖金", "bonus"),
    PayKind.ADDED: ("补贴", "allowances"),
    PayKind.DEDUCTED: ("扣款", "deductions"),
    PayKind.CORRECTION: ("以前月份更正", "correction of an earlier month"),
    PayKind.PAYABLE: ("应付工资", "pay owed"),
}


@dataclass(frozen=True, slots=True)
class Account:
    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Department:
    """Its posts' pay is an expense of the account."""

    code: str
    name_zh: str
    name_en: str
    account: Account


OTHER = "other"
"""The code of the department of those whose post is of none."""


class AccountMapInvalid(PayrollRefusal):
    slug = "account-map-invalid"
    title = "Departments, posts and accounts do not fit together"


@dataclass(frozen=True, slots=True)
class AccountMap:
    """Which department a post is of (both by their codes), and the accounts of what is owed and of other posts' pay."""

    departments: Mapping[str, Department]
    posts: Mapping[str, str]
    other: Department
    payable: Account

    def department_of(self, post: str | None) -> Department:
        return self.departments.get(self.posts.get(post or "", OTHER), self.other)


def map_of(
    departments: Sequence[Department], posts: Sequence[tuple[str, str]], other: Account, payable: Account
) -> AccountMap:
    """`posts` are posts, by code or as the shop writes them, each with the code of a department."""
    named: dict[str, Department] = {}
    faults = []
    for at, department in enumerate(departments):
        if department.code in named or department.code == OTHER:
            faults.append(_fault(f"/departments/{at}/code", "taken", f"{department.code} 已有 / is taken"))
        named[department.code] = department
    of: dict[str, str] = {}
    for at, (written, code) in enumerate(posts):
        post = POSTS.code(written) or written
        if post in of:
            faults.append(_fault(f"/posts/{at}/post", "repeated", f"{post} 写了两次 / is named twice"))
        if code not in named:
            faults.append(_fault(f"/posts/{at}/department", "unknown", f"没有部门 / no department {code}"))
        of[post] = code
    if faults:
        error = AccountMapInvalid("; ".join(fault["detail"] for fault in faults))
        error.errors = faults
        raise error
    return AccountMap(named, of, other_department(other), payable)


def other_department(account: Account) -> Department:
    return Department(OTHER, "其他", "Other", account)


def _fault(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}


_SELLING = Account("6601.01", "销售费用-工资", "Selling expenses, pay")
_COST = Account("6401.01", "主营业务成本-工资", "Cost of services, pay")
_ADMINISTRATION = Account("6602.01", "管理费用-工资", "Administrative expenses, pay")
SHIPPED_MAP = map_of(
    [
        Department("front_desk", "前台", "Front desk", _SELLING),
        Department("accessories", "精品与配件", "Accessories and parts", _SELLING),
        Department("workshop", "车间", "Workshop", _COST),
        Department("management", "管理", "Management", _ADMINISTRATION),
    ],
    [
        ("service_advisor", "front_desk"), ("advisor_assistant", "front_desk"), ("desk_supervisor", "front_desk"),
        ("customer_care", "front_desk"), ("accessory_seller", "accessories"), ("parts_clerk", "accessories"),
        ("mechanic", "workshop"), ("body_technician", "workshop"), ("accessory_installer", "workshop"),
        ("quality_inspector", "workshop"), ("workshop_manager", "workshop"), ("service_manager", "management"),
    ],
    _ADMINISTRATION,
    Account("2211.01", "应付职工薪酬-工资", "Pay owed to employees"),
)  # fmt: skip
"""Until a store has its own: accounts of 企业会计准则 (CAS)."""


@dataclass(frozen=True, slots=True)
class PaidAmount:
    """One amount of a statement; a correction names the closed month it belongs to."""

    post: str | None
    kind: PayKind
    amount: Decimal
    of_month: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One side is zero, the other above it (蓝字), or below (红字) where a closing takes back what one before told."""

    department: Department
    account: Account
    kind: PayKind
    of_month: str
    debit: Decimal
    credit: Decimal


def entries_of(paid: Iterable[PaidAmount], accounts: AccountMap) -> list[Entry]:
    """By department, then kind of pay, with what is owed after each department's expenses.

    A sum below zero stands on the other side; one of zero does not stand at all.
    """
    sums: dict[tuple[str, PayKind, str], Decimal] = {}
    owed: dict[str, Decimal] = {}
    for each in paid:
        of = accounts.department_of(each.post).code
        key = (of, each.kind, each.of_month)
        sums[key] = sums.get(key, ZERO) + each.amount
        owed[of] = owed.get(of, ZERO) + each.amount
    found = []
    for department in (*accounts.departments.values(), accounts.other):
        for kind in PayKind:
            months = sorted(month for code, of_kind, month in sums if (code, of_kind) == (department.code, kind))
            found += [_entry(department, kind, month, sums[department.code, kind, month]) for month in months]
        due = _entry(department, PayKind.PAYABLE, "", -owed.get(department.code, ZERO), accounts.payable)
        found.append(due)
    return [entry for entry in found if entry.debit or entry.credit]


def _entry(
    department: Department, kind: PayKind, of_month: str, debit: Decimal, account: Account | None = None
) -> Entry:
    return Entry(department, account or department.account, kind, of_month, max(debit, ZERO), max(-debit, ZERO))


EntryKey = tuple[str, str, PayKind, str]


def entries_beyond(whole: Sequence[Entry], told: Sequence[Entry]) -> list[Entry]:
    """What a closing adds to the accounts: its entries less those of the closing before it, side by side.

    会计基础工作规范 第五十一条: where only the amount was wrong, a voucher of the difference, in blue what is more and
    in red what is less, on the side where it stood. So the entries of all closings are those of the last one alone,
    in what they sum to and in what moved on each side. Of another account or department everything is taken back.
    """
    now, before = {_key(each): each for each in whole}, {_key(each): each for each in told}
    places = list(dict.fromkeys(each.department.code for each in (*whole, *told)))
    kinds = list(PayKind)
    keys = sorted(now.keys() | before.keys(), key=lambda key: (places.index(key[0]), kinds.index(key[2]), *key[1::2]))
    return [entry for key in keys for entry in _difference(now.get(key), before.get(key))]


def _key(entry: Entry) -> EntryKey:
    return entry.department.code, entry.account.code, entry.kind, entry.of_month


def _difference(now: Entry | None, before: Entry | None) -> Iterator[Entry]:
    """One for each side that has changed."""
    told = [(each, sign) for each, sign in ((now, 1), (before, -1)) if each is not None]
    debit = sum((sign * each.debit for each, sign in told), ZERO)
    credit = sum((sign * each.credit for each, sign in told), ZERO)
    if debit:
        yield replace(told[0][0], debit=debit, credit=ZERO)
    if credit:
        yield replace(told[0][0], debit=ZERO, credit=credit)
