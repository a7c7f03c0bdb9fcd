import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from services.workorder.repository.upsells import quotes as repository
from services.workorder.service.upsells.quotes import revision_of
from tests.calls import Caller, statements_of
from tests.harness import AStore, Clone, Keys, bearer, feed_of
from tests.workorder.caller import line_row, make_order, order_row, part_row, upsell_row
from tests.workorder.pictures import upload
from tests.workorder.quoting import in_hours, make_quote, problem, propose, quote_body, revise, shown, told


async def test_a_quote_shows_what_the_work_costs_and_what_of_it_the_customer_pays(manager: Caller) -> None:
    quote = await make_quote(manager, "75.10", "20.05", note="old parts are shown\nto you", ready_by=in_hours(3))
    assert (quote["number"], quote["newest"], quote["state"], quote["currency"]) == (1, 1, "open", "CNY")
    assert (quote["total"], quote["customer_share"]) == ("1463.15", "95.15")
    assert [(i["amount"], i["customer_share"], i["decision"]) for i in quote["items"]] == [
        ("759.10", "75.10", None), ("704.05", "20.05", None),
    ]  # fmt: skip
    assert [(line["quantity"], line["payer"]) for line in quote["items"][0]["lines"]] == [
        ("1", "customer"), ("1", "maker"),
    ]  # fmt: skip
    assert quote["explained_by"] == ["SA01", "J104"]
    assert quote == await manager.read(f"/v1/quotes/{quote['id']}")


async def test_what_is_stored_has_the_hash_that_was_told(manager: Caller, app: Any, store: AStore) -> None:
    quote = await make_quote(manager, "75.10", "20.05", note="x", ready_by=in_hours(3))
    async with app.state.database.transaction(store.id) as session:
        stored = await repository.quote_by_id(session, store.id, quote["id"])
        assert revision_of(stored).content_hash() == quote["content_hash"] == stored.content_hash


async def test_a_new_revision_replaces_the_one_before(manager: Caller) -> None:
    first = await make_quote(manager, "75.10", "20.05")
    second = await revise(manager, first["order_id"], *shown(first)[:1])
    assert (second["number"], second["state"]) == (2, "open")
    listed = await manager.read(f"/v1/repair-orders/{first['order_id']}/quotes")
    assert [(q["number"], q["state"], q["newest"]) for q in listed["items"]] == [(2, "open", 2), (1, "superseded", 2)]
    assert {**listed["items"][1], "state": "open", "newest": 1} == first
    late = await manager.post(f"/v1/quotes/{first['id']}/decisions", told(first, "approved"))
    assert problem(late) == (409, "quote-superseded")
    assert late.json()["newest"] == 2


