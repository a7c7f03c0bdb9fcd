"""A plan as one file: out and in again it is the same, twice in it is one, a changed byte is refused and named."""

import asyncio
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.plans.plan_file import FileValue, PlanContent, PlanFileChanged, check_file, hashes_of
from tests.harness import AStore, Keys, bearer
from tests.payroll.small_month import SmallMonth
from tests.payroll.test_api_plans import SMALL, draft, small_example
from tests.payroll.test_plan_parameters import Office, office

__all__ = ["office"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
TEXT = st.text()
Change = Callable[[dict[str, Any]], None]


@given(TEXT, JSON, st.lists(st.builds(FileValue, TEXT, TEXT, st.dates(date(2000, 1, 1)), TEXT)))
def test_what_went_through_json_has_the_same_hashes(text: str, examples: Any, values: list[FileValue]) -> None:
    content = PlanContent(text, examples, tuple(values))
    again = PlanContent(text, json.loads(json.dumps(examples)), tuple(values))
    assert hashes_of(again) == hashes_of(content)
    check_file(again, hashes_of(content))


@given(TEXT, TEXT, JSON)
def test_another_text_never_has_the_hash(text: str, other: str, examples: Any) -> None:
    said = hashes_of(PlanContent(text, examples, ()))
    if text != other:
        with pytest.raises(PlanFileChanged):
            check_file(PlanContent(other, examples, ()), said)


async def exported(office: Office) -> dict[str, Any]:
    return await office.small.read(f"/v1/plans/{office.plan}/file")


def neighbour(keys: Keys, store: AStore, subject: str = "wang") -> dict[str, str]:
    return bearer(keys, "payroll", "payroll_clerk", stores=[store], subject=subject)


async def test_another_store_takes_a_plan_with_its_values_and_reviews_it_itself(
    office: Office, client: httpx.AsyncClient, keys: Keys, other_store: AStore
) -> None:
    value = await office.set()
    file = await exported(office)
    there = neighbour(keys, other_store)
    taken = await client.post("/v1/plans/import", json=file, headers=there)
    assert (taken.status_code, taken.json()["created"]) == (201, True), taken.text
    plan, (proposed,) = taken.json()["plan"], taken.json()["parameters"]
    assert (plan["status"], plan["text"], plan["hash"]) == ("draft", file["text"], file["text_hash"])
    assert (proposed["name"], proposed["value"], proposed["hash"]) == ("per_car", "15元/台", value["hash"])
    read = (await client.get(f"/v1/plan-parameters/{proposed['id']}", headers=there)).json()
    assert (read["status"], read["proposed_by"]) == ("proposed", "wang")
    again = await client.post("/v1/plans/import", json=file, headers=there)
    assert (again.status_code, again.json()["created"], again.json()["parameters"]) == (200, False, [])
    assert again.json()["plan"]["id"] == plan["id"]
    second = neighbour(keys, other_store, "li") | {"If-Match": '"1"'}
    await client.post(f"/v1/plan-parameters/{proposed['id']}/approve", json={"note": "ok"}, headers=second)
    assert (await client.get(f"/v1/plans/{plan['id']}/file", headers=there)).json() == file


async def test_a_file_imported_twice_at_once_is_one_plan(
    office: Office, client: httpx.AsyncClient, keys: Keys, other_store: AStore
) -> None:
    file, there = await exported(office), neighbour(keys, other_store)
    answers = await asyncio.gather(*(client.post("/v1/plans/import", json=file, headers=there) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    assert len((await client.get("/v1/plans", headers=there)).json()["items"]) == 1


def at(*path: str | int, value: object) -> Change:
    def change(file: dict[str, Any]) -> None:
        place: Any = file
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda file: file.update(text=file["text"].replace("12元", "13元")), ["/text"]),
        (lambda file: file.update(text=file["text"] + " "), ["/text"]),
        (at("examples", "examples", 0, "expect", value={}), ["/examples"]),
        (at("parameters", 0, "value", value="16元/台"), ["/parameters/0"]),
        (at("parameters", 0, "valid_from", value="2026-09-02"), ["/parameters/0"]),
        (at("parameters", 0, "reason", value="别的"), ["/hash"]),
        (lambda file: file["parameters"].clear(), ["/hash"]),
        (lambda file: file.update(template="4s-after-sales"), ["/hash"]),
        (lambda file: file.update(chinese="已审定的方案"), ["/hash"]),
        (at("hash", value="0" * 64), ["/hash"]),
        (at("text_hash", value="0" * 64), ["/text"]),
    ],
    ids=[
        "a rate",
        "a blank",
        "an example",
        "a value",
        "its day",
        "its reason",
        "a value left out",
        "a template",
        "a name",
        "hash",
        "text hash",
    ],
)
async def test_a_changed_file_is_refused_and_what_differs_is_named(
    office: Office, client: httpx.AsyncClient, keys: Keys, *, other_store: AStore, change: Change, named: list[str]
) -> None:
    await office.set()
    file, there = await exported(office), neighbour(keys, other_store)
    change(file)
    refused = await client.post("/v1/plans/import", json=file, headers=there)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:aftermile:problem:plan-file-changed")
    assert [error["pointer"] for error in refused.json()["errors"]] == named
    assert (await client.get("/v1/plans", headers=there)).json()["items"] == []


async def test_a_text_with_a_byte_order_mark_tabs_and_full_width_signs_goes_out_and_in_as_it_is(
    client: httpx.AsyncClient, keys: Keys, store: AStore, other_store: AStore
) -> None:
    odd = "\ufeff" + SMALL.replace("10元", "１０元").replace(" = ", "\t＝\t").replace("(", "（").replace("\n", "\r\n")
    plan = await draft(client, neighbour(keys, store), text=odd, examples=[small_example("20.00")])
    file = (await client.get(f"/v1/plans/{plan['id']}/file", headers=neighbour(keys, store))).json()
    assert file["text"] == odd
    taken = await client.post("/v1/plans/import", json=file, headers=neighbour(keys, other_store))
    assert (taken.status_code, taken.json()["plan"]["text"]) == (201, odd)


async def test_a_withdrawn_plan_may_be_imported_anew(office: Office, client: httpx.AsyncClient) -> None:
    created = await draft(client, office.small.headers, text=SMALL, examples=[small_example("20.00")])
    file = await office.small.read(f"/v1/plans/{created['id']}/file")
    gone = await client.post(
        f"/v1/plans/{created['id']}/withdraw", json={"because": "x"}, headers=office.small.headers | {"If-Match": '"1"'}
    )
    assert gone.status_code == 200
    again = await client.post("/v1/plans/import", json=file, headers=office.small.headers)
    assert (again.status_code, again.json()["plan"]["id"] != created["id"]) == (201, True)


async def test_files_are_for_those_who_prepare_pay(small: SmallMonth, office: Office) -> None:
    file = await exported(office)
    for headers in (small.person("SA01"), small.person("J101", "technician")):
        assert (await small.client.get(f"/v1/plans/{office.plan}/file", headers=headers)).status_code == 403
        assert (await small.client.post("/v1/plans/import", json=file, headers=headers)).status_code == 403
