"""Customers one at a time: created, found, changed, noted, shown masked."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.calls import Caller, tally
from tests.customer.caller import ID_NUMBER, customer_row
from tests.harness import AStore, Keys, bearer, feed_of


@pytest.fixture
async def customer(manager: Caller) -> dict[str, Any]:
    return await manager.make("/v1/customers", customer_row(id_number=ID_NUMBER))


async def test_a_created_customer_is_shown_masked_and_announced(
    customer: dict[str, Any], client: httpx.AsyncClient, keys: Keys
) -> None:
    assert (customer["mobile"], customer["id_number"]) == ("138****1111", "310*************8X")
    assert (customer["number"], customer["source"], customer["version"]) == ("C1", "aftermile", 1)
    [event] = await feed_of(client, keys, "customer")
    assert event["type"] == "customer.customer.created"
    assert event["data"] == {
        "id": customer["id"], "number": "C1", "source": "aftermile", "kind": "person", "name": "王磊",
        "merged_into": None,
    }  # fmt: skip


async def test_personal_values_are_revealed_to_those_who_serve_the_customer(
    customer: dict[str, Any], manager: Caller, cashier: Caller
) -> None:
    path = f"/v1/customers/{customer['id']}"
    revealed = await manager.read(path, reveal=True)
    assert (revealed["mobile"], revealed["id_number"]) == ("13800001111", ID_NUMBER)
    assert (await cashier.read(path))["mobile"] == "138****1111"
    assert (await cashier.get(path, reveal=True)).status_code == 403


async def test_a_number_is_given_once(customer: dict[str, Any], manager: Caller) -> None:
    again = await manager.post("/v1/customers", customer_row(name="李静"))
    assert (again.status_code, again.json()["type"]) == (409, "urn:aftermile:problem:number-taken")


async def test_a_create_sent_twice_happens_once(manager: Caller, client: httpx.AsyncClient, keys: Keys) -> None:
    first = await manager.post("/v1/customers", customer_row(), Idempotency_Key="k1")
    second = await manager.post("/v1/customers", customer_row(), Idempotency_Key="k1")
    assert (second.status_code, second.headers["idempotent-replayed"]) == (201, "true")
    assert second.json() == first.json()
    assert len(await feed_of(client, keys, "customer")) == 1
    other = await manager.post("/v1/customers", customer_row(name="李静"), Idempotency_Key="k1")
    assert other.status_code == 422


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": "王"}, {"name": "王磊"}, {"mobile": "+86 138-0000-1111"}, {"id_number": ID_NUMBER.lower()},
        {"number": "C1"}, {"name": "王磊", "mobile": "13800001111"},
    ],
)  # fmt: skip
async def test_a_customer_is_found_by_what_identifies_it(
    customer: dict[str, Any], manager: Caller, wanted: dict[str, str]
) -> None:
    await manager.make("/v1/customers", customer_row(number="C2", name="李静", mobile="13900002222"))
    assert [each["number"] for each in (await manager.read("/v1/customers", **wanted))["items"]] == ["C1"]


async def test_a_list_goes_on_where_it_ended(manager: Caller) -> None:
    await manager.take_in("customers", *(customer_row(number=f"C{n}", mobile=None, name=f"王{n}") for n in range(5)))
    first = await manager.read("/v1/customers", limit=3)
    rest = await manager.read(first["next"])
    assert [each["number"] for each in first["items"] + rest["items"]] == ["C0", "C1", "C2", "C3", "C4"]
    assert rest["next"] is None
    cursor = httpx.URL(first["next"]).params["cursor"]
    moved = await manager.get("/v1/customers", cursor=cursor, limit=3, name="王")
    assert moved.status_code == 410


async def test_a_change_needs_the_version_it_is_for(customer: dict[str, Any], manager: Caller) -> None:
    path = f"/v1/customers/{customer['id']}"
    assert (await manager.patch(path, {"occupation": "律师"})).status_code == 428
    assert (await manager.patch(path, {"occupation": "律师"}, If_Match='"7"')).status_code == 412
    changed = await manager.patch(path, {"occupation": "律师", "mobile": None}, If_Match='"1"')
    assert changed.headers["etag"] == '"2"'
    assert (changed.json()["occupation"], changed.json()["mobile"]) == ("律师", None)
    [former] = (await manager.read(f"{path}/history"))["items"]
    assert (former["version"], former["occupation"], former["mobile"]) == (1, "医生", "138****1111")


async def test_a_change_that_changes_nothing_is_no_new_version(
    customer: dict[str, Any], manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    same = await manager.patch(f"/v1/customers/{customer['id']}", {"mobile": "138 0000 1111"}, If_Match='"1"')
    assert same.json()["version"] == 1
    assert len(await feed_of(client, keys, "customer")) == 1


async def test_a_renamed_customer_is_found_by_the_new_name_only(customer: dict[str, Any], manager: Caller) -> None:
    await manager.patch(f"/v1/customers/{customer['id']}", {"name": "赵六"}, If_Match='"1"')
    assert (await manager.read("/v1/customers", name="王磊"))["items"] == []
    assert len((await manager.read("/v1/customers", name="赵六"))["items"]) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"number": "C9", "name": "王", "rank": 1}, 422),
        ({"number": "C9"}, 422),
        ({"number": "C9", "name": "\u200b \x07"}, 422),
        ({"number": "\u200b", "name": "王"}, 422),
        ({"number": "C9", "name": "王", "sex": "other"}, 422),
    ],
)
async def test_a_body_that_is_not_understood_is_refused(manager: Caller, body: dict[str, Any], status: int) -> None:
    refused = await manager.post("/v1/customers", body)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["errors"]


async def test_unknown_parameters_are_refused(manager: Caller) -> None:
    assert (await manager.get("/v1/customers", colour="red")).status_code == 400


async def test_a_name_is_text_whatever_it_looks_like(manager: Caller) -> None:
    name = '=HYPERLINK("http://x")\u202e\'; DROP TABLE customer;--\x00'
    made = await manager.make("/v1/customers", customer_row(name=name))
    assert made["name"] == '=HYPERLINK("http://x")\'; DROP TABLE customer;--'
    assert (await manager.read(f"/v1/customers/{made['id']}"))["name"] == made["name"]


async def test_notes_carry_their_day_and_author(customer: dict[str, Any], manager: Caller) -> None:
    path = f"/v1/customers/{customer['id']}/notes"
    await manager.make(path, {"text": "喜欢周末来\n不喝咖啡", "noted_on": "2026-09-03"})
    await manager.make(path, {"text": "有两个孩子"})
    newest, oldest = (await manager.read(path))["items"]
    assert newest["text"] == "有两个孩子"
    assert (oldest["text"], oldest["noted_on"], oldest["author"]) == ("喜欢周末来\n不喝咖啡", "2026-09-03", "SA01")


@pytest.mark.parametrize("path", ["/v1/customers/{}", "/v1/customers/{}/history", "/v1/customers/{}/notes"])
async def test_who_is_not_there_is_not_found(manager: Caller, path: str) -> None:
    assert (await manager.get(path.format(uuid4()))).status_code == 404


async def test_roles_without_a_part_in_customers_are_refused(
    client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    technician = Caller(client, bearer(keys, "customer", "technician", stores=[store]))
    assert (await technician.get("/v1/customers")).status_code == 403
    assert (await technician.post("/v1/customers", customer_row())).status_code == 403
    assert (await client.get("/v1/customers")).status_code == 401


async def test_errors_never_repeat_personal_values(manager: Caller) -> None:
    refused = await manager.post("/v1/customers", {"number": "C1", "name": "王", "id_number": [ID_NUMBER]})
    assert ID_NUMBER not in refused.text
    report = await manager.take_in("customers", customer_row(id_number=[ID_NUMBER]))
    assert report["results"][0]["outcome"] == "rejected"
    assert ID_NUMBER not in json.dumps(report)


async def test_every_change_is_told_once(customer: dict[str, Any], manager: Caller, client: httpx.AsyncClient,
                                         keys: Keys) -> None:  # fmt: skip
    await manager.patch(f"/v1/customers/{customer['id']}", {"hobbies": "钓鱼"}, If_Match='"1"')
    events = await feed_of(client, keys, "customer")
    assert tally(events) == {"customer.customer.created": 1, "customer.customer.changed": 1}
    assert [event["entityversion"] for event in events] == [1, 2]


@pytest.mark.parametrize("nothing", ["\0", " ", "\u200b"])
async def test_a_search_for_nothing_visible_is_refused_and_lists_nobody(
    customer: dict[str, Any], manager: Caller, nothing: str
) -> None:
    refused = await manager.get("/v1/customers", name=nothing)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/query/name")
    assert [found["id"] for found in (await manager.read("/v1/customers", name="王"))["items"]] == [customer["id"]]
