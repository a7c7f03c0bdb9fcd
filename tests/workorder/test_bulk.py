from typing import Any

import asyncpg
import httpx
import pytest

from tests.calls import Caller, tally
from tests.harness import Clone, Keys, feed_of
from tests.workorder.caller import line_body, line_row, order_body, order_row, part_row, settled_row, upsell_row

IMPORT = "01990000-0000-7000-8000-000000000001"


async def events_after(client: httpx.AsyncClient, keys: Keys, before: int) -> list[dict[str, Any]]:
    return (await feed_of(client, keys, "workorder"))[before:]


async def test_a_row_is_created_then_unchanged_then_updated(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    assert await manager.outcomes("repair-orders", order_row()) == ["created"]
    assert await manager.outcomes("repair-orders", order_row()) == ["unchanged"]
    assert await manager.outcomes("repair-orders", settled_row()) == ["updated"]
    order = await manager.read("/v1/repair-orders/by-number/W1")
    assert (order["version"], order["state"], order["source"]) == (2, "closed", "dms")
    events = await feed_of(client, keys, "workorder")
    assert [(e["type"], e["entityversion"]) for e in events] == [
        ("workorder.order.opened", 1),
        ("workorder.order.settled", 2),
    ]


async def test_a_former_version_is_kept_as_it_was(manager: Caller, database: Clone) -> None:
    await manager.take_in("repair-orders", order_row())
    await manager.take_in("repair-orders", settled_row())
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute("ALTER TABLE repair_order_history NO FORCE ROW LEVEL SECURITY")
        rows = await connection.fetch("SELECT version, state->>'state' AS state FROM repair_order_history")
    finally:
        await connection.close()
    assert [tuple(row) for row in rows] == [(1, "in_progress")]


async def test_a_settled_order_that_is_reported_in_work_again_is_in_work(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    await manager.take_in("repair-orders", settled_row())
    await manager.take_in("repair-order-lines", line_row())
    before = len(await feed_of(client, keys, "workorder"))
    assert await manager.outcomes("repair-orders", order_row()) == ["updated"]
    order = await manager.read("/v1/repair-orders/by-number/W1")
    assert (order["state"], order["settled"], order["left_at"]) == ("in_progress", False, None)
    events = await events_after(client, keys, before)
    assert [e["type"] for e in events] == ["workorder.order.state_changed", "workorder.labour.completed"]
    assert (events[1]["data"]["completed_on"], events[1]["entityversion"]) == (None, 2)


async def test_an_order_followed_here_is_not_pulled_back_by_an_export_that_knows_less(manager: Caller) -> None:
    await manager.take_in("repair-orders", order_row())
    order = await manager.read("/v1/repair-orders/by-number/W1")
    await manager.make(f"/v1/repair-orders/{order['id']}/inspect", If_Match='"1"')
    assert await manager.outcomes("repair-orders", order_row(odometer_km=63371)) == ["updated"]
    order = await manager.read("/v1/repair-orders/by-number/W1")
    assert (order["state"], order["odometer_km"]) == ("quality_check", 63371)


async def test_the_first_of_two_rows_with_one_number_stays(manager: Caller) -> None:
    assert await manager.outcomes("repair-orders", order_row(), order_row(odometer_km=1)) == ["created", "duplicate"]
    assert (await manager.read("/v1/repair-orders/by-number/W1"))["odometer_km"] == 63370


async def test_a_row_repeated_in_a_later_chunk_of_the_import_is_a_duplicate(manager: Caller) -> None:
    await manager.take_in("repair-orders", order_row())
    assert await manager.outcomes("repair-orders", order_row(), import_id=IMPORT) == ["unchanged"]
    changed = order_row(odometer_km=1)
    assert await manager.outcomes("repair-orders", changed, import_id=IMPORT) == ["duplicate"]
    assert (await manager.read("/v1/repair-orders/by-number/W1"))["odometer_km"] == 63370


WRONG: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("repair-orders", order_row(kind="party"), ("kind", "enum")),
    ("repair-orders", {**order_row(), "colour": "red"}, ("colour", "unknown-field")),
    ("repair-orders", {k: v for k, v in order_row().items() if k != "opened_at"}, ("opened_at", "required")),
    ("repair-orders", order_row(opened_at="2026-09-08T13:58:00"), ("opened_at", "timezone-aware")),
    ("repair-orders", order_row(odometer_km=-1), ("odometer_km", "greater-than-equal")),
    ("repair-orders", order_row(complaint="a\x00b"), ("complaint", "string-pattern-mismatch")),
    ("repair-order-lines", line_row(amount="67.5"), ("amount", "value-error")),
    ("repair-order-lines", line_row(amount="-1000000000.00"), ("amount", "greater-than")),
    ("repair-order-lines", line_row(list_price="1000000000.00"), ("list_price", "less-than")),
    ("repair-order-lines", line_row(order_number="W9"), ("order_number", "order-unknown")),
    (
        "payments",
        {"order_number": "W9", "paid_on": "2026-09-08", "amount": "1.00", "method": "cash"},
        ("order_number", "order-unknown"),
    ),
    (
        "insurer-approvals",
        {"order_number": "W9", "approved_on": "2026-09-08", "approved_amount": "1.00", "owner_share": "0.00"},
        ("order_number", "order-unknown"),
    ),
]


@pytest.mark.parametrize(("resource", "row", "error"), WRONG)
async def test_a_wrong_row_is_rejected_and_costs_the_others_nothing(
    manager: Caller, resource: str, row: dict[str, Any], error: tuple[str, str]
) -> None:
    await manager.take_in("repair-orders", order_row())
    good = {"repair-orders": order_row(number="W2"), "repair-order-lines": line_row()}.get(resource)
    report = await manager.take_in(resource, row, *([good] if good else []))
    rejected = report["results"][0]
    assert (rejected["row"], rejected["outcome"]) == (2, "rejected")
    assert (rejected["errors"][0]["field"], rejected["errors"][0]["code"]) == error
    assert [result["outcome"] for result in report["results"][1:]] == ["created"] * bool(good)


async def test_too_many_rows_are_refused_as_a_whole(manager: Caller) -> None:
    refused = await manager.post("/v1/bulk/consumables", {"source": "dms", "rows": [{"row": n} for n in range(5001)]})
    assert refused.status_code == 422


async def test_goods_sold_too_cheaply_are_kept_with_a_warning(manager: Caller) -> None:
    sale = {
        "number": "B1", "sold_on": "2026-09-04", "item": "座套", "list_price": "100.00", "amount": "79.00",
        "department": "accessory", "seller": "JP01", "given_away": False, "installed": False,
    }  # fmt: skip
    report = await manager.take_in("accessory-sales", sale)
    assert report["results"][0]["outcome"] == "created"
    assert report["results"][0]["warnings"][0]["code"] == "below-lowest-price"


async def test_imported_lines_become_upsells_with_their_decision(manager: Caller) -> None:
    await manager.take_in("repair-orders", settled_row())
    await manager.take_in(
        "repair-order-lines", line_row(), upsell_row(), part_row(), upsell_row(line_number=9, decision=None)
    )
    upsells = {each["number"]: each for each in (await manager.read("/v1/upsells"))["items"]}
    assert set(upsells) == {"W1/7", "W1/9"}
    assert (upsells["W1/7"]["line_numbers"], upsells["W1/7"]["amount"]) == ([7, 8], "751.50")
    assert (upsells["W1/7"]["decision"], upsells["W1/9"]["decision"]) == ("approved", None)


async def test_a_part_that_comes_in_a_later_chunk_joins_its_operation(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    await manager.take_in("repair-orders", settled_row())
    await manager.take_in("repair-order-lines", upsell_row())
    before = len(await feed_of(client, keys, "workorder"))
    await manager.take_in("repair-order-lines", part_row())
    [upsell] = (await manager.read("/v1/upsells"))["items"]
    assert (upsell["line_numbers"], upsell["version"]) == ([7, 8], 2)
    assert tally(await events_after(client, keys, before)) == {
        "workorder.line.changed": 1,
        "workorder.upsell.decided": 1,
    }


async def test_labour_that_comes_after_its_part_takes_the_part_over(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    await manager.take_in("repair-orders", settled_row())
    await manager.take_in("repair-order-lines", part_row())
    before = len(await feed_of(client, keys, "workorder"))
    await manager.take_in("repair-order-lines", upsell_row())
    figures = await manager.read("/v1/upsell-figures")
    assert [(f["proposed"], f["approved_amount"]) for f in figures["advisors"]] == [(1, "751.50")]
    lines = [e for e in await events_after(client, keys, before) if e["type"] == "workorder.line.changed"]
    assert {(e["data"]["line_number"], e["entityversion"], e["data"]["upsell_number"]) for e in lines} == {
        (7, 1, "W1/7"),
        (8, 2, "W1/7"),
    }


async def test_a_changed_decision_changes_the_upsell_and_its_labour(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    await manager.take_in("repair-orders", settled_row())
    await manager.take_in("repair-order-lines", upsell_row(), part_row())
    before = len(await feed_of(client, keys, "workorder"))
    declined = {"decision": "declined", "amount": "0.00"}
    await manager.take_in("repair-order-lines", upsell_row(**declined), part_row(**declined))
    events = await events_after(client, keys, before)
    [upsell] = [e for e in events if e["type"] == "workorder.upsell.decided"]
    assert (upsell["data"]["decision"], upsell["data"]["amount"], upsell["entityversion"]) == ("declined", "0.00", 2)
    [labour] = [e for e in events if e["type"] == "workorder.labour.completed"]
    assert (labour["data"]["completed_on"], labour["entityversion"]) == (None, 2)


async def test_a_decision_taken_here_outlives_an_import_that_repeats_itself(manager: Caller) -> None:
    await manager.take_in("repair-orders", order_row())
    lines = [upsell_row(decision="deferred"), part_row(decision="deferred")]
    await manager.take_in("repair-order-lines", *lines)
    [upsell] = (await manager.read("/v1/upsells"))["items"]
    await manager.make(f"/v1/upsells/{upsell['id']}/approve", {"method": "phone"}, If_Match='"1"')
    assert await manager.outcomes("repair-order-lines", *lines, line_row()) == ["unchanged", "unchanged", "created"]
    [upsell] = (await manager.read("/v1/upsells"))["items"]
    assert (upsell["decision"], upsell["decided_by_method"]) == ("approved", "phone")


async def test_a_number_written_in_another_way_is_no_change(manager: Caller) -> None:
    await manager.take_in("repair-orders", order_row())
    assert await manager.outcomes("repair-order-lines", line_row()) == ["created"]
    same = line_row(standard_hours="0.5000", quantity="1.0", finder=None)
    assert await manager.outcomes("repair-order-lines", same) == ["unchanged"]
    assert await manager.outcomes("repair-order-lines", line_row(quantity="10")) == ["updated"]


async def test_lines_bring_operations_that_the_catalogue_lacks(manager: Caller) -> None:
    await manager.take_in("repair-orders", order_row())
    await manager.take_in("repair-order-lines", line_row(), line_row(line_number=2, list_price="80.00"))
    operation = await manager.read("/v1/operations/ME04")
    assert operation["prices"] == [{"valid_from": "2026-09-08", "list_price": "75.00"}]
    assert operation["standard_hours"] == "0.5"


async def test_an_imported_operation_gets_its_price_from_today(manager: Caller) -> None:
    row = {"code": "ME04", "name": "更换蓄电池", "kind": "labour", "standard_hours": "0.50", "list_price": "75.00"}
    assert await manager.outcomes("operations", row) == ["created"]
    assert await manager.outcomes("operations", row) == ["unchanged"]
    assert await manager.outcomes("operations", {**row, "list_price": "80.00"}) == ["updated"]
    operation = await manager.read("/v1/operations/ME04")
    assert (operation["list_price"], operation["version"], len(operation["prices"])) == ("80.00", 2, 1)


async def test_an_approval_is_corrected_and_money_told_apart_by_its_ordinal(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    await manager.take_in("repair-orders", settled_row(kind="accident"))
    approval = {"order_number": "W1", "approved_on": "2026-09-23", "approved_amount": "10.00", "owner_share": "0.00"}
    assert await manager.outcomes("insurer-approvals", approval) == ["created"]
    assert await manager.outcomes("insurer-approvals", {**approval, "approved_amount": "11.00"}) == ["updated"]
    payment = {"order_number": "W1", "paid_on": "2026-09-08", "amount": "5.00", "method": "cash"}
    twice = [{**payment, "ordinal": 1}, {**payment, "ordinal": 2}]
    assert await manager.outcomes("payments", *twice) == ["created", "created"]
    assert await manager.outcomes("payments", *twice) == ["unchanged", "unchanged"]
    corrected = [{**payment, "ordinal": 1}, {**payment, "ordinal": 2, "amount": "6.00"}]
    assert await manager.outcomes("payments", *corrected) == ["unchanged", "updated"]
    approved = [e for e in await feed_of(client, keys, "workorder") if e["type"] == "workorder.insurer.approved"]
    assert [(e["entityversion"], e["data"]["approved_amount"]) for e in approved] == [(1, "10.00"), (2, "11.00")]


@pytest.mark.parametrize(
    ("resource", "row"),
    [
        ("payments", {"order_number": "W1", "paid_on": "2026-09-08", "method": "cash"}),
        ("reimbursements", {"order_number": "W1", "paid_on": "2026-09-08"}),
        ("consumables", {"team": "机电一组", "used_on": "2026-09-08", "item": "机油"}),
    ],
)
async def test_a_corrected_amount_is_a_new_version_of_the_same_thing(
    manager: Caller, resource: str, row: dict[str, str]
) -> None:
    await manager.take_in("repair-orders", settled_row())
    assert await manager.outcomes(resource, {**row, "amount": "5.00", "ordinal": 1}) == ["created"]
    assert await manager.outcomes(resource, {**row, "amount": "7.00", "ordinal": 1}) == ["updated"]
    [entry] = (await manager.read(f"/v1/{resource}"))["items"]
    assert (entry["amount"], entry["version"]) == ("7.00", 2)


async def test_the_money_of_one_system_is_not_that_of_another(manager: Caller) -> None:
    await manager.take_in("repair-orders", settled_row())
    payment = {"row": 2, "order_number": "W1", "paid_on": "2026-09-08", "method": "cash", "amount": "5.00"}
    for source in ("dms", "old-dms"):
        answer = await manager.post("/v1/bulk/payments", {"source": source, "rows": [payment]})
        assert answer.json()["counts"]["created"] == 1
    assert len((await manager.read("/v1/payments"))["items"]) == 2


async def test_lines_imported_into_an_order_opened_here_are_grouped_again_when_they_change(manager: Caller) -> None:
    await manager.make("/v1/repair-orders", order_body(number="W1"))
    await manager.take_in("repair-order-lines", upsell_row(), part_row())
    await manager.take_in("repair-order-lines", upsell_row(decision="declined"), part_row(decision="declined"))
    [upsell] = (await manager.read("/v1/upsells"))["items"]
    assert (upsell["decision"], upsell["version"]) == ("declined", 2)


@pytest.mark.parametrize(
    ("told", "shares"),
    [
        ({"amount": "80.00"}, None),
        ({"payer": "maker"}, None),
        ({"name": "更换机油"}, {"customer": "50.00", "maker": "25.00"}),
    ],
)
async def test_shares_of_a_line_hold_as_long_as_an_import_leaves_its_money_as_it_was(
    manager: Caller, told: dict[str, Any], shares: dict[str, str] | None
) -> None:
    split = line_body(amount="75.00", payer="customer", shares={"customer": "50.00", "maker": "25.00"})
    order = await manager.make("/v1/repair-orders", order_body(number="W1", lines=[split]))
    row = line_row(line_number=1, **{"amount": "75.00", "payer": "customer", **told})
    assert await manager.outcomes("repair-order-lines", row) == ["updated"]
    [line] = (await manager.read(f"/v1/repair-orders/{order['id']}/lines"))["items"]
    assert line["shares"] == shares


async def test_another_system_does_not_pass_for_this_one(manager: Caller) -> None:
    refused = await manager.post("/v1/bulk/consumables", {"source": "aftermile", "rows": []})
    assert refused.status_code == 422


async def test_an_upsell_whose_lines_are_none_any_more_no_longer_counts(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    await manager.take_in("repair-orders", settled_row())
    await manager.take_in("repair-order-lines", upsell_row(), part_row())
    plain = {"is_upsell": False, "upsell_source": None, "stage": None, "finder": None, "decision": None}
    await manager.take_in("repair-order-lines", upsell_row(**plain), part_row(**plain))
    assert (await manager.read("/v1/upsell-figures"))["advisors"] == []
    [upsell] = (await manager.read("/v1/upsells"))["items"]
    assert (upsell["decision"], upsell["line_numbers"], upsell["amount"]) == ("revoked", [], "0.00")
    told = [e["data"] for e in await feed_of(client, keys, "workorder") if e["type"] == "workorder.upsell.decided"]
    assert [(each["decision"], each["line_numbers"]) for each in told] == [("approved", [7, 8]), ("revoked", [])]
    lines = await manager.read(f"/v1/repair-orders/{upsell['order_id']}/lines")
    assert [line["upsell_id"] for line in lines["items"]] == [None, None]