async def test_the_customers_words_at_the_desk_are_kept_with_what_follows(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    quote = await make_quote(manager, "75.10", "20.05")
    signature = await upload(manager, quote["order_id"], purpose="signature")
    signed = {"method": "in_person_signature", "signature_id": signature["id"]}
    body = told(quote, "approved", "declined", **signed)
    body["items"][1] |= {"reason": "next month", "priority": "safety", "follow_up_on": "2100-01-01"}
    after = await manager.make(f"/v1/quotes/{quote['id']}/decisions", body)
    assert (after["state"], [item["decision"] for item in after["items"]]) == ("decided", ["approved", "declined"])
    kept = after["decisions"][1]
    assert (kept["reason"], kept["priority"], kept["follow_up_on"]) == ("next month", "safety", "2100-01-01")
    assert (kept["decided_by"], kept["taken_by"], kept["method"]) == ("王先生", "SA01", "in_person_signature")
    assert kept["signature_id"] == signature["id"]
    lines = (await manager.read(f"/v1/repair-orders/{quote['order_id']}/lines"))["items"]
    assert [line["authorisation"] for line in lines] == [None, "approved", "approved", "declined", "declined"]
    decided = [e for e in await feed_of(client, keys, "workorder") if e["type"] == "workorder.upsell.decided"]
    assert [(e["data"]["decision"], e["data"]["quote"]) for e in decided] == [
        (decision, {"id": quote["id"], "number": 1}) for decision in ("approved", "declined")
    ]


async def test_a_call_has_a_time_between_the_quote_and_now(manager: Caller) -> None:
    quote = await make_quote(manager)
    address = f"/v1/quotes/{quote['id']}/decisions"
    for called_at, expected in ((None, 422), (in_hours(-1), 422), (in_hours(1), 422), (quote["created_at"], 200)):
        body = told(quote, "approved", method="phone", called_at=called_at)
        assert (await manager.post(address, body)).status_code == expected, called_at
    unasked = told(quote, "approved", called_at=quote["created_at"])
    assert (await manager.post(address, unasked)).status_code == 422


async def test_decisions_are_all_taken_or_none(manager: Caller) -> None:
    quote = await make_quote(manager, "75.10", "20.05")
    stranger = (await make_quote(manager))["items"][0]["upsell_id"]
    body = told(quote, "approved")
    body["items"].append({"upsell_id": stranger, "decision": "approved"})
    refused = await manager.post(f"/v1/quotes/{quote['id']}/decisions", body)
    assert problem(refused) == (422, "decision-refused")
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [("/items/1/upsell_id", "item-not-quoted")]
    assert (await manager.read(f"/v1/quotes/{quote['id']}"))["decisions"] == []


async def test_only_open_work_of_this_order_is_quoted(manager: Caller) -> None:
    other = await make_quote(manager)
    quote = await make_quote(manager)
    await manager.make(f"/v1/quotes/{quote['id']}/decisions", told(quote, "approved"))
    refused = await manager.post(
        f"/v1/repair-orders/{quote['order_id']}/quotes", quote_body(*shown(quote), *shown(other))
    )
    assert problem(refused) == (422, "quote-items-refused")
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [
        ("/items/0/upsell_id", "upsell-already-decided"), ("/items/1/upsell_id", "upsell-unknown"),
    ]  # fmt: skip


async def test_deferred_work_is_offered_again_and_approved_then(manager: Caller) -> None:
    first = await make_quote(manager)
    await manager.make(f"/v1/quotes/{first['id']}/decisions", told(first, "deferred"))
    second = await revise(manager, first["order_id"], *shown(first))
    again = await manager.post(f"/v1/quotes/{second['id']}/decisions", told(second, "deferred"))
    assert problem(again) == (409, "upsell-already-decided")
    after = await manager.make(f"/v1/quotes/{second['id']}/decisions", told(second, "approved"))
    assert [item["decision"] for item in after["items"]] == ["approved"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": []}, {"explained_by": []}, {"explained_by": ["SA01", "SA01"]}, {"explained_by": ["A", "B", "C"]},
        {"explained_by": ["SA\n01"]}, {"valid_until": in_hours(-1)}, {"ready_by": in_hours(-1)}, {"note": "a\u0007"},
        {"note": "\u200b"}, {"valid_until": "2026-09-08T10:00:00"}, {"unknown": 1},
    ],
)  # fmt: skip
async def test_a_quote_that_says_nothing_sensible_is_refused(manager: Caller, wrong: dict[str, Any]) -> None:
    order = await make_order(manager, "in_progress")
    [upsell] = await propose(manager, order, "75.00")
    refused = await manager.post(f"/v1/repair-orders/{order['id']}/quotes", quote_body(upsell["id"], **wrong))
    assert refused.status_code == 422, refused.text


@pytest.mark.parametrize("told_as", [{"why": "a\u0000"}, {"if_not_done": "\u001b[2J"}, {"minutes": -1}, {"why": " "}])
async def test_an_item_without_readable_words_is_refused(manager: Caller, told_as: dict[str, Any]) -> None:
    order = await make_order(manager, "in_progress")
    [upsell] = await propose(manager, order, "75.00")
    body = quote_body(upsell["id"])
    body["items"][0] |= told_as
    assert (await manager.post(f"/v1/repair-orders/{order['id']}/quotes", body)).status_code == 422


