"""A customer decides on a quote: the page of the real gateway, and the service that owns the link behind it."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.calls import Caller
from tests.workorder.quoting import make_link, make_quote, revise, shown

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}


def hidden_fields(page: str) -> list[tuple[str, str]]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return [(name, unescape(value)) for name, value in found]


async def send(gateway: httpx.AsyncClient, link: dict[str, Any], fields: list[tuple[str, str]]) -> httpx.Response:
    content = urlencode(fields)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return await gateway.post(link["path"], content=content, headers={**FROM_THE_PAGE, **kind})


def answers(quote: dict[str, Any], *decisions: str) -> list[tuple[str, str]]:
    chosen = [(f"decision-{item}", decision) for item, decision in zip(shown(quote), decisions, strict=True)]
    return [*chosen, ("name", "王芳")]


async def test_what_a_customer_sends_is_what_the_desk_sees(gateway: httpx.AsyncClient, advisor: Caller) -> None:
    quote = await make_quote(advisor, "1234.50", "20.00")
    link = await make_link(advisor, quote)
    page = await gateway.get(link["path"])
    assert (page.status_code, "¥1,918.50" in page.text) == (200, True)
    assert page.text.count("paid by the maker") == 2
    form = [*hidden_fields(page.text), *answers(quote, "approved", "declined")]
    form.append((f"reason-{shown(quote)[1]}", "太贵"))
    sent = await send(gateway, link, form)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{link['path']}?lang=en")
    again = await send(gateway, link, form)
    assert again.status_code == 303, "sent twice it counts once"
    after = (await gateway.get(sent.headers["location"])).text
    for wanted in ("Your answer has arrived", "Approved", "Declined", "太贵", "¥1,918.50"):
        assert wanted in after, wanted
    kept = (await advisor.read(f"/v1/quotes/{quote['id']}"))["decisions"]
    assert sorted((each["decision"], each["decided_by"], each["method"]) for each in kept) == [
        ("approved", "王芳", "sms_link"),
        ("declined", "王芳", "sms_link"),
    ]


async def test_a_used_link_takes_no_second_answer(gateway: httpx.AsyncClient, advisor: Caller) -> None:
    quote = await make_quote(advisor)
    link = await make_link(advisor, quote)
    first, second = [(await gateway.get(link["path"])).text for _ in range(2)]
    assert (await send(gateway, link, [*hidden_fields(first), *answers(quote, "deferred")])).status_code == 303
    refused = await send(gateway, link, [*hidden_fields(second), *answers(quote, "approved")])
    assert (refused.status_code, "This has been answered already" in refused.text) == (410, True)


async def test_a_newer_quote_ends_the_older_page(gateway: httpx.AsyncClient, advisor: Caller) -> None:
    quote = await make_quote(advisor)
    link = await make_link(advisor, quote)
    page = (await gateway.get(link["path"])).text
    await revise(advisor, quote["order_id"], *shown(quote))
    for response in (
        await send(gateway, link, [*hidden_fields(page), *answers(quote, "approved")]),
        await gateway.get(link["path"]),
    ):
        assert (response.status_code, "There is a newer quote" in response.text) == (409, True)


async def test_a_link_taken_back_or_never_given_opens_nothing(gateway: httpx.AsyncClient, advisor: Caller) -> None:
    link = await make_link(advisor, await make_quote(advisor))
    await advisor.make(f"/v1/approval-links/{link['id']}/revoke", If_Match='"1"')
    assert (await gateway.get(link["path"])).status_code == 410
    assert (await gateway.get(link["path"][:-4] + "AAAA")).status_code == 404
    assert (await gateway.get("/v1/approvals/nothing")).status_code == 404
