from typing import Any

import asyncpg
import httpx
import pytest

from tests.calls import Caller
from tests.harness import AStore, Clone, Keys, bearer
from tests.workorder.billing import at, ready_order, settle, version_of
from tests.workorder.caller import asked_by, line_body, make_order, order_body, upsell_body
from tests.workorder.pricing import stock
from tests.workorder.quoting import problem

LIMIT = {
    "role": "service_advisor", "labour_line": "8", "labour_order": "8", "parts_line": "2.5", "parts_order": "2.5",
}  # fmt: skip


@pytest.fixture
def as_role(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Any:
    def made(*roles: str) -> Caller:
        return Caller(client, bearer(keys, "workorder", *roles, stores=[store], employee="SA02"))

    return made


async def test_an_advisor_gives_five_percent_and_no_more(as_role: Any) -> None:
    advisor = as_role("service_advisor")
    order = await advisor.make("/v1/repair-orders", order_body())
    refused = await advisor.post(at(order, "lines"), {"lines": [line_body(), line_body(amount="71.24")]})
    assert problem(refused) == (422, "discount-over-limit")
    [error] = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/lines/1/amount", "line-discount-over-limit")
    assert (await advisor.read(at(order, "lines")))["items"] == []
    await advisor.make(at(order, "lines"), {"lines": [line_body(amount="71.25")]})


async def test_an_order_is_opened_without_a_line_that_is_too_cheap(as_role: Any) -> None:
    refused = await as_role("service_advisor").post("/v1/repair-orders", order_body(lines=[line_body(amount="1.00")]))
    assert problem(refused) == (422, "discount-over-limit")
    assert (await as_role("service_advisor").read("/v1/repair-orders"))["items"] == []


async def test_a_supervisor_goes_further_and_what_the_house_pays_counts(as_role: Any) -> None:
    order = await make_order(as_role("desk_supervisor"), "in_progress")
    free = line_body(amount="75.00", payer="goodwill")
    given = await as_role("desk_supervisor").post(at(order, "upsells"), upsell_body(lines=[free]))
    assert problem(given) == (422, "discount-over-limit")
    await as_role("desk_supervisor").make(at(order, "upsells"), upsell_body(lines=[line_body(amount="63.75")]))
    refused = await as_role("technician").post(at(order, "upsells"), upsell_body(lines=[line_body(amount="74.99")]))
    assert problem(refused) == (422, "discount-over-limit")
    await as_role("technician").make(at(order, "upsells"), upsell_body(lines=[line_body()]))


async def test_a_price_is_not_changed_beyond_the_limit(as_role: Any) -> None:
    order = await make_order(as_role("service_advisor"), "checked_in")
    lowered = {"amount": "70.00", "reason": "a customer of old"}
    refused = await as_role("service_advisor").patch(at(order, "lines", 1), lowered, If_Match='"1"')
    assert problem(refused) == (422, "discount-over-limit")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/amount", "/amount"]
    courtesy = {"shares": {"customer": "70.00", "goodwill": "5.00"}, "reason": "a customer of old"}
    kind = await as_role("service_advisor").patch(at(order, "lines", 1), courtesy, If_Match='"1"')
    assert problem(kind) == (422, "discount-over-limit")
    changed = await as_role("desk_supervisor").patch(at(order, "lines", 1), lowered, If_Match='"1"')
    assert changed.status_code == 200
    raised = {"amount": "71.00", "reason": "less off"}
    assert (await as_role("service_advisor").patch(at(order, "lines", 1), raised, If_Match='"2"')).status_code == 200


async def test_what_one_was_allowed_to_give_is_settled_by_a_cashier(as_role: Any) -> None:
    order = await ready_order(as_role("administrator"), line_body(amount="10.00"))
    await settle(as_role("cashier"), order)
    content = (await as_role("cashier").read(at(order, "settlements", 1)))["content"]
    assert (content["discount"], content["amount"]) == ("65.00", "10.00")


async def test_a_menu_is_no_discount_of_whoever_adds_it(as_role: Any, manager: Caller) -> None:
    await stock(manager)
    advisor = as_role("service_advisor")
    order = await advisor.make("/v1/repair-orders", order_body())
    lines = (await advisor.make(at(order, "priced-lines"), {"items": [{"menu": "M1"}]}))["items"]
    assert any(float(line["amount"]) < float(line["list_price"]) * float(line["quantity"]) for line in lines)
    for verb in ("diagnose", "quote", "approve", "start", "inspect", "make-ready"):
        order = await advisor.make(at(order, verb), asked_by(verb), If_Match=version_of(order))
    await settle(as_role("cashier"), order)
    content = (await advisor.read(at(order, "settlements", 1)))["content"]
    assert (content["discount"], content["list_amount"]) == ("0.00", content["amount"])


async def test_a_stores_own_limit_holds_from_its_day_on(as_role: Any, manager: Caller) -> None:
    await manager.make("/v1/discount-limits", {**LIMIT, "valid_from": "2026-01-01"})
    await manager.make("/v1/discount-limits", {**LIMIT, "labour_line": "50", "valid_from": "2126-01-01"})
    in_force = {each["role"]: each for each in (await manager.read("/v1/discount-limits/in-force"))["items"]}
    assert in_force["service_advisor"]["labour_line"] == "8"
    assert (in_force["desk_supervisor"]["id"], in_force["desk_supervisor"]["parts_line"]) == (None, "15")
    order = await as_role("service_advisor").make("/v1/repair-orders", order_body())
    await as_role("service_advisor").make(at(order, "lines"), {"lines": [line_body(amount="69.00")]})
    part = line_body(kind="part", amount="72.00")
    assert (await as_role("service_advisor").post(at(order, "lines"), {"lines": [part]})).status_code == 422


async def test_a_limit_is_changed_by_a_manager_and_its_history_kept(
    as_role: Any, manager: Caller, database: Clone
) -> None:
    limit = await manager.make("/v1/discount-limits", LIMIT)
    address = f"/v1/discount-limits/{limit['id']}"
    assert (await manager.patch(address, {"parts_line": "3"})).status_code == 428
    changed = await manager.patch(address, {"parts_line": "3"}, If_Match=version_of(limit))
    assert (changed.json()["parts_line"], changed.json()["labour_line"], changed.json()["version"]) == ("3", "8", 2)
    assert (await manager.patch(address, {"parts_line": "4"}, If_Match=version_of(limit))).status_code == 412
    assert await manager.read(address) == changed.json()
    assert (await manager.read("/v1/discount-limits", role="service_advisor"))["items"] == [changed.json()]
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute("ALTER TABLE discount_limit_history NO FORCE ROW LEVEL SECURITY")
        assert await connection.fetchval("SELECT state->>'parts_line' FROM discount_limit_history") == "2.50"
    finally:
        await connection.close()


async def test_nobody_raises_his_own_limit(as_role: Any, manager: Caller) -> None:
    more = {**LIMIT, "role": "service_manager", "labour_line": "31"}
    refused = await as_role("service_manager").post("/v1/discount-limits", more)
    assert problem(refused) == (422, "limit-beyond-own")
    limit = await manager.make("/v1/discount-limits", more)
    raised = await as_role("service_manager").patch(
        f"/v1/discount-limits/{limit['id']}", {"labour_line": "99"}, If_Match='"1"'
    )
    assert problem(raised) == (422, "limit-beyond-own")
    assert (await as_role("desk_supervisor").post("/v1/discount-limits", LIMIT)).status_code == 403


BAD: list[dict[str, Any]] = [
    {"role": "Boss!"}, {"labour_line": "101"}, {"labour_line": "-1"}, {"parts_order": "1.005"}, {"parts_order": 5},
    {"valid_from": "soon"}, {"more": "x"},
]  # fmt: skip


async def test_bad_limits_are_refused(manager: Caller) -> None:
    for wrong in BAD:
        assert (await manager.post("/v1/discount-limits", {**LIMIT, **wrong})).status_code == 422, wrong
    await manager.make("/v1/discount-limits", LIMIT)
    assert problem(await manager.post("/v1/discount-limits", LIMIT)) == (409, "exists-already")


async def test_limits_of_one_store_are_nothing_to_another(manager: Caller, stranger: Caller) -> None:
    limit = await manager.make("/v1/discount-limits", LIMIT)
    assert (await stranger.get(f"/v1/discount-limits/{limit['id']}")).status_code == 404
    assert (await stranger.read("/v1/discount-limits"))["items"] == []
    assert (await stranger.read("/v1/shop"))["version"] == 0


async def test_a_discount_is_measured_against_the_catalogue_and_not_the_list_price_that_was_typed(
    manager: Caller, as_role: Any
) -> None:
    operation = {"code": "P77", "name": "蓄电池", "kind": "part", "list_price": "100.00", "valid_from": "2020-01-01"}
    await manager.make("/v1/operations", operation)
    advisor = as_role("service_advisor")
    order = await advisor.make("/v1/repair-orders", order_body())
    cheap = line_body(kind="part", code="P77", quantity="2", list_price="0.00", amount="189.99")
    for address in (at(order, "lines"), at(order, "upsells")):
        body = {"lines": [cheap]} if address.endswith("lines") else upsell_body(lines=[cheap])
        refused = await advisor.post(address, body)
        assert problem(refused) == (422, "discount-over-limit")
        assert "10.01 off 200.00" in refused.json()["errors"][0]["detail"]
    opened = await advisor.post("/v1/repair-orders", order_body(lines=[cheap]))
    assert problem(opened) == (422, "discount-over-limit")
    await advisor.make(at(order, "lines"), {"lines": [{**cheap, "amount": "190.00"}]})
    free = {"shares": {"customer": "100.00", "goodwill": "90.00"}, "reason": "a customer of old"}
    assert problem(await advisor.patch(at(order, "lines", 1), free, If_Match='"1"')) == (422, "discount-over-limit")
    unknown = line_body(kind="part", code="P78", list_price="10.00", amount="10.00")
    await advisor.make(at(order, "lines"), {"lines": [unknown]})
    preview = await manager.read(at(order, "settlement-preview"))
    assert [line["list_amount"] for line in preview["lines"]] == ["200.00", "10.00"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"list_price": "-75.00"}, {"list_price": "100000000.01"}, {"amount": "-0.01"}, {"amount": "100000000.01"},
        {"quantity": "-1"}, {"quantity": "0"}, {"quantity": "1000"}, {"quantity": "0.00001"},
    ],
)  # fmt: skip
async def test_a_line_typed_by_hand_has_a_price_and_a_quantity_that_can_be(
    manager: Caller, wrong: dict[str, str]
) -> None:
    order = await manager.make("/v1/repair-orders", order_body())
    answer = await manager.post(at(order, "lines"), {"lines": [line_body(**wrong)]})
    assert problem(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["pointer"].startswith("/lines/0/")
