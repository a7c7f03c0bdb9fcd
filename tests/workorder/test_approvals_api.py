from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of
from tests.harness import AStore, Clone, Keys, feed_of
from tests.workorder.caller import make_order
from tests.workorder.quoting import (
    at,
    decide,
    in_hours,
    make_link,
    make_quote,
    problem,
    propose,
    revise,
    said,
    shown,
    told,
)


async def test_a_customer_sees_what_is_offered_and_decides_without_an_account(
    manager: Caller, customer: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    quote = await make_quote(manager, "75.10", "20.05", "1.00")
    link = await make_link(manager, quote)
    assert link["path"] == f"/a/{link['token']}"
    seen = await customer.read(at(link))
    assert (seen["store_id"], seen["state"], seen["advisor"], seen["currency"]) == (
        str(store.id),
        "open",
        "SA01",
        "CNY",
    )
    assert {name: seen["quote"][name] for name in ("number", "content_hash", "total", "customer_share")} == {
        name: quote[name] for name in ("number", "content_hash", "total", "customer_share")
    }
    body = said(quote, "approved", "declined")
    body["items"][1]["reason"] = "too dear\r\nfor me"
    after = await customer.make(decide(link), body)
    assert (after["state"], [i["decision"] for i in after["quote"]["items"]]) == (
        "used",
        ["approved", "declined", None],
    )
    assert [i["reason"] for i in after["quote"]["items"]] == [None, "too dear\nfor me", None]
    assert await customer.read(at(link)) == after
    kept = (await manager.read(f"/v1/quotes/{quote['id']}"))["decisions"]
    assert [(d["method"], d["decided_by"], d["taken_by"], d["link_id"]) for d in kept] == [
        ("sms_link", "王先生", None, link["id"])
    ] * 2
    events = [e["data"] for e in await feed_of(client, keys, "workorder") if e["type"] == "workorder.upsell.decided"]
    assert [(e["decided_by_method"], e["quote"]["number"]) for e in events] == [("sms_link", 1)] * 2


async def test_a_link_decides_once(manager: Caller, customer: Caller) -> None:
    quote = await make_quote(manager, "75.10", "20.05")
    link = await make_link(manager, quote)
    await customer.make(decide(link), said(quote, "approved"))
    assert problem(await customer.post(decide(link), said(quote, "declined", "declined"))) == (410, "link-used")


async def test_a_decision_sent_again_with_its_key_counts_once(manager: Caller, customer: Caller) -> None:
    quote = await make_quote(manager)
    link = await make_link(manager, quote)
    first = await customer.post(decide(link), said(quote, "approved"), Idempotency_Key="k")
    again = await customer.post(decide(link), said(quote, "approved"), Idempotency_Key="k")
    assert (first.status_code, again.status_code) == (200, 200)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    other = await customer.post(decide(link), said(quote, "declined"), Idempotency_Key="k")
    assert problem(other) == (422, "idempotency-key-reused")
    assert len((await manager.read(f"/v1/quotes/{quote['id']}"))["decisions"]) == 1


async def test_customers_who_choose_the_same_key_do_not_meet(
    manager: Caller, customer: Caller, database: Clone
) -> None:
    quotes = [await make_quote(manager), await make_quote(manager)]
    links = [await make_link(manager, quote) for quote in quotes]
    for quote, link in zip(quotes, links, strict=True):
        answer = await customer.post(decide(link), said(quote, "approved"), Idempotency_Key="k")
        assert answer.status_code == 200
        assert "idempotent-replayed" not in answer.headers
    kept = await everything_in(database, "idempotency_key")
    assert not any(link["token"] in kept for link in links)


async def everything_in(database: Clone, table: str) -> str:
    connection = await asyncpg.connect(database.owner_url)
    try:
        return str([dict(row) for row in await connection.fetch(f"SELECT *, encode(body, 'escape') FROM {table}")])
    finally:
        await connection.close()


async def test_the_token_is_kept_nowhere(manager: Caller, database: Clone, store: AStore) -> None:
    quote = await make_quote(manager)
    link = await manager.make(f"/v1/quotes/{quote['id']}/links", {}, Idempotency_Key="k")
    assert link["token"] not in await everything_in(database, "idempotency_key")
    assert "token" not in await manager.read(f"/v1/approval-links/{link['id']}")


async def test_a_newer_quote_voids_the_links_of_the_older(manager: Caller, customer: Caller) -> None:
    first = await make_quote(manager, "75.10", "20.05")
    link = await make_link(manager, first)
    second = await revise(manager, first["order_id"], *shown(first))
    for answer in (await customer.get(at(link)), await customer.post(decide(link), said(first, "approved"))):
        assert (problem(answer), answer.json()["newest"]) == ((409, "quote-superseded"), 2)
    assert problem(await manager.post(f"/v1/quotes/{first['id']}/links")) == (409, "quote-superseded")
    assert [each["state"] for each in (await manager.read(f"/v1/quotes/{first['id']}"))["links"]] == ["superseded"]
    await customer.make(decide(await make_link(manager, second)), said(second, "approved"))


async def test_what_was_decided_by_a_link_is_still_shown_after_a_newer_quote(manager: Caller, customer: Caller) -> None:
    first = await make_quote(manager, "75.10", "20.05")
    link = await make_link(manager, first)
    await customer.make(decide(link), said(first, "approved"))
    await revise(manager, first["order_id"], shown(first)[1])
    assert (await customer.read(at(link)))["state"] == "used"


async def test_a_withdrawn_link_opens_nothing(manager: Caller, customer: Caller) -> None:
    quote = await make_quote(manager)
    link = await make_link(manager, quote)
    revoke = f"/v1/approval-links/{link['id']}/revoke"
    assert (await manager.post(revoke)).status_code == 428
    assert (await manager.post(revoke, If_Match='"2"')).status_code == 412
    withdrawn = await manager.make(revoke, If_Match='"1"')
    assert (withdrawn["state"], withdrawn["revoked_by"], withdrawn["version"]) == ("revoked", "SA01", 2)
    for answer in (await customer.get(at(link)), await customer.post(decide(link), said(quote, "approved"))):
        assert problem(answer) == (410, "link-revoked")
    assert problem(await manager.post(revoke, If_Match='"2"')) == (410, "link-revoked")


async def let_pass(database: Clone, store: AStore, statement: str) -> None:
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute(f"SET app.store = '{store.id}'")
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_an_expired_link_opens_nothing(manager: Caller, customer: Caller, database: Clone, store: AStore) -> None:
    quote = await make_quote(manager)
    link = await make_link(manager, quote)
    await let_pass(database, store, "UPDATE approval_links SET expires_at = now()")
    for answer in (await customer.get(at(link)), await customer.post(decide(link), said(quote, "approved"))):
        assert problem(answer) == (410, "link-expired")


def hours_from_now(moment: str) -> int:
    return round((datetime.fromisoformat(moment) - datetime.now(UTC)) / timedelta(hours=1))


async def test_a_link_is_valid_for_three_days_unless_told_otherwise_and_never_longer_than_its_quote(
    manager: Caller,
) -> None:
    long = await make_quote(manager, valid_until=in_hours(30 * 24))
    assert hours_from_now((await make_link(manager, long))["expires_at"]) == 72
    assert hours_from_now((await make_link(manager, long, expires_at=in_hours(300)))["expires_at"]) == 300
    for wish in (-1, 14 * 24 + 1):
        refused = await manager.post(f"/v1/quotes/{long['id']}/links", {"expires_at": in_hours(wish)})
        assert problem(refused) == (422, "link-time-refused")
    short = await make_quote(manager, valid_until=in_hours(2))
    assert (await make_link(manager, short))["expires_at"] == short["valid_until"]


@pytest.mark.parametrize("seen", [{"quote_number": 2}, {"content_hash": "0" * 64}, {"content_hash": ""}])
async def test_a_decision_is_bound_to_exactly_what_was_shown(
    manager: Caller, customer: Caller, seen: dict[str, Any]
) -> None:
    quote = await make_quote(manager)
    link = await make_link(manager, quote)
    assert problem(await customer.post(decide(link), said(quote, "approved", **seen))) == (409, "quote-changed")
    await customer.make(decide(link), said(quote, "approved"))


async def test_an_item_of_another_orders_quote_is_refused_and_nothing_is_decided(
    manager: Caller, customer: Caller
) -> None:
    other = await make_quote(manager)
    quote = await make_quote(manager)
    link = await make_link(manager, quote)
    body = said(quote, "approved")
    body["items"].append({"upsell_id": shown(other)[0], "decision": "approved"})
    refused = await customer.post(decide(link), body)
    assert (problem(refused), refused.json()["errors"][0]["pointer"]) == (
        (422, "decision-refused"),
        "/items/1/upsell_id",
    )
    seen = await customer.read(at(link))
    assert (seen["state"], seen["quote"]["items"][0]["decision"]) == ("open", None)


@pytest.mark.parametrize(
    "wrong",
    [{"name": "王\u0007"}, {"name": " "}, {"name": "\u200b"}, {"name": "x" * 65}, {"items": []}, {"more": 1},
     {"quote_number": "1.5"}, {"content_hash": "h" * 129}],
)  # fmt: skip
async def test_what_no_customer_would_send_is_refused(manager: Caller, customer: Caller, wrong: dict[str, Any]) -> None:
    quote = await make_quote(manager)
    link = await make_link(manager, quote)
    assert (await customer.post(decide(link), said(quote, "approved", **wrong))).status_code == 422
    spoilt = said(quote, "declined")
    spoilt["items"][0]["reason"] = "\u001b[31m"
    assert (await customer.post(decide(link), spoilt)).status_code == 422


async def test_nothing_is_decided_by_link_once_the_order_takes_no_more_work(manager: Caller, customer: Caller) -> None:
    order = await make_order(manager, "approved")
    [upsell] = await propose(manager, order, "75.00")
    quote = await revise(manager, order["id"], upsell["id"])
    link = await make_link(manager, quote)
    await manager.make(f"/v1/repair-orders/{order['id']}/cancel", {"reason": "x"}, If_Match=f'"{order["version"]}"')
    assert (await customer.read(at(link)))["state"] == "closed"
    for decision in ("approved", "declined"):
        assert problem(await customer.post(decide(link), said(quote, decision))) == (409, "order-takes-no-work")
    assert problem(await manager.post(f"/v1/quotes/{quote['id']}/links")) == (409, "order-takes-no-work")


async def test_what_the_desk_has_entered_is_not_asked_again(manager: Caller, customer: Caller) -> None:
    quote = await make_quote(manager, "75.10", "20.05")
    link = await make_link(manager, quote)
    await manager.make(f"/v1/quotes/{quote['id']}/decisions", told(quote, "approved"))
    refused = await customer.post(decide(link), said(quote, "declined", "declined"))
    assert problem(refused) == (409, "upsell-already-decided")
    await manager.make(f"/v1/quotes/{quote['id']}/decisions", told({**quote, "items": quote["items"][1:]}, "declined"))
    assert (await customer.read(at(link)))["state"] == "decided"
    assert problem(await manager.post(f"/v1/quotes/{quote['id']}/links")) == (409, "quote-decided")


async def test_no_token_of_one_store_opens_another(
    manager: Caller, stranger: Caller, customer: Caller, store: AStore, other_store: AStore
) -> None:
    ours, theirs = await make_quote(manager), await make_quote(stranger)
    link, foreign = await make_link(manager, ours), await make_link(stranger, theirs)
    assert (await customer.read(at(link)))["store_id"] == str(store.id)
    assert (await customer.read(at(foreign)))["store_id"] == str(other_store.id)
    assert (await customer.read(at(link)))["quote"]["content_hash"] == ours["content_hash"]
    swapped = token_in(other_store.id, link["token"])
    assert problem(await customer.get(f"/v1/approvals/{swapped}")) == (404, "not-found")
    refused = await customer.post(f"/v1/approvals/{swapped}/decisions", said(ours, "approved"))
    assert problem(refused) == (404, "not-found")
    crossed = await customer.post(decide(foreign), said(ours, "approved"))
    assert problem(crossed) == (409, "quote-changed")
    stolen = said(ours, "approved", content_hash=theirs["content_hash"])
    assert problem(await customer.post(decide(foreign), stolen)) == (422, "decision-refused")
    assert (await stranger.get(f"/v1/approval-links/{link['id']}")).status_code == 404
    assert (await stranger.post(f"/v1/approval-links/{link['id']}/revoke", If_Match='"1"')).status_code == 404


def token_in(store: UUID, token: str) -> str:
    """The same secret, said to be another store's."""
    return urlsafe_b64encode(store.bytes + urlsafe_b64decode(token)[16:]).decode()


@pytest.mark.parametrize("token", ["x", "A" * 64, "A" * 63, "A" * 65, "é" * 64, "%00", "A" * 63 + "="])
async def test_what_is_no_token_opens_nothing(customer: Caller, token: str) -> None:
    assert problem(await customer.get(f"/v1/approvals/{token}")) == (404, "not-found")


async def test_a_token_of_staff_adds_nothing_to_a_link(manager: Caller, stranger: Caller) -> None:
    quote = await make_quote(manager)
    link = await make_link(manager, quote)
    assert (await stranger.read(at(link)))["quote"]["content_hash"] == quote["content_hash"]


@pytest.fixture
def sent(app: FastAPI) -> Iterator[list[str]]:
    with statements_of(app) as statements:
        yield statements


async def test_looking_and_deciding_take_the_same_few_queries_however_long_the_quote(
    manager: Caller, customer: Caller, sent: list[str]
) -> None:
    counts = []
    for amounts in (["75.10"], ["75.10"] * 6):
        quote = await make_quote(manager, *amounts)
        link = await make_link(manager, quote)
        sent.clear()
        await customer.read(at(link))
        looking = len(sent)
        await customer.make(decide(link), said(quote, *["approved"] * len(amounts)))
        counts.append((looking, len(sent) - looking))
    assert counts[0] == counts[1]
    assert counts[0][0] == 6


async def test_a_customer_is_refused_in_his_language(manager: Caller, customer: Caller) -> None:
    quote = await make_quote(manager)
    link = await make_link(manager, quote)
    await customer.make(decide(link), said(quote, "approved"))
    refused = await customer.post(decide(link), said(quote, "approved"), Accept_Language="zh-CN")
    assert (problem(refused), refused.json()["title"]) == ((410, "link-used"), "此链接已经使用过")


async def test_no_log_repeats_a_token(
    manager: Caller, customer: Caller, database: Clone, caplog: pytest.LogCaptureFixture
) -> None:
    link = await make_link(manager, await make_quote(manager))
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute("ALTER TABLE approval_links RENAME TO away")
    finally:
        await connection.close()
    assert (await customer.get(at(link))).status_code == 500
    assert "/v1/approvals/{token}" in caplog.text
    assert link["token"] not in caplog.text
