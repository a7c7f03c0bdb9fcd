"""Merging records of one person and taking merges apart again."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.calls import Caller, tally
from tests.customer.caller import ID_NUMBER, OTHER_ID_NUMBER, customer_row
from tests.harness import Keys, feed_of


async def by_number(caller: Caller, number: str, **parameters: Any) -> dict[str, Any]:
    found: dict[str, Any] = await caller.read(f"/v1/customers/by-number/{number}", **parameters)
    return found


@pytest.fixture
async def merged(manager: Caller) -> dict[str, Any]:
    """C1 has no ID number and no hobbies, C9 is certainly the same person and has both."""
    report = await manager.take_in(
        "customers",
        customer_row(),
        customer_row(number="C9", name="王 磊", id_number=ID_NUMBER, hobbies="钓鱼", occupation="律师"),
    )
    assert report["merged"] == 1
    [merge] = (await manager.read("/v1/merges"))["items"]
    found: dict[str, Any] = merge
    return found


async def test_the_earlier_number_stays_and_takes_what_it_lacked(merged: dict[str, Any], manager: Caller) -> None:
    assert (merged["survivor_number"], merged["duplicate_number"], merged["reason"]) == ("C1", "C9", "certain")
    assert sorted(merged["fields"]) == ["hobbies", "id_number"]
    survivor = await by_number(manager, "C9", reveal=True)
    assert (survivor["number"], survivor["aliases"], survivor["version"]) == ("C1", ["C1", "C9"], 2)
    assert (survivor["id_number"], survivor["hobbies"], survivor["occupation"]) == (ID_NUMBER, "钓鱼", "医生")


async def test_a_merge_is_told_in_events(merged: dict[str, Any], client: httpx.AsyncClient, keys: Keys) -> None:
    events = await feed_of(client, keys, "customer")
    assert tally(events) == {
        "customer.customer.created": 2, "customer.customer.merged": 1, "customer.customer.changed": 1,
    }  # fmt: skip
    told = {event["type"]: event["data"] for event in events}
    assert told["customer.customer.merged"]["number"] == "C1"
    assert told["customer.customer.merged"]["merged_number"] == "C9"
    assert told["customer.customer.merged"]["merged_id"] == merged["duplicate_id"]
    assert told["customer.customer.changed"]["number"] == "C9"
    assert told["customer.customer.changed"]["merged_into"] == {"id": merged["survivor_id"], "number": "C1"}


async def test_unmerge_gives_both_back_as_they_were(merged: dict[str, Any], manager: Caller) -> None:
    undone = await manager.post(f"/v1/merges/{merged['id']}/undo", If_Match='"1"')
    assert undone.json()["undone_by"] == "SA01"
    one, other = await by_number(manager, "C1"), await by_number(manager, "C9", reveal=True)
    assert (one["aliases"], one["id_number"], one["hobbies"]) == (["C1"], None, None)
    assert (other["aliases"], other["id_number"], other["name"]) == (["C9"], ID_NUMBER, "王 磊")
    again = await manager.post(f"/v1/merges/{merged['id']}/undo", If_Match='"2"')
    assert (again.status_code, again.json()["type"]) == (409, "urn:aftermile:problem:merge-already-undone")


async def test_what_was_taken_apart_is_not_merged_by_an_import_again(merged: dict[str, Any], manager: Caller) -> None:
    await manager.post(f"/v1/merges/{merged['id']}/undo", If_Match='"1"')
    report = await manager.take_in("customers", customer_row(hobbies="摄影"), customer_row(number="C9", hobbies="摄影"))
    assert (report["counts"]["updated"], report["merged"]) == (2, 0)
    third = await manager.take_in("customers", customer_row(number="C5"))
    assert third["merged"] == 1


async def test_an_edit_after_the_merge_outlives_the_unmerge(merged: dict[str, Any], manager: Caller) -> None:
    await manager.patch(f"/v1/customers/{merged['survivor_id']}", {"hobbies": "摄影"}, If_Match='"2"')
    await manager.post(f"/v1/merges/{merged['id']}/undo", If_Match='"1"')
    survivor = await by_number(manager, "C1")
    assert (survivor["hobbies"], survivor["id_number"]) == ("摄影", None)


async def test_a_row_of_a_merged_number_keeps_the_merge(merged: dict[str, Any], manager: Caller) -> None:
    report = await manager.take_in("customers", customer_row(number="C9", name="王 磊", occupation="会计"))
    assert (report["counts"]["updated"], report["merged"]) == (1, 0)
    assert (await by_number(manager, "C9"))["number"] == "C1"
    history = await manager.read(f"/v1/customers/{merged['duplicate_id']}/history")
    assert [(each["version"], each["occupation"]) for each in history["items"]] == [(2, "律师"), (1, "律师")]


async def test_a_merged_record_is_not_changed_by_hand(merged: dict[str, Any], manager: Caller) -> None:
    refused = await manager.patch(f"/v1/customers/{merged['duplicate_id']}", {"hobbies": "摄影"}, If_Match='"2"')
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:customer-merged")


async def test_a_customer_is_found_by_what_the_merged_record_says(manager: Caller) -> None:
    rows = [customer_row(id_number=ID_NUMBER), customer_row(number="C2", mobile="13900002222", id_number=ID_NUMBER)]
    assert (await manager.take_in("customers", *rows))["merged"] == 1
    found = await manager.read("/v1/customers", mobile="13900002222")
    assert [each["number"] for each in found["items"]] == ["C1"]


@pytest.mark.parametrize(
    "other",
    [
        customer_row(number="C2", name="王小明"),
        customer_row(number="C2", id_number=OTHER_ID_NUMBER),
        customer_row(number="C2", mobile="138000011"),
    ],
)
async def test_families_and_namesakes_stay_apart(manager: Caller, other: dict[str, Any]) -> None:
    report = await manager.take_in("customers", customer_row(id_number=ID_NUMBER), other)
    assert report["merged"] == 0


async def test_a_person_chooses_field_by_field(manager: Caller) -> None:
    one = await manager.make("/v1/customers", customer_row())
    two = await manager.make("/v1/customers", customer_row(number="C2", name="王蕾", mobile="13900002222", income="高"))
    body = {"duplicate_id": two["id"], "choose": {"name": "duplicate", "mobile": "duplicate", "income": "survivor"}}
    path = f"/v1/customers/{one['id']}/merge"
    assert (await manager.post(path, body)).status_code == 428
    merge = await manager.make(path, body, If_Match='"1"')
    assert (merge["reason"], sorted(merge["fields"])) == ("chosen", ["mobile", "name"])
    survivor = await by_number(manager, "C2", reveal=True)
    assert (survivor["name"], survivor["mobile"], survivor["income"]) == ("王蕾", "13900002222", None)
    assert len((await manager.read("/v1/customers", name="王蕾"))["items"]) == 1
    await manager.post(f"/v1/merges/{merge['id']}/undo", If_Match='"1"')
    assert (await by_number(manager, "C1", reveal=True))["mobile"] == "13800001111"
    assert [each["number"] for each in (await manager.read("/v1/customers", name="王磊"))["items"]] == ["C1"]


async def test_a_merge_that_makes_no_sense_is_refused(merged: dict[str, Any], manager: Caller) -> None:
    survivor, duplicate = merged["survivor_id"], merged["duplicate_id"]
    third = await manager.make("/v1/customers", customer_row(number="C3", name="李静", mobile=None))

    async def refusal(path: str, duplicate_id: str, version: int, **choose: str) -> tuple[int, str]:
        body = {"duplicate_id": duplicate_id, "choose": choose}
        answer = await manager.post(f"/v1/customers/{path}/merge", body, If_Match=f'"{version}"')
        return answer.status_code, answer.json()["type"].rpartition(":")[2]

    assert await refusal(survivor, survivor, 2) == (409, "merge-with-itself")
    assert await refusal(survivor, duplicate, 2) == (409, "merge-with-itself")
    assert await refusal(third["id"], duplicate, 1) == (409, "customer-merged")
    assert await refusal(third["id"], survivor, 9) == (412, "version-stale")
    assert await refusal(third["id"], survivor, 1, number="duplicate") == (422, "field-not-choosable")
    assert await refusal(third["id"], str(uuid4()), 1) == (404, "not-found")


async def test_merges_in_a_row_are_followed_and_undone_last_first(merged: dict[str, Any], manager: Caller) -> None:
    root = await manager.make("/v1/customers", customer_row(number="A1", name="王总", mobile=None, hobbies="围棋"))
    body = {"duplicate_id": merged["survivor_id"], "choose": {"hobbies": "duplicate"}}
    second = await manager.make(f"/v1/customers/{root['id']}/merge", body, If_Match='"1"')
    assert (await by_number(manager, "C9"))["aliases"] == ["A1", "C1", "C9"]
    early = await manager.post(f"/v1/merges/{merged['id']}/undo", If_Match='"1"')
    assert (early.status_code, early.json()["type"]) == (409, "urn:aftermile:problem:later-merge-first")
    await manager.post(f"/v1/merges/{second['id']}/undo", If_Match='"1"')
    assert (await by_number(manager, "C9"))["aliases"] == ["C1", "C9"]
    assert (await by_number(manager, "A1"))["hobbies"] == "围棋"


async def test_a_later_merge_of_the_same_fields_is_undone_first(merged: dict[str, Any], manager: Caller) -> None:
    other = await manager.make("/v1/customers", customer_row(number="C7", name="李静", mobile=None, hobbies="围棋"))
    body = {"duplicate_id": other["id"], "choose": {"hobbies": "duplicate"}}
    await manager.make(f"/v1/customers/{merged['survivor_id']}/merge", body, If_Match='"2"')
    refused = await manager.post(f"/v1/merges/{merged['id']}/undo", If_Match='"1"')
    assert refused.json()["type"] == "urn:aftermile:problem:later-merge-first"


async def test_many_records_of_one_person_become_one(manager: Caller) -> None:
    rows = [customer_row(number=f"C{n}") for n in (10, 9, 11, 12)]
    report = await manager.take_in("customers", *rows)
    assert report["merged"] == 3
    assert (await by_number(manager, "C12"))["number"] == "C9"
    warned = {result["row"]: result["warnings"] for result in report["results"]}
    assert [warning["detail"] for warning in warned[2]] == ["merged-into:C9"]
    assert warned[3] == []


async def test_likely_duplicates_are_left_to_a_person(manager: Caller) -> None:
    home = {"home_address": "园区苏街383号", "id_number": None}
    rows = [
        customer_row(number="C1", mobile="13900000001", **home),
        customer_row(number="C2", mobile="13900000002", **home),
        customer_row(number="C3", mobile="13900000003", **{**home, "home_address": "园区湖街1号"}),
    ]
    assert (await manager.take_in("customers", *rows))["merged"] == 0
    [pair] = (await manager.read("/v1/likely-duplicates"))["items"]
    assert (pair["number"], pair["other_number"]) == ("C1", "C2")
    body = {"duplicate_id": pair["other_id"]}
    merge = await manager.make(f"/v1/customers/{pair['id']}/merge", body, If_Match='"1"')
    assert (await manager.read(f"/v1/merges/{merge['id']}"))["survivor_number"] == "C1"
    await manager.make(f"/v1/merges/{merge['id']}/undo", If_Match='"1"')
    assert (await manager.read("/v1/likely-duplicates"))["items"] == []


async def test_merges_are_listed_by_standing_and_customer(merged: dict[str, Any], manager: Caller) -> None:
    assert len((await manager.read("/v1/merges", standing=True))["items"]) == 1
    assert (await manager.read("/v1/merges", standing=False))["items"] == []
    assert len((await manager.read("/v1/merges", customer_id=merged["duplicate_id"]))["items"]) == 1
    assert (await manager.get(f"/v1/merges/{uuid4()}")).status_code == 404
