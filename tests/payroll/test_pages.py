"""Lists of a month's pay, page by page: what is put together from several tables, and what is calculated."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import httpx
import orjson

from tests.calls import statements_of
from tests.payroll.test_pay_months import SEPTEMBER, Office, office, refused
from tests.payroll.test_slips import HEAT, add

__all__ = ["office"]


def one_of(address: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}limit=1"


async def walked(office: Office, address: str) -> tuple[list[Any], list[int]]:
    """A list one by one, and how many queries each page took."""
    items: list[Any] = []
    counts: list[int] = []
    following: str | None = one_of(address)
    while following:
        with statements_of(office.small.app) as sent:
            page = await office.small.read(following)
        items += page["items"]
        counts.append(len(sent))
        following = page["next"]
    return items, counts


async def paged(office: Office, address: str) -> int:
    """How long a list is that page by page is what it is at once, with the same sums and as many queries."""
    with statements_of(office.small.app) as sent:
        whole = await office.small.read(address)
    items, counts = await walked(office, address)
    assert items == whole["items"]
    assert (set(counts), whole["next"]) == ({len(sent)}, None)
    first = await office.small.read(one_of(address))
    told = ("total", "whole", "paid_before", "pay", "recover", "locked", "revision", "on")
    assert {name: first.get(name) for name in told} == {name: whole.get(name) for name in told}
    none = await office.small.client.get(one_of(address).replace("limit=1", "limit=0"), headers=office.small.headers)
    assert none.json()["errors"][0]["pointer"] == "/query/limit"
    return len(items)


async def test_a_months_lists_are_the_same_page_by_page_as_at_once(office: Office) -> None:
    for employee in ("J101", "SA01", "J102"):
        await add(office, {**HEAT, "post": None, "employee": employee})
    assert await paged(office, f"{SEPTEMBER}/slips") == 4
    closed = await office.close()
    assert await paged(office, f"{SEPTEMBER}/slips") == 4
    assert await paged(office, f"{SEPTEMBER}/pools") == 2
    assert await paged(office, f"{SEPTEMBER}/payments") == 4
    assert await paged(office, f"{SEPTEMBER}/payments?revision=1") == 4
    assert await paged(office, f"/v1/runs/{closed['run_id']}/statements") == 4
    assert await paged(office, "/v1/teams?on=2026-09-30") == 2


async def test_a_list_is_of_one_state_of_the_month(office: Office, client: httpx.AsyncClient) -> None:
    await add(office, HEAT)
    open_slips = (await office.small.read(f"{SEPTEMBER}/slips?limit=1"))["next"]
    closed = await office.close()
    begun = [(await office.small.read(f"{SEPTEMBER}/{each}?limit=1"))["next"] for each in ("slips", "pools")]
    payments = (await office.small.read(f"{SEPTEMBER}/payments?limit=1"))["next"]
    for following in (*begun, payments):
        assert (await office.small.read(following))["items"]
    opened = await office.done(f"{SEPTEMBER}/reopen", office.manager, closed["version"], {"reason": "工时录错"})
    await office.close(version=opened["version"])
    for following in (open_slips, *begun, payments):
        refused(await client.get(following, headers=office.manager), 410, "cursor-gone")


async def test_who_joins_between_two_pages_is_where_his_number_is(office: Office) -> None:
    first = await office.small.read(f"{SEPTEMBER}/slips?limit=2")
    assert [each["employee"] for each in first["items"]] == ["J101", "J102"]
    for number in ("J20", "J1000"):
        person = {"row": 1, "number": number, "name": number, "post": "mechanic"}
        told = {"source": "dms", "rows": [person]}
        assert (await office.send("/v1/bulk/employees", office.small.headers, told)).status_code == 200
    rest = await office.small.read(first["next"])
    assert [each["employee"] for each in rest["items"]] == ["J1000", "SA01"]


async def test_a_cursor_of_a_calculated_list_that_was_made_up_is_gone(office: Office) -> None:
    genuine = (await office.small.read(f"{SEPTEMBER}/slips?limit=1"))["next"]
    binding, *_ = orjson.loads(urlsafe_b64decode(httpx.URL(genuine).params["cursor"]))
    for keys in ("[]", "[5]", "[null]", "[{}]", '["J101", "J102"]', '[["J101"]]'):
        made_up = urlsafe_b64encode(orjson.dumps([binding, *orjson.loads(keys)])).decode()
        answer = await office.small.client.get(
            f"{SEPTEMBER}/slips", params={"cursor": made_up, "limit": 1}, headers=office.small.headers
        )
        assert (answer.status_code, answer.json()["type"]) == (410, "urn:aftermile:problem:cursor-gone"), keys
