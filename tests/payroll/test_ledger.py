"""Accounting entries of pay: balanced, by department, corrections of earlier months apart."""

from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

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
    Entry,
    PaidAmount,
    PayKind,
    entries_beyond,
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
    assert entries == rows_of(entries_of(amounts, ACCOUNTS))


def rows_of(entries: list[Entry]) -> list[Row]:
    return [(e.department.code, e.account.code, str(e.kind), e.of_month, str(e.debit), str(e.credit)) for e in entries]


OWN_COST = map_of([replace(ACCOUNTS.departments["workshop"], account=Account("5401", "劳务成本", "cost of labour"))],
                  [("mechanic", "workshop")], ACCOUNTS.other.account, ACCOUNTS.payable)  # fmt: skip


@pytest.mark.parametrize(
    ("closings", "entries"),
    [
        pytest.param(
            [([("mechanic", PayKind.BONUS, "100.00")], ACCOUNTS), ([("mechanic", PayKind.BONUS, "130.00")], ACCOUNTS)],
            [("workshop", "6401.01", "bonus", "", "30.00", "0.00"),
             ("workshop", "2211.01", "payable", "", "0.00", "30.00")],
            id="what is more stands in blue",
        ),
        pytest.param(
            [([("mechanic", PayKind.BONUS, "100.00")], ACCOUNTS), ([("mechanic", PayKind.BONUS, "80.00")], ACCOUNTS)],
            [("workshop", "6401.01", "bonus", "", "-20.00", "0.00"),
             ("workshop", "2211.01", "payable", "", "0.00", "-20.00")],
            id="what is less stands in red on the same side",
        ),
        pytest.param(
            [([("mechanic", PayKind.BONUS, "100.00")], ACCOUNTS), ([("mechanic", PayKind.BONUS, "100.00")], ACCOUNTS)],
            [],
            id="what is the same is told once",
        ),
        pytest.param(
            [([("mechanic", PayKind.BONUS, "100.00")], ACCOUNTS), ([("mechanic", PayKind.BONUS, "-20.00")], ACCOUNTS)],
            [("workshop", "6401.01", "bonus", "", "-100.00", "0.00"),
             ("workshop", "6401.01", "bonus", "", "0.00", "20.00"),
             ("workshop", "2211.01", "payable", "", "20.00", "0.00"),
             ("workshop", "2211.01", "payable", "", "0.00", "-100.00")],
            id="a sum that changes sides is taken back on one and told on the other",
        ),
        pytest.param(
            [([("mechanic", PayKind.BONUS, "100.00")], ACCOUNTS), ([("mechanic", PayKind.BONUS, "100.00")], OWN_COST)],
            [("workshop", "5401", "bonus", "", "100.00", "0.00"),
             ("workshop", "6401.01", "bonus", "", "-100.00", "0.00")],
            id="another account has all of it, and the wrong one has all of it taken back",
        ),
        pytest.param(
            [([("mechanic", PayKind.BONUS, "100.00")], ACCOUNTS),
             ([("parts_clerk", PayKind.BONUS, "100.00")], ACCOUNTS)],
            [("accessories", "6601.01", "bonus", "", "100.00", "0.00"),
             ("accessories", "2211.01", "payable", "", "0.00", "100.00"),
             ("workshop", "6401.01", "bonus", "", "-100.00", "0.00"),
             ("workshop", "2211.01", "payable", "", "0.00", "-100.00")],
            id="another department likewise",
        ),
        pytest.param(
            [([("mechanic", PayKind.BONUS, "100.00")], ACCOUNTS), ([], ACCOUNTS),
             ([("mechanic", PayKind.BONUS, "70.00"), ("mechanic", PayKind.CORRECTION, "5.00")], ACCOUNTS)],
            [("workshop", "6401.01", "bonus", "", "70.00", "0.00"),
             ("workshop", "6401.01", "correction", "2026-08", "5.00", "0.00"),
             ("workshop", "2211.01", "payable", "", "0.00", "75.00")],
            id="a third differs from the second alone",
        ),
    ],
)  # fmt: skip
def test_a_later_closing_tells_what_it_differs_by(
    closings: list[tuple[list[tuple[str, PayKind, str]], AccountMap]], entries: list[Row]
) -> None:
    *_, before, now = [
        entries_of([paid(post, kind, amount, "2026-08" if kind is PayKind.CORRECTION else "")
                    for post, kind, amount in amounts], accounts)
        for amounts, accounts in closings
    ]  # fmt: skip
    assert rows_of(entries_beyond(now, before)) == entries


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


