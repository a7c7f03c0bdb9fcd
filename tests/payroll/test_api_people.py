"""Employees with dated terms, teams, targets and review scores, through the API."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import httpx
import pytest

from tests.harness import AStore, Keys, bearer, feed_of


@pytest.fixture
def clerk(keys: Keys, store: AStore) -> dict[str, str]:
    return bearer(keys, "payroll", "payroll_clerk", stores=[store])


ADVISOR: dict[str, Any] = {
    "number": "SA01", "name": "梁芳丽", "post": "业务接待", "team": "业务组", "coefficient": "0.4",
    "hired_on": "2022-11-08", "base_pay": "3200.00",
}  # fmt: skip


async def test_an_employee_is_created_with_terms_from_the_day_of_hiring(
    client: httpx.AsyncClient, clerk: dict[str, str]
) -> None:
    created = await client.post("/v1/employees", json=ADVISOR, headers=clerk)
    assert created.status_code == 201, created.text
    assert created.headers["location"] == "/v1/employees/SA01"
    assert created.json()["terms"] == {
        "valid_from": "2022-11-08", "post": "service_advisor", "team": "业务组", "coefficient": "0.4",
        "probation_until": None, "base_pay": "3200.00", "recorded_by": "tester",
    }  # fmt: skip
    again = await client.post("/v1/employees", json=ADVISOR, headers=clerk)
    assert again.status_code == 409
    listed = await client.get("/v1/employees", headers=clerk)
    assert [item["number"] for item in listed.json()["items"]] == ["SA01"]


@pytest.mark.parametrize(
    ("search", "found"),
    [("sa0", ["SA01", "SA02"]), ("ＳＡ02", ["SA02"]), ("芳", ["SA01"]), ("lee", ["SA02"]), ("01", []), ("%", [])],
)
async def test_an_employee_is_found_by_the_beginning_of_a_number_or_a_part_of_a_name(
    client: httpx.AsyncClient, clerk: dict[str, str], search: str, found: list[str]
) -> None:
    for person in (ADVISOR, {**ADVISOR, "number": "SA02", "name": "Ann Lee"}):
        await client.post("/v1/employees", json=person, headers=clerk)
    listed = await client.get("/v1/employees", params={"search": search}, headers=clerk)
    assert [each["number"] for each in listed.json()["items"]] == found


@pytest.mark.parametrize("number", ["甲01", "a?b#c", "100%"])
async def test_an_employee_is_found_at_the_address_that_his_creation_told(
    client: httpx.AsyncClient, clerk: dict[str, str], number: str
) -> None:
    created = await client.post("/v1/employees", json={**ADVISOR, "number": number}, headers=clerk)
    assert created.status_code == 201, created.text
    assert (await client.get(created.headers["location"], headers=clerk)).json()["number"] == number


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [({"number": number}, "/number") for number in ("a/b", "..", "x\ny", "SA\u200b01")]
    + [({"base_pay": amount}, "/base_pay") for amount in ("10000000000.00", "999999999999999.00", "-1.00")],
)
async def test_a_number_that_has_no_address_and_pay_beyond_all_measure_are_refused(
    *, client: httpx.AsyncClient, keys: Keys, store: AStore, wrong: dict[str, str], pointer: str
) -> None:
    clerk = bearer(keys, "payroll", "service_manager", stores=[store])
    answer = await client.post("/v1/employees", json={**ADVISOR, **wrong}, headers=clerk)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    body = {"source": "dms", "rows": [{"row": 2, **ADVISOR, **wrong}]}
    report = (await client.post("/v1/bulk/employees", json=body, headers=clerk)).json()
    assert report["counts"] == {"rejected": 1}, report
    assert (await client.get("/v1/employees", headers=clerk)).json()["items"] == []


@pytest.mark.parametrize("imported", [False, True])
async def test_who_was_hired_earlier_than_was_told_has_his_first_terms_from_that_day(
    *, client: httpx.AsyncClient, keys: Keys, store: AStore, imported: bool
) -> None:
    manager = bearer(keys, "payroll", "service_manager", stores=[store])
    await client.post("/v1/employees", json=ADVISOR, headers=manager)
    earlier = {"row": 1, **ADVISOR, "hired_on": "2022-10-20"}
    if imported:
        await client.post("/v1/bulk/employees", json={"source": "dms", "rows": [earlier]}, headers=manager)
    else:
        changed = {"hired_on": "2022-10-20"}
        await client.patch("/v1/employees/SA01", json=changed, headers=manager | {"If-Match": '"1"'})
    terms = (await client.get("/v1/employees/SA01?on=2022-10-31", headers=manager)).json()["terms"]
    assert (terms["valid_from"], terms["base_pay"]) == ("2022-10-20", "3200.00")
    told = (await client.get("/v1/employees/SA01/terms", headers=manager)).json()["terms"]
    assert [each["valid_from"] for each in told] == ["2022-10-20"]


async def test_terms_of_a_later_day_leave_earlier_days_as_they_were(
    client: httpx.AsyncClient, clerk: dict[str, str]
) -> None:
    await client.post("/v1/employees", json=ADVISOR, headers=clerk)
    change = {"post": "desk_supervisor", "team": "业务组", "base_pay": "5000.00"}
    put = await client.put("/v1/employees/SA01/terms/2026-09-15", json=change, headers=clerk | {"If-Match": '"1"'})
    assert put.status_code == 200, put.text
    assert put.headers["etag"] == '"2"'
    before = await client.get("/v1/employees/SA01?on=2026-09-14", headers=clerk)
    after = await client.get("/v1/employees/SA01?on=2026-09-15", headers=clerk)
    assert (before.json()["terms"]["post"], after.json()["terms"]["post"]) == ("service_advisor", "desk_supervisor")
    assert after.json()["terms"]["coefficient"] is None
    stale = await client.put("/v1/employees/SA01/terms/2026-09-15", json=change, headers=clerk | {"If-Match": '"1"'})
    assert stale.status_code == 412
    history = await client.get("/v1/employees/SA01/history", headers=clerk)
    states = history.json()["items"]
    [kept] = [terms for state in states for terms in state["state"]["terms"]]
    assert (kept["coefficient"], kept["base_pay"]) == ("0.4", "3200.00")


async def test_an_employee_reads_himself_and_nobody_else(
    client: httpx.AsyncClient, clerk: dict[str, str], keys: Keys, store: AStore
) -> None:
    await client.post("/v1/employees", json=ADVISOR, headers=clerk)
    himself = bearer(keys, "payroll", "service_advisor", stores=[store], employee="SA01")
    another = bearer(keys, "payroll", "service_advisor", stores=[store], employee="SA02")
    assert (await client.get("/v1/employees/SA01", headers=himself)).status_code == 200
    assert (await client.get("/v1/employees/SA01", headers=another)).status_code == 403
    assert (await client.get("/v1/employees", headers=himself)).status_code == 403


@pytest.mark.parametrize("role", ["customer", "dms"])
async def test_what_the_staff_agreed_on_is_nothing_to_customers_and_partner_systems(
    client: httpx.AsyncClient, clerk: dict[str, str], keys: Keys, store: AStore, role: str
) -> None:
    target = {"month": "2026-09", "scope": "team", "subject": "业务组", "metric": "产值", "value": "755000"}
    created = (await client.post("/v1/targets", json=target, headers=clerk)).json()
    outside = bearer(keys, "payroll", role, stores=[store], kind="client", employee="SA01")
    sign = f"/v1/targets/{created['id']}/sign"
    answers = [
        await client.get("/v1/targets", headers=outside),
        await client.get("/v1/review-scores", headers=outside),
        await client.post(sign, headers=outside | {"If-Match": '"1"'}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 3


@pytest.mark.parametrize("keys_told", ["5", "[]", '["{binding}"]', '["{binding}", null]', '["{binding}", {}]',
                                       '["{binding}", 1e30]', '["{binding}", "x", "y"]'])  # fmt: skip
async def test_a_cursor_that_was_made_up_is_gone(
    client: httpx.AsyncClient, clerk: dict[str, str], keys_told: str
) -> None:
    for number in ("SA01", "SA02"):
        await client.post("/v1/employees", json={**ADVISOR, "number": number}, headers=clerk)
    genuine = (await client.get("/v1/employees?limit=1", headers=clerk)).json()["next"]
    binding = json.loads(urlsafe_b64decode(httpx.URL(genuine).params["cursor"]))[0]
    made_up = urlsafe_b64encode(keys_told.replace("{binding}", binding).encode()).decode()
    answer = await client.get("/v1/employees", params={"cursor": made_up, "limit": 1}, headers=clerk)
    assert (answer.status_code, answer.json()["type"]) == (410, "urn:aftermile:problem:cursor-gone")


async def test_a_teams_target_is_signed_by_one_of_its_members(
    client: httpx.AsyncClient, clerk: dict[str, str], keys: Keys, store: AStore
) -> None:
    await client.post("/v1/employees", json=ADVISOR, headers=clerk)
    target = {"month": "2026-09", "scope": "team", "subject": "业务组", "metric": "产值", "value": "755000"}
    created = (await client.post("/v1/targets", json=target, headers=clerk)).json()
    assert (created["metric"], created["signed_by"]) == ("output", None)
    sign = f"/v1/targets/{created['id']}/sign"
    stranger = bearer(keys, "payroll", "service_advisor", stores=[store], employee="JP01")
    member = bearer(keys, "payroll", "service_advisor", stores=[store], employee="SA01")
    refused = await client.post(sign, headers=stranger | {"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:aftermile:problem:target-not-yours")
    assert (await client.post(sign, headers=member)).status_code == 428
    signed = await client.post(sign, headers=member | {"If-Match": '"1"'})
    assert signed.status_code == 200, signed.text
    assert signed.json()["signed_by"] == "SA01"
    twice = await client.post(sign, headers=member | {"If-Match": '"2"'})
    assert twice.status_code == 409
    events = await feed_of(client, keys, "payroll")
    assert [event["type"] for event in events] == ["payroll.employee.changed", "payroll.target.signed"]
    assert events[-1]["data"]["signed_by"] == "SA01"


async def test_another_value_takes_the_signature_off(
    client: httpx.AsyncClient, clerk: dict[str, str], keys: Keys, store: AStore
) -> None:
    target = {"month": "2026-09", "scope": "person", "subject": "JP01", "metric": "accessory_sales", "value": "24700"}
    created = (await client.post("/v1/targets", json=target, headers=clerk)).json()
    seller = bearer(keys, "payroll", "accessory_seller", stores=[store], employee="JP01")
    await client.post(f"/v1/targets/{created['id']}/sign", headers=seller | {"If-Match": '"1"'})
    changed = await client.patch(
        f"/v1/targets/{created['id']}", json={"value": "30000"}, headers=clerk | {"If-Match": '"2"'}
    )
    assert (changed.json()["value"], changed.json()["signed_by"], changed.json()["version"]) == ("30000", None, 3)


async def test_a_targets_weight_is_set_and_signed_with_it(
    client: httpx.AsyncClient, clerk: dict[str, str], keys: Keys, store: AStore
) -> None:
    target = {"month": "2026-09", "scope": "person", "subject": "JP01", "metric": "accessory_sales", "value": "24700"}
    created = (await client.post("/v1/targets", json=target, headers=clerk)).json()
    assert created["weight"] == "1"
    address, seller = f"/v1/targets/{created['id']}", bearer(
        keys, "payroll", "accessory_seller", stores=[store], employee="JP01"
    )  # fmt: skip
    await client.post(f"{address}/sign", headers=seller | {"If-Match": '"1"'})
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"weight": None},
        {"weight": "-0.1"},
        {"weight": 0.6},
        {"weight": "1", "value": None},
    )
    for body in wrong:
        assert (await client.patch(address, json=body, headers=clerk | {"If-Match": '"2"'})).status_code == 422
    changed = await client.patch(address, json={"weight": "0.6"}, headers=clerk | {"If-Match": '"2"'})
    read = {name: changed.json()[name] for name in ("value", "weight", "signed_by", "signed_on", "version")}
    assert read == {"value": "24700", "weight": "0.6", "signed_by": None, "signed_on": None, "version": 3}
    await client.post(f"{address}/sign", headers=seller | {"If-Match": '"3"'})
    events = [each for each in await feed_of(client, keys, "payroll") if each["type"] == "payroll.target.signed"]
    assert [each["data"]["weight"] for each in events] == ["1", "0.6"]


async def test_review_scores_are_set_and_corrected(client: httpx.AsyncClient, clerk: dict[str, str]) -> None:
    await client.post("/v1/employees", json=ADVISOR, headers=clerk)
    created = await client.post(
        "/v1/review-scores", json={"month": "2026-09", "employee": "SA01", "score": "94.0"}, headers=clerk
    )
    assert created.status_code == 201, created.text
    address = f"/v1/review-scores/{created.json()['id']}"
    changed = await client.patch(address, json={"score": "96"}, headers=clerk | {"If-Match": '"1"'})
    assert changed.json()["score"] == "96"
    refused = await client.post(
        "/v1/review-scores", json={"month": "2026-09", "employee": "SA02", "score": "101"}, headers=clerk
    )
    assert refused.status_code == 422


async def test_teams_list_their_members_on_a_day(client: httpx.AsyncClient, clerk: dict[str, str]) -> None:
    await client.post("/v1/employees", json=ADVISOR, headers=clerk)
    move = {"post": "service_advisor", "team": "二组"}
    await client.put("/v1/employees/SA01/terms/2026-09-15", json=move, headers=clerk | {"If-Match": '"1"'})
    before = await client.get("/v1/teams?on=2026-09-01", headers=clerk)
    after = await client.get("/v1/teams?on=2026-09-30", headers=clerk)
    assert {team["name"]: team["members"] for team in before.json()["items"]} == {"业务组": ["SA01"], "二组": []}
    assert {team["name"]: team["members"] for team in after.json()["items"]} == {"业务组": [], "二组": ["SA01"]}


async def test_two_stores_see_nothing_of_each_other(
    client: httpx.AsyncClient, clerk: dict[str, str], keys: Keys, other_store: AStore
) -> None:
    await client.post("/v1/employees", json=ADVISOR, headers=clerk)
    neighbour = bearer(keys, "payroll", "payroll_clerk", stores=[other_store])
    assert (await client.get("/v1/employees/SA01", headers=neighbour)).status_code == 404
    assert (await client.get("/v1/employees", headers=neighbour)).json()["items"] == []
    assert (await client.post("/v1/employees", json=ADVISOR, headers=neighbour)).status_code == 201
