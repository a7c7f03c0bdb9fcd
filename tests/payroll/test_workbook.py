"""A month's pay as a workbook: to the cent what the API says, a preview before it is closed, and never a formula."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from services.payroll.endpoints.spreadsheet import WORKBOOK_TYPE, workbook_file
from services.payroll.service.months.workbook import Column, PayBook, Sheet
from tests.harness import AStore, Keys, bearer
from tests.payroll.test_pay_months import SEPTEMBER, Office, office, refused
from tests.payroll.test_slips import FINE, HEAT, add, hire

__all__ = ["office"]
Rows = Sequence[Mapping[str, object]]
NOW = datetime(2026, 10, 8, 9, tzinfo=UTC)


def sheets_of(content: bytes) -> dict[str, tuple[str, Rows]]:
    """By the English name: what stands above, and rows by English headings; a total is a row of `total`."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    found: dict[str, tuple[str, Rows]] = {}
    for name in book.sheet_names:
        heading, names, *rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        english = [str(each).split("\n")[1] for each in names]
        found[name.split()[1]] = str(heading[0]), [dict(zip(english, row, strict=True)) for row in rows]
    return found


async def book(client: httpx.AsyncClient, office: Office) -> dict[str, tuple[str, Rows]]:
    answer = await client.get(f"{SEPTEMBER}/workbook", headers=office.clerk)
    assert (answer.status_code, answer.headers["content-type"]) == (200, WORKBOOK_TYPE), answer.text
    return sheets_of(answer.content)


def cents(value: object) -> str:
    return f"{Decimal(repr(value)):.2f}"


def by_person(rows: Rows, column: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in rows:
        number = str(row["employee"])
        found[number] = found.get(number, Decimal(0)) + Decimal(cents(row[column]))
    return found


@given(st.lists(st.decimals("-999999999999.99", "999999999999.99", places=2), max_size=200))
@settings(max_examples=10)
def test_an_amount_is_read_again_to_the_cent(amounts: list[Decimal]) -> None:
    sheet = Sheet("汇总 Summary", [Column("金额", "amount")], [[amount] for amount in amounts])
    _, rows = sheets_of(bytes(workbook_file(PayBook("x", "x", NOW, [sheet])).body))["Summary"]
    assert [cents(row["amount"]) for row in rows] == [f"{amount:.2f}" for amount in amounts]


async def test_the_workbook_of_a_closed_month_says_what_the_api_says(office: Office, client: httpx.AsyncClient) -> None:
    await hire(office, "KF01", '=HYPERLINK("http://x")', hired_on="2026-09-16", effective_from="2026-09-16")
    for item in (HEAT, {**FINE, "reason": "@x"}):
        await add(office, item)
    closed = await office.close()
    sheets = await book(client, office)
    assert all(heading.startswith("S1 · 2026-09 · 第 1 次关账 closing 1") for heading, _ in sheets.values())
    *people, total = sheets["Summary"][1]
    paid = (await office.small.read(f"{SEPTEMBER}/payments"))["items"]
    told = {"total": "whole", "paid before": "paid_before", "due now": "pay", "to recover": "recover"}
    for column, name in told.items():
        assert by_person(people, column) == {each["employee"]: Decimal(each[name]) for each in paid}
    parts = ("base pay", "allowances", "deductions", "base pay corrections", "bonus")
    for person in people:
        assert sum(Decimal(cents(person[part])) for part in parts) == Decimal(cents(person["total"]))
    assert (total["employee"], cents(total["total"])) == ("合计 total", closed["total"])
    statements = (await office.small.read(f"{SEPTEMBER}/statements"))["items"]
    assert by_person(people, "bonus") == {each["employee"]: Decimal(each["bonus"]) for each in statements}
    run = await office.small.read(f"/v1/runs/{closed['run_id']}/lines")
    assert [(row["employee"], row["clause"], cents(row["amount"])) for row in sheets["Lines"][1]] == [
        (line["employee"], line["clause"], line["amount"]) for line in run["items"]
    ]
    slips = (await office.small.read(f"{SEPTEMBER}/slips"))["items"]
    assert by_person(sheets["Slips"][1], "amount") == {
        each["employee"]: Decimal(each["amount"]) for each in slips if Decimal(each["amount"])
    }
    shares = (await office.small.read(f"{SEPTEMBER}/pools"))["items"]
    assert by_person(sheets["Shares"][1], "now") == {each["employee"]: Decimal(each["now"]) for each in shares}
    figures = await office.small.read(f"/v1/runs/{closed['run_id']}/figures")
    assert [cents(row["shared out"]) for row in sheets["Pools"][1]] == [each["paid"] for each in figures["pools"]]
    entries = await office.small.read(f"{SEPTEMBER}/entries")
    *rows, sums = sheets["Entries"][1]
    assert [cents(row["debit"] or 0) for row in rows] == [each["debit"] for each in entries["entries"]]
    assert cents(sums["debit"]) == cents(sums["credit"]) == entries["credit"]


async def test_no_text_is_a_formula(office: Office, client: httpx.AsyncClient) -> None:
    await hire(office, "KF01", '=HYPERLINK("http://x")')
    await office.lock()
    answer = await client.get(f"{SEPTEMBER}/workbook", headers=office.clerk)
    parts = zipfile.ZipFile(io.BytesIO(answer.content))
    pages = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    assert any("=HYPERLINK" in page for page in pages)
    assert not any(sign in page for page in pages for sign in ("<f>", "<hyperlink"))


async def test_before_it_is_closed_every_sheet_says_that_it_is_a_preview_of_what_would_be(
    office: Office, client: httpx.AsyncClient, keys: Keys, store: AStore, other_store: AStore
) -> None:
    await add(office, HEAT)
    refused(await client.get(f"{SEPTEMBER}/workbook", headers=office.clerk), 409, "month-not-calculated")
    await office.small.run()
    opened = await book(client, office)
    closed = await office.close()
    heat = {"amount": "301.00", "reason": "x"}
    item = (await office.small.read("/v1/pay-items"))["items"][0]
    await client.patch(f"/v1/pay-items/{item['id']}", json=heat, headers={**office.clerk, "If-Match": '"1"'})
    final = await book(client, office)
    assert all("预览" in heading and "PREVIEW" in heading for heading, _ in opened.values())
    assert not any("PREVIEW" in heading for heading, _ in final.values())
    assert {name: rows for name, (_, rows) in opened.items() if name != "Lines"} == {
        name: rows for name, (_, rows) in final.items() if name != "Lines"
    }
    at = await office.done(f"{SEPTEMBER}/reopen", office.manager, closed["version"], {"reason": "补贴"})
    assert at["state"] == "open"
    reopened = await book(client, office)
    again, (*_, owed) = reopened["Summary"][1], reopened["Entries"][1]
    assert (cents(owed["debit"]), cents(owed["credit"])) == ("2.00", "2.00")
    assert [cents(row["due now"]) for row in again if row["employee"] in {"J101", "J102", "SA01"}] == [
        "1.00", "1.00", "0.00",
    ]  # fmt: skip
    refused(await client.get(f"{SEPTEMBER}/workbook", headers=office.workshop), 403, "role-missing")
    stranger = bearer(keys, "payroll", "administrator", stores=[other_store])
    refused(await client.get(f"{SEPTEMBER}/workbook", headers=stranger), 409, "month-not-calculated")
