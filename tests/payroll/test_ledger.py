"""Accounting entries of pay: balanced, by department, corrections of earlier months apart."""

from dataclasses import asdict
from decimal import Decimal

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.payouts.ledger import (
    SHIPPED_MAP,
    Account,
    AccountMap,
    AccountMapInvalid,
    Department,
    PaidAmount,
    PayKind,
    entries_of,
    map_of,
)
from services.payroll.domain.vocabulary import POSTS
from tests.harness import AStore, Keys, bearer, feed_of
from tests.payroll.test_events import faults_of
from tests.payroll.test_pay_months import SEPTEMBER, Office, office, refused

__all__ = ["office"]
ACCOUNTS = SHIPPED_MAP
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
            [("other", "6602.01", "correction", "2026-07", "2.00", "0.00"),
             ("other", "6602.01", "correction", "2026-08", "1.00", "0.00"),
             ("other", "2211.01", "payable", "", "0.00", "3.00")],
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


ACCOUNT = st.builds(Account, st.sampled_from(["6401", "6601", "2211"]), st.just("科目"), st.just("account"))
POST = st.sampled_from(["洗车工", *POSTS.spellings])
MAPS = st.lists(st.builds(Department, st.sampled_from("ABCD"), st.just("部门"), st.just("department"), ACCOUNT),
                min_size=1, unique_by=lambda each: each.code).flatmap(
    lambda departments: st.builds(
        map_of, st.just(departments),
        st.dictionaries(POST, st.sampled_from([each.code for each in departments])).map(lambda of: list(of.items())),
        ACCOUNT, ACCOUNT,
    )
)  # fmt: skip


@given(AMOUNTS, st.just(SHIPPED_MAP) | MAPS)
def test_debits_are_credits_and_what_is_owed_is_the_sum_of_the_statements(
    amounts: list[PaidAmount], accounts: AccountMap
) -> None:
    entries = entries_of(amounts, accounts)
    assert sum(e.debit for e in entries) == sum(e.credit for e in entries)
    owed = [e for e in entries if e.kind is PayKind.PAYABLE]
    assert sum(e.credit - e.debit for e in owed) == sum(each.amount for each in amounts)
    assert all((e.debit > 0) != (e.credit > 0) for e in entries)


def test_every_post_is_of_a_department_of_the_shipped_map() -> None:
    assert set(ACCOUNTS.posts) == set(POSTS.spellings)
    assert ACCOUNTS.department_of("洗车工") is ACCOUNTS.department_of(None) is ACCOUNTS.other


def test_departments_and_posts_that_do_not_fit_are_named_with_their_places() -> None:
    departments = [Department(code, "部", "part", ACCOUNTS.payable) for code in ("a", "other", "a")]
    posts = [("mechanic", "a"), ("机电技师", "a"), ("洗车工", "b")]
    with pytest.raises(AccountMapInvalid) as found:
        map_of(departments, posts, ACCOUNTS.payable, ACCOUNTS.payable)
    assert [(each["pointer"], each["code"]) for each in found.value.errors] == [
        ("/departments/1/code", "taken"), ("/departments/2/code", "taken"), ("/posts/1/post", "repeated"),
        ("/posts/2/department", "unknown"),
    ]  # fmt: skip


WASH = {
    "departments": [
        {"code": "wash", "name_zh": "洗车", "name_en": "Wash", "account":
            {"code": "=5001", "name_zh": "洗车成本", "name_en": "Cost of washing"}},
    ],
    "posts": [{"post": "业务接待", "department": "wash"}],
    "other": asdict(SHIPPED_MAP.other.account), "payable": asdict(SHIPPED_MAP.payable),
}  # fmt: skip


async def test_a_stores_own_accounts_hold_from_a_day_on_and_not_for_a_month_that_is_closed(
    office: Office, client: httpx.AsyncClient, keys: Keys, store: AStore, other_store: AStore
) -> None:
    shipped = await office.small.read("/v1/account-maps/current", office.clerk)
    assert (shipped["valid_from"], len(shipped["departments"])) == (None, 4)
    made = await office.send("/v1/account-maps", office.clerk, {**WASH, "valid_from": "2026-09-30"})
    assert (made.status_code, made.json()["posts"]) == (201, [{"post": "service_advisor", "department": "wash"}])
    refused(
        await office.send("/v1/account-maps", office.clerk, {**WASH, "valid_from": "2026-09-30"}), 409, "exists-already"
    )
    later = {**WASH, "posts": [], "valid_from": "2026-10-01"}
    assert (await office.send("/v1/account-maps", office.manager, later)).status_code == 201
    closed = await office.close()
    told = await office.small.read(f"{SEPTEMBER}/entries", office.clerk)
    assert told["debit"] == told["credit"] == closed["total"]
    assert {(e["department"], e["account"]) for e in told["entries"]} == {
        ("wash", "=5001"), ("wash", "2211.01"), ("other", "6602.01"), ("other", "2211.01"),
    }  # fmt: skip
    assert [each["subject"] for each in told["warnings"]] == ["mechanic"]
    file = await client.get(f"{SEPTEMBER}/entries-file", headers=office.clerk)
    assert "'=5001" in file.text
    refused(
        await office.send("/v1/account-maps", office.clerk, {**WASH, "valid_from": "2026-09-01"}), 409,
        "valid-from-past",
    )  # fmt: skip
    listed = (await office.small.read("/v1/account-maps", office.clerk))["items"]
    assert [(each["valid_from"], each["set_by"]) for each in listed] == [("2026-10-01", "SM01"), ("2026-09-30", "CL01")]
    events = [e for e in await feed_of(client, keys, "payroll") if e["type"] == "payroll.account_map.changed"]
    assert [faults_of(each["type"], each["data"]) for each in events] == [[], []]
    stranger = bearer(keys, "payroll", "administrator", stores=[other_store])
    assert (await office.small.read("/v1/account-maps", stranger))["items"] == []
    assert (await office.small.read("/v1/account-maps/current", stranger))["valid_from"] is None
    refused(await office.send("/v1/account-maps", office.workshop, WASH), 403, "role-missing")
    wrong = await office.send("/v1/account-maps", office.clerk, {**WASH, "posts": [{"post": "x", "department": "y"}]})
    refused(wrong, 422, "account-map-invalid")
    for bad in ({**WASH, "departments": []}, {**WASH, "payable": None}, {**WASH, "valid_from": "2026-13-01"}):
        assert (await office.send("/v1/account-maps", office.clerk, bad)).status_code == 422


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
    assert {row[1] for row in rows} == {office.small.store.code}
    refused(await client.get(address, headers=office.workshop), 403, "role-missing")