async def test_a_technician_quotes_nothing_and_decides_nothing(
    manager: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    quote = await make_quote(manager)
    technician = Caller(client, bearer(keys, "workorder", "technician", stores=[store], employee="J104"))
    for path, body in (
        (f"/v1/repair-orders/{quote['order_id']}/quotes", quote_body(*shown(quote))),
        (f"/v1/quotes/{quote['id']}/decisions", told(quote, "approved")),
        (f"/v1/quotes/{quote['id']}/links", {}),
    ):
        assert problem(await technician.post(path, body)) == (403, "role-missing")
    assert (await technician.read(f"/v1/quotes/{quote['id']}"))["number"] == 1


async def test_nothing_is_quoted_or_approved_on_a_cancelled_or_finished_order(manager: Caller) -> None:
    cancelled = await make_order(manager, "approved")
    [upsell] = await propose(manager, cancelled, "75.00")
    quote = await revise(manager, cancelled["id"], upsell["id"])
    await manager.make(f"/v1/repair-orders/{cancelled['id']}/cancel", {"reason": "x"}, If_Match='"4"')
    again = await manager.post(f"/v1/repair-orders/{cancelled['id']}/quotes", quote_body(upsell["id"]))
    assert problem(again) == (409, "order-takes-no-work")
    for decision, expected in (("approved", 409), ("declined", 200)):
        answer = await manager.post(f"/v1/quotes/{quote['id']}/decisions", told(quote, decision))
        assert answer.status_code == expected
    ready = await make_order(manager, "ready")
    refused = await manager.post(f"/v1/repair-orders/{ready['id']}/quotes", quote_body(upsell["id"]))
    assert problem(refused) == (409, "order-takes-no-work")


async def test_work_on_a_quote_is_decided_on_that_quote(manager: Caller) -> None:
    first = await make_quote(manager, "75.10", "20.05")
    second = await revise(manager, first["order_id"], *shown(first)[:1])
    quoted, unquoted = (f"/v1/upsells/{each}/approve" for each in shown(first))
    unnamed = await manager.post(quoted, {"method": "phone"}, If_Match='"1"')
    assert (problem(unnamed), unnamed.json()["newest"]) == ((409, "quote-not-named"), 2)
    old = await manager.post(quoted, {"method": "phone", "quote_id": first["id"]}, If_Match='"1"')
    assert problem(old) == (409, "quote-superseded")
    by_link = await manager.post(quoted, {"method": "sms_link", "quote_id": second["id"]}, If_Match='"1"')
    assert problem(by_link) == (422, "method-refused")
    strange = await manager.post(unquoted, {"method": "phone", "quote_id": second["id"]}, If_Match='"1"')
    assert strange.json()["errors"][0]["pointer"] == "/quote_id"
    approved = await manager.make(quoted, {"method": "phone", "quote_id": second["id"]}, If_Match='"1"')
    assert (approved["decision"], approved["version"]) == ("approved", 2)
    assert [d["taken_by"] for d in (await manager.read(f"/v1/quotes/{second['id']}"))["decisions"]] == ["SA01"]
    await manager.make(unquoted, {"method": "phone"}, If_Match='"1"')


async def test_work_that_changed_since_it_was_quoted_is_quoted_anew(manager: Caller) -> None:
    await manager.take_in("repair-orders", order_row())
    await manager.take_in("repair-order-lines", line_row(), upsell_row(decision=None), part_row(decision=None))
    [upsell] = (await manager.read("/v1/upsells"))["items"]
    quote = await revise(manager, upsell["order_id"], upsell["id"])
    dearer = part_row(decision=None, amount="700.00")
    await manager.take_in("repair-order-lines", line_row(), upsell_row(decision=None), dearer)
    refused = await manager.post(f"/v1/quotes/{quote['id']}/decisions", told(quote, "approved"))
    assert (problem(refused), refused.json()["upsell_id"]) == ((409, "quote-outdated"), upsell["id"])
    second = await revise(manager, upsell["order_id"], upsell["id"])
    assert (quote["total"], second["total"]) == ("751.50", "767.50")
    await manager.make(f"/v1/quotes/{second['id']}/decisions", told(second, "approved"))


async def test_of_two_revisions_at_once_each_gets_a_number(manager: Caller) -> None:
    first = await make_quote(manager)
    made = await asyncio.gather(*(revise(manager, first["order_id"], *shown(first)) for _ in range(4)))
    assert sorted(each["number"] for each in made) == [2, 3, 4, 5]
    states = {q["state"] for q in (await manager.read(f"/v1/repair-orders/{first['order_id']}/quotes"))["items"][1:]}
    assert states == {"superseded"}


async def test_a_stored_quote_cannot_be_changed(manager: Caller, database: Clone, store: AStore) -> None:
    quote = await make_quote(manager)
    await manager.make(f"/v1/quotes/{quote['id']}/decisions", told(quote, "approved"))
    for url in (database.app_url, database.owner_url):
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(f"SET app.store = '{store.id}'")
            for statement in (
                "UPDATE quotes SET valid_until = now()", "UPDATE quote_items SET amount = 0",
                "UPDATE quote_decisions SET decided_by = 'x'", "DELETE FROM quote_decisions",
            ):  # fmt: skip
                with pytest.raises(asyncpg.RestrictViolationError):
                    await connection.execute(statement)
        finally:
            await connection.close()


async def test_quotes_take_the_same_few_queries_however_long_they_are(manager: Caller, app: Any) -> None:
    counts = []
    for amounts in (["75.10"], ["75.10"] * 6):
        order = await make_order(manager, "in_progress")
        upsells = [each["id"] for each in await propose(manager, order, *amounts)]
        await revise(manager, order["id"], *upsells)
        with statements_of(app) as sent:
            quote = await revise(manager, order["id"], *upsells)
            making = len(sent)
            await manager.read(f"/v1/repair-orders/{order['id']}/quotes")
            reading = len(sent) - making
            await manager.make(f"/v1/quotes/{quote['id']}/decisions", told(quote, *["approved"] * len(amounts)))
            counts.append((making, reading, len(sent) - making - reading))
    assert counts[0] == counts[1]
    assert counts[0][1] == 5


async def test_one_store_neither_sees_nor_decides_another_stores_quotes(manager: Caller, stranger: Caller) -> None:
    quote = await make_quote(manager)
    assert (await stranger.get(f"/v1/quotes/{quote['id']}")).status_code == 404
    assert (await stranger.get(f"/v1/repair-orders/{quote['order_id']}/quotes")).status_code == 404
    for path, body in (
        (f"/v1/repair-orders/{quote['order_id']}/quotes", quote_body(*shown(quote))),
        (f"/v1/quotes/{quote['id']}/decisions", told(quote, "approved")),
        (f"/v1/quotes/{quote['id']}/links", {}),
    ):
        assert (await stranger.post(path, body)).status_code == 404


async def test_the_overview_of_an_order_tells_its_quotes_and_which_one_was_approved(manager: Caller) -> None:
    first = await make_quote(manager, "75.10", "20.05")
    second = await revise(manager, first["order_id"], *shown(first)[:1])
    await manager.make(f"/v1/quotes/{second['id']}/decisions", told(second, "approved"))
    overview = await manager.read(f"/v1/overview-parts/repair-orders/{first['order_number']}")
    assert [(q["number"], q["total"], q["customer_share"]) for q in overview["quotes"]] == [
        (2, "759.10", "75.10"), (1, "1463.15", "95.15"),
    ]  # fmt: skip
    assert [u["quote"] for u in overview["upsells"]] == [{"id": second["id"], "number": 2}, None]
