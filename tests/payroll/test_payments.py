"""What a month's closings pay: together what the last one says, each person once, and nothing below zero."""

from decimal import Decimal

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.payouts.payment import payments_of
from tests.harness import AStore, Keys, bearer
from tests.payroll.test_pay_months import SEPTEMBER, Office, lines_of, office, refused

__all__ = ["office"]
FINE = {"employee": "J101", "name_zh": "工装", "name_en": "Uniform", "deducted": True, "amount": "50.00",
        "from_month": "2026-09", "until_month": "2026-09", "reason": "领用工装"}  # fmt: skip


@pytest.mark.parametrize(
    ("totals", "pays", "recovers"),
    [
        (["100.00"], ["100.00"], ["0.00"]),
        (["100.00", "130.00"], ["100.00", "30.00"], ["0.00", "0.00"]),
        (["100.00", "80.00"], ["100.00", "0.00"], ["0.00", "20.00"]),
        (["100.00", "80.00", "105.00"], ["100.00", "0.00", "5.00"], ["0.00", "20.00", "0.00"]),
        (["100.00", None, "100.00"], ["100.00", "0.00", "0.00"], ["0.00", "100.00", "0.00"]),
        ([None, "40.00"], [None, "40.00"], [None, "0.00"]),
        (["-50.00"], ["0.00"], ["50.00"]),
        (["-50.00", "10.00", "-5.00"], ["0.00", "10.00", "0.00"], ["50.00", "0.00", "15.00"]),
    ],
)
def test_a_closing_pays_what_those_before_it_have_not(
    totals: list[str | None], pays: list[str | None], recovers: list[str | None]
) -> None:
    closings = [{} if total is None else {"J101": Decimal(total)} for total in totals]
    told = [payments_of(closings[: at + 1]) for at in range(len(closings))]
    assert [str(each[0].pay) if each else None for each in told] == pays
    assert [str(each[0].recover) if each else None for each in told] == recovers


TOTALS = st.dictionaries(st.sampled_from("ABCD"), st.decimals(-999, 999, places=2), max_size=4)


@given(st.lists(TOTALS, min_size=1, max_size=6))
def test_the_files_of_all_closings_pay_everybody_the_last_total_and_nobody_below_zero(
    closings: list[dict[str, Decimal]],
) -> None:
    files = [payments_of(closings[: at + 1]) for at in range(len(closings))]
    assert all(each.pay >= 0 and each.recover >= 0 and not (each.pay and each.recover) for f in files for each in f)
    for at, totals in enumerate(closings):
        paid = {each.employee: Decimal(0) for each in files[at]}
        for file in files[: at + 1]:
            for each in file:
                paid[each.employee] += each.pay
        outstanding = {each.employee: each.recover for each in files[at]}
        assert {name: paid[name] - outstanding[name] for name in paid} == {name: totals.get(name, 0) for name in paid}
        assert totals.keys() <= paid.keys()


async def file_of(client: httpx.AsyncClient, office: Office, revision: str = "") -> list[list[str]]:
    answer = await client.get(f"{SEPTEMBER}/payment-file{revision}", headers=office.clerk)
    assert answer.status_code == 200, answer.text
    return [row.split(",") for row in answer.text.lstrip("\ufeff").splitlines()[1:]]


async def test_the_file_of_a_second_closing_pays_the_difference_and_that_of_the_first_can_be_asked_for_again(
    office: Office, client: httpx.AsyncClient, keys: Keys, other_store: AStore
) -> None:
    refused(await client.get(f"{SEPTEMBER}/payments", headers=office.clerk), 409, "month-not-closed")
    refused(await client.get(f"{SEPTEMBER}/payments?revision=1", headers=office.clerk), 404, "not-found")
    closed = await office.close()
    first, paid = await file_of(client, office), await lines_of(office, "2026-09")
    assert {row[1]: Decimal(row[3]) for row in first} == paid
    heat = {"post": "mechanic", "name_zh": "高温补贴", "name_en": "Heat", "amount": "30.00", "from_month": "2026-09",
            "reason": "漏发"}  # fmt: skip
    for item in (heat, FINE):
        assert (await office.send("/v1/pay-items", office.clerk, item)).status_code == 201
    opened = await office.done(f"{SEPTEMBER}/reopen", office.manager, closed["version"], {"reason": "漏发补贴"})
    refused(await client.get(f"{SEPTEMBER}/payment-file", headers=office.clerk), 409, "month-not-closed")
    assert await file_of(client, office, "?revision=1") == first
    again = await office.close(version=opened["version"])
    assert await file_of(client, office, "?revision=1") == first
    assert [(row[1], row[3], row[4]) for row in await file_of(client, office)] == [
        ("J102", "30.00", f"{paid['J102']:.2f}")
    ]
    told = await office.small.read(f"{SEPTEMBER}/payments")
    rows = {each["employee"]: each for each in told["items"]}
    assert (rows["J101"]["pay"], rows["J101"]["recover"]) == ("0.00", "20.00")
    assert (told["revision"], told["whole"], told["pay"], told["recover"]) == (2, again["total"], "30.00", "20.00")
    for wrong, status in (("0", 400), ("3", 404), ("x", 400), ("99999999999", 404)):
        answer = await client.get(f"{SEPTEMBER}/payments?revision={wrong}", headers=office.clerk)
        assert answer.status_code == status, answer.text
    stranger = bearer(keys, "payroll", "administrator", stores=[other_store], employee="J101")
    refused(await client.get(f"{SEPTEMBER}/payments?revision=1", headers=stranger), 404, "not-found")
