"""What becomes known of base pay once a month is closed is paid with the next, once, and names its month."""

from decimal import Decimal
from typing import Any

import httpx
import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.month import Month
from services.payroll.domain.payouts.slip import Presence, slip_for
from services.payroll.domain.payouts.slip_correction import corrections_of
from tests.payroll.test_months_at_once import with_targets
from tests.payroll.test_pay_months import SEPTEMBER, Office, lines_of, office, refused
from tests.payroll.test_slip_rules import make_person
from tests.payroll.test_slips import HEAT, MEALS, add, attend, hire

__all__ = ["office"]
OCTOBER = "/v1/pay-months/2026-10"
AMOUNTS = st.dictionaries(st.sampled_from(["J101", "J102", "J103"]), st.decimals(-999, 999, places=2))


@given(st.lists(AMOUNTS, min_size=1, max_size=5))
def test_however_often_it_becomes_known_anew_everybody_has_what_is_due_in_the_end(
    known: list[dict[str, Decimal]],
) -> None:
    paid: dict[str, Decimal] = {}
    for due in known:
        for item in corrections_of(Month(2026, 9), due, paid):
            person = make_person(number=item.employee, base_pay=None, presence=Presence(0, 31))
            paid[person.number] = paid.get(person.number, Decimal(0)) + slip_for(person, [item]).amount
        assert {number: amount for number, amount in paid.items() if amount} == {
            number: amount for number, amount in due.items() if amount
        }
        assert corrections_of(Month(2026, 9), due, paid) == []


async def corrections(office: Office, month: str) -> list[tuple[str, str, str]]:
    slips = (await office.small.read(f"/v1/pay-months/{month}/slips"))["items"]
    return [
        (slip["employee"], item["of_month"], item["amount"])
        for slip in slips for item in slip["items"] if item["of_month"]
    ]  # fmt: skip


async def pay(office: Office, client: httpx.AsyncClient, number: str, base_pay: str, version: int) -> None:
    """From the first of September on, whenever it is said."""
    terms = {"post": "customer_care", "base_pay": base_pay}
    answer = await client.put(
        f"/v1/employees/{number}/terms/2026-09-01", json=terms,
        headers={**office.small.headers, "If-Match": f'"{version}"'},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text


async def test_terms_that_are_told_late_are_paid_with_the_next_month_and_once(
    office: Office, client: httpx.AsyncClient
) -> None:
    await with_targets(office, "2026-11")
    await hire(office, "KF01", "苏敏")
    september = await office.close()
    assert await corrections(office, "2026-10") == []
    await pay(office, client, "KF01", "3900.00", 1)
    await hire(office, "KF02", "何敏", base_pay="3000.00", hired_on="2026-09-21", effective_from="2026-09-21")
    assert await corrections(office, "2026-10") == [
        ("KF01", "2026-09", "300.00"), ("KF02", "2026-09", "1000.00"),
    ]  # fmt: skip
    await hire(office, "KF03", "新人")
    assert [each[0] for each in await corrections(office, "2026-10")] == ["KF01", "KF02"]
    closed = await office.close("2026-10")
    early = await office.send(f"{SEPTEMBER}/reopen", office.manager, {"reason": "x"}, september["version"])
    refused(early, 409, "month-corrected-later")
    assert await corrections(office, "2026-11") == []
    told: dict[str, Any] = orjson.loads((await office.small.read(f"{OCTOBER}/statements/KF01"))["document"])
    assert (told["total"], told["items"][0]["reason"]) == ("4200.00", "应发 due 3900.00 − 已发 paid 3600.00")
    paid = [await lines_of(office, month) for month in ("2026-09", "2026-10")]
    assert sum(each.get("KF01", Decimal(0)) for each in paid) == 2 * Decimal(3900)
    entries = await office.small.read(f"{OCTOBER}/entries")
    assert [(each["of_month"], each["debit"]) for each in entries["entries"] if each["kind"] == "correction"] == [
        ("2026-09", "1300.00")
    ]
    assert entries["debit"] == closed["total"]
    await pay(office, client, "KF01", "3500.00", 2)
    assert await corrections(office, "2026-11") == [
        ("KF01", "2026-09", "-400.00"), ("KF01", "2026-10", "-400.00"),
    ]  # fmt: skip


async def test_two_months_do_not_pay_the_same_correction(office: Office, client: httpx.AsyncClient) -> None:
    await with_targets(office, "2026-11")
    await hire(office, "KF01", "苏敏")
    await office.close()
    await pay(office, client, "KF01", "3900.00", 1)
    october = await office.lock("2026-10")
    run = await office.small.run("2026-11")
    both = await office.send("/v1/pay-months/2026-11/lock", office.clerk, {"run": run["id"]}, 0)
    refused(both, 409, "month-corrected-elsewhere")
    assert (await office.small.read("/v1/pay-months/2026-11"))["state"] == "open"
    await office.done(f"{OCTOBER}/reopen", office.manager, october["version"], {"reason": "x"})
    assert (await office.lock("2026-11"))["state"] == "locked"
    assert await corrections(office, "2026-11") == [("KF01", "2026-09", "300.00")]


async def test_attendance_reaches_a_closed_month_and_a_change_of_an_item_does_not(
    office: Office, client: httpx.AsyncClient
) -> None:
    heat = await add(office, {**HEAT, "until_month": None})
    meals = await add(office, MEALS)
    await attend(office, "20")
    await office.close()
    for item in (heat, meals):
        changes = {"amount": "999.00", "reason": "x"}
        changed = await client.patch(
            f"/v1/pay-items/{item['id']}", json=changes, headers={**office.clerk, "If-Match": '"1"'}
        )
        assert changed.status_code == 200
    await office.done(f"/v1/pay-items/{meals['id']}/withdraw", office.clerk, 2, {"reason": "停发"})
    assert await corrections(office, "2026-10") == []
    await attend(office, "22")
    assert await corrections(office, "2026-10") == [("J101", "2026-09", "30.00")]
