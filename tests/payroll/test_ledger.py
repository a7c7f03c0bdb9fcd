"""Accounting entries of pay: balanced, by department, corrections of earlier months apart."""

from datetime import date
from decimal import Decimal

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.ledger import ACCOUNT_MAPS, PaidAmount, PayKind, entries_of, map_on
from services.payroll.domain.vocabulary import POSTS
from tests.payroll.test_pay_months import SEPTEMBER, Office, office, refused

__all__ = ["office"]
ACCOUNTS = map_on(date(2026, 9, 30))
OF_EXPENSE = [kind for kind in PayKind if kind is not PayKind.PAYABLE]
Row = tuple[str, str, str, str, str, str]


def paid(post: str | None, kind: PayKind, amount: str, of_month: str = "") -> PaidAmount:
    return PaidAmount(post, kind, Decimal(amount), of_month)


@pytest.mark.parametrize(
    ("amounts", "entries"),
    [
        ([], []),
        (
            [paid("mechanic", PayKind.BASE_PAY, "3000.00"), paid("body_technician", PayKind.BASE_PAY, "2500.50"),
             paid("mechanic", PayKind.BONUS, "1574.38"), paid("mechanic", PayKind.CORRECTION, "-20.00", "2026-08")],
            [("workshop", "6401.01", "base_pay", "", "5500.50", "0.00"),
             ("workshop", "6401.01", "bonus", "", "1574.38", "0.00"),
             ("workshop", "6401.01", "correction", "2026-08", "0.00", "20.00"),
             ("workshop", "2211.01", "payable", "", "0.00", "7054.88")],
        ),
        (
            [paid("service_advisor", PayKind.ADDED, "300.00"), paid("service_advisor", PayKind.DEDUCTED, "-350.00")],
            [("front_desk", "6601.01", "added", "", "300.00", "0.00"),
             ("front_desk", "6601.01", "deducted", "", "0.00", "350.00"),
             ("front_desk", "2211.01", "payable", "", "50.00", "0.00")],
        ),
        (
            [paid(None, PayKind.BONUS, "5.00"), paid("洗车工", PayKind.BONUS, "-5.00")],
            [],
        ),
        (
            [paid(None, PayKind.CORRECTION, "1.00", "2026-08"), paid("洗车工", PayKind.CORRECTION, "2.00", "2026-07")],
            [("management", "6602.01", "correction", "2026-07", "2.00", "0.00"),
             ("management", "6602.01", "correction", "2026-08", "1.00", "0.00"),
             ("management", "2211.01", "payable", "", "0.00", "3.00")],
        ),
    ],
)  # fmt: skip
def test_pay_becomes_an_expense_of_its_department_against_what_is_owed(
    amounts: list[PaidAmount], entries: list[Row]
) -> None:
    found = entries_of(amounts, ACCOUNTS)
    assert entries == [
        (e.department.code, e.account.code, str(e.kind), e.of_month, str(e.debit), str(e.credit)) for e in found
    ]


AMOUNTS = st.lists(
    st.builds(
        PaidAmount, st.sampled_from([None, "洗车工", *POSTS.spellings]), st.sampled_from(OF_EXPENSE),
        st.decimals(-99999, 99999, places=2), st.sampled_from(["", "2026-07", "2026-08"]),
    ),
    max_size=40,
)  # fmt: skip


@given(AMOUNTS)
def test_debits_are_credits_and_what_is_owed_is_the_sum_of_the_statements(amounts: list[PaidAmount]) -> None:
    entries = entries_of(amounts, ACCOUNTS)
    assert sum(e.debit for e in entries) == sum(e.credit for e in entries)
    owed = [e for e in entries if e.kind is PayKind.PAYABLE]
    assert sum(e.credit - e.debit for e in owed) == sum(each.amount for each in amounts)
    assert all((e.debit > 0) != (e.credit > 0) for e in entries)


def test_every_post_is_of_a_department_and_the_map_of_the_day_holds() -> None:
    assert set(ACCOUNTS.posts) == set(POSTS.spellings)
    later = type(ACCOUNTS)(date(2027, 1, 1), ACCOUNTS.departments, {}, "management", ACCOUNTS.payable)
    assert map_on(date(2026, 12, 31), (*ACCOUNT_MAPS, later)) is ACCOUNTS
    assert map_on(date(2027, 1, 31), (*ACCOUNT_MAPS, later)) is later


async def test_the_entries_of_a_closed_month_are_its_total(office: Office, client: httpx.AsyncClient) -> None:
    address = f"{SEPTEMBER}/entries"
    refused(await client.get(address, headers=office.clerk), 409, "month-not-closed")
    item = {"post": "mechanic", "name_zh": "高温补贴", "name_en": "Heat", "amount": "300.00", "from_month": "2026-09",
            "reason": "x"}  # fmt: skip
    assert (await office.send("/v1/pay-items", office.clerk, item)).status_code == 201
    closed = await office.close()
    told = await office.small.read(address, office.clerk)
    assert told["debit"] == told["credit"] == closed["total"]
    assert [(e["department"], e["kind"]) for e in told["entries"]] == [
        ("front_desk", "bonus"), ("front_desk", "payable"), ("workshop", "bonus"), ("workshop", "added"),
        ("workshop", "payable"),
    ]  # fmt: skip
    file = await client.get(f"{SEPTEMBER}/entries-file", headers=office.clerk)
    rows = [row.split(",") for row in file.text.lstrip("\ufeff").splitlines()[1:]]
    assert sum(Decimal(row[7]) for row in rows) == sum(Decimal(row[8]) for row in rows) == Decimal(closed["total"])
    refused(await client.get(address, headers=office.workshop), 403, "role-missing")
