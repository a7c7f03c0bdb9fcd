"""Complaints: opened, decided once, told to payroll."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.calls import Caller
from tests.customer.caller import complaint_row
from tests.harness import Keys, feed_of


@pytest.fixture
async def complaint(manager: Caller) -> dict[str, Any]:
    return await manager.make("/v1/complaints", complaint_row(employee=None, cause_text="漏油\n没修好"))


async def test_a_verified_complaint_names_the_person_and_is_told(
    complaint: dict[str, Any], manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    path = f"/v1/complaints/{complaint['id']}"
    assert (await manager.read(f"{path}/transitions"))["allowed"] == ["verify", "reject"]
    assert (await manager.post(f"{path}/verify", {"employee": "SA01"})).status_code == 428
    assert (await manager.post(f"{path}/verify", {"employee": "SA01"}, If_Match='"2"')).status_code == 412
    incomplete = await manager.post(f"{path}/verify", {}, If_Match='"1"')
    assert (incomplete.status_code, incomplete.json()["errors"][0]["pointer"]) == (422, "/employee")
    verified = await manager.make(f"{path}/verify", {"employee": "SA01", "finding": "看了录像"}, If_Match='"1"')
    assert (verified["state"], verified["employee"], verified["decided_by"]) == ("verified", "SA01", "SA01")
    opened, told = await feed_of(client, keys, "customer")
    assert (opened["type"], told["type"]) == ("customer.complaint.opened", "customer.complaint.verified")
    assert told["data"] == {
        "id": complaint["id"], "number": "T1", "source": "aftermile", "occurred_on": "2026-09-12",
        "order": {"source": "aftermile", "number": "W1", "id": None}, "employee": "SA01", "cause": "work_error",
        "cause_text": "漏油 没修好", "state": "verified", "verified": True, "verified_on": verified["verified_on"],
    }  # fmt: skip
    late = await manager.post(f"{path}/reject", {"finding": "不属实"}, If_Match='"2"')
    assert (late.status_code, late.json()["type"]) == (409, "urn:aftermile:problem:complaint-already-decided")


async def test_a_rejected_complaint_keeps_the_finding(complaint: dict[str, Any], manager: Caller) -> None:
    rejected = await manager.make(f"/v1/complaints/{complaint['id']}/reject", {"finding": "不属实"}, If_Match='"1"')
    assert (rejected["state"], rejected["finding"], rejected["version"]) == ("rejected", "不属实", 2)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["T3", "T2", "T1"]),
        ({"state": "verified"}, ["T2"]),
        ({"employee": "SA02"}, ["T3"]),
        ({"since": "2026-09-13", "until": "2026-09-13"}, ["T2"]),
        ({"order_number": "W9"}, []),
        ({"number": "T1"}, ["T1"]),
    ],
)
async def test_complaints_are_found_newest_first(manager: Caller, wanted: dict[str, str], found: list[str]) -> None:
    await manager.take_in(
        "complaints",
        complaint_row(),
        complaint_row(number="T2", occurred_on="2026-09-13", verified=True),
        complaint_row(number="T3", occurred_on="2026-09-14", employee="SA02", verified=False),
    )
    assert [each["number"] for each in (await manager.read("/v1/complaints", **wanted))["items"]] == found


async def test_a_list_of_complaints_goes_on_where_it_ended(manager: Caller) -> None:
    await manager.take_in("complaints", *(complaint_row(number=f"T{n}") for n in range(3)))
    first = await manager.read("/v1/complaints", limit=2)
    rest = await manager.read(first["next"])
    assert [each["number"] for each in first["items"] + rest["items"]] == ["T2", "T1", "T0"]


async def test_a_complaint_that_is_not_there_is_not_found(complaint: dict[str, Any], manager: Caller) -> None:
    assert (await manager.get(f"/v1/complaints/{uuid4()}")).status_code == 404
    verify = await manager.post(f"/v1/complaints/{uuid4()}/verify", {}, If_Match='"1"')
    assert verify.status_code == 404
    assert (await manager.post("/v1/complaints", complaint_row())).status_code == 409


async def test_another_systems_answer_changes_the_state_and_keeps_a_persons_edit(manager: Caller) -> None:
    await manager.take_in("complaints", complaint_row(verified=None))
    [opened] = (await manager.read("/v1/complaints"))["items"]
    await manager.make(f"/v1/complaints/{opened['id']}/verify", {"cause": "other", "finding": "x"}, If_Match='"1"')
    assert await manager.outcomes("complaints", complaint_row(verified=None)) == ["unchanged"]
    assert await manager.outcomes("complaints", complaint_row(verified=True)) == ["updated"]
    found = await manager.read(f"/v1/complaints/{opened['id']}")
    assert (found["state"], found["cause"], found["finding"]) == ("verified", "other", "x")
    assert await manager.outcomes("complaints", complaint_row(verified=True, employee=None)) == ["rejected"]
    assert await manager.outcomes("complaints", complaint_row(verified=False)) == ["updated"]
    assert (await manager.read(f"/v1/complaints/{opened['id']}"))["verified_on"] is None