@given(st.lists(st.tuples(AMOUNTS, st.just(SHIPPED_MAP) | MAPS), min_size=1, max_size=4))
def test_the_entries_of_all_closings_are_those_of_one_with_the_last_amounts(
    closings: list[tuple[list[PaidAmount], AccountMap]],
) -> None:
    whole = [entries_of(amounts, accounts) for amounts, accounts in closings]
    told = [entries_beyond(now, before) for now, before in zip(whole, [[], *whole], strict=False)]
    sums: dict[tuple[str, str, str, str], list[Decimal]] = {}
    for entry in (each for closing in told for each in closing):
        sides = sums.setdefault(side_of(entry), [Decimal(0), Decimal(0)])
        sides[0] += entry.debit
        sides[1] += entry.credit
    assert {key: sides for key, sides in sums.items() if any(sides)} == {
        side_of(entry): [entry.debit, entry.credit] for entry in whole[-1]
    }
    for closing in told:
        for department in {each.department.code for each in closing}:
            of = [each for each in closing if each.department.code == department]
            assert sum(each.debit for each in of) == sum(each.credit for each in of)
        assert all((each.debit == 0) != (each.credit == 0) for each in closing)


def side_of(entry: Entry) -> tuple[str, str, str, str]:
    return entry.department.code, entry.account.code, entry.kind, entry.of_month


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


def sums_of(*told: dict[str, Any]) -> dict[tuple[str, ...], tuple[Decimal, Decimal]]:
    """What some answers come to together, by department, account, kind and month."""
    sums: dict[tuple[str, ...], tuple[Decimal, Decimal]] = {}
    for each in (entry for answer in told for entry in answer["entries"]):
        key = tuple(each[name] or "" for name in ("department", "account", "kind", "of_month"))
        debit, credit = sums.get(key, (Decimal(0), Decimal(0)))
        sums[key] = debit + Decimal(each["debit"]), credit + Decimal(each["credit"])
    return {key: sides for key, sides in sums.items() if any(sides)}


async def test_a_month_closed_again_adds_to_the_accounts_what_it_differs_by_and_the_first_stays_as_it_was(
    office: Office, client: httpx.AsyncClient
) -> None:
    address, kinds = f"{SEPTEMBER}/entries", ("department", "account", "kind", "debit", "credit")
    closed = await office.close()
    first = await office.small.read(address, office.clerk)
    for amount, deducted in (("30.00", False), ("50.00", True)):
        item = {"post": "mechanic", "name_zh": "补", "name_en": "Item", "amount": amount, "deducted": deducted,
                "from_month": "2026-09", "reason": "x"}  # fmt: skip
        assert (await office.send("/v1/pay-items", office.clerk, item)).status_code == 201
    opened = await office.done(f"{SEPTEMBER}/reopen", office.manager, closed["version"], {"reason": "漏记"})
    refused(await client.get(address, headers=office.clerk), 409, "month-not-closed")
    wash = {**WASH, "posts": [{"post": "业务接待", "department": "wash"}], "valid_from": "2026-09-30"}
    assert (await office.send("/v1/account-maps", office.clerk, wash)).status_code == 201
    again = await office.close(version=opened["version"])
    assert await office.small.read(f"{address}?revision=1", office.clerk) == first
    second = await office.small.read(address, office.clerk)
    bonus = {(e["department"], e["kind"]): Decimal(e["debit"]) for e in first["entries"] if e["kind"] == "bonus"}
    desk, workshop = bonus["front_desk", "bonus"], bonus["workshop", "bonus"]
    assert [tuple(each[name] for name in kinds) for each in second["entries"]] == [
        ("wash", "=5001", "bonus", f"{desk}", "0.00"), ("wash", "2211.01", "payable", "0.00", f"{desk}"),
        ("other", "6602.01", "bonus", f"{workshop}", "0.00"), ("other", "6602.01", "added", "60.00", "0.00"),
        ("other", "6602.01", "deducted", "0.00", "100.00"),
        ("other", "2211.01", "payable", "0.00", f"{workshop - 40}"),
        ("front_desk", "6601.01", "bonus", f"-{desk}", "0.00"),
        ("front_desk", "2211.01", "payable", "0.00", f"-{desk}"),
        ("workshop", "6401.01", "bonus", f"-{workshop}", "0.00"),
        ("workshop", "2211.01", "payable", "0.00", f"-{workshop}"),
    ]  # fmt: skip
    assert (second["revision"], second["debit"]) == (2, second["credit"])
    both = sums_of(first, second)
    assert sum(debit - credit for (*_, kind, _), (debit, credit) in both.items() if kind != "payable") == Decimal(
        again["total"]
    )
    file = await client.get(f"{SEPTEMBER}/entries-file", headers=office.clerk)
    assert f"2026-09 奖金 第 2 次关账调整差额,,-{desk},0.00,CNY" in file.text
    kept = await client.get(f"{SEPTEMBER}/entries-file?revision=1", headers=office.clerk)
    assert "调整差额" not in kept.text
    for wrong, status in (("0", 400), ("3", 404), ("x", 400)):
        assert (await client.get(f"{address}?revision={wrong}", headers=office.clerk)).status_code == status
