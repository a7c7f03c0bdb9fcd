"""Bulk import of employees, targets and review scores: one outcome per row, and nothing written twice."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.harness import AStore, Keys, bearer, feed_of


@pytest.fixture
def dms(keys: Keys, store: AStore) -> dict[str, str]:
    return bearer(keys, "payroll", "dms", stores=[store], kind="client")


@pytest.fixture
def clerk(keys: Keys, store: AStore) -> dict[str, str]:
    return bearer(keys, "payroll", "payroll_clerk", stores=[store])


def employee(row: int, number: str, **overrides: Any) -> dict[str, Any]:
    return {
        "row": row, "number": number, "name": "梁芳丽", "post": "service_advisor", "team": "业务组",
        "coefficient": "0.4", "hired_on": "2022-11-08", "probation_until": None, **overrides,
    }  # fmt: skip


async def send(
    client: httpx.AsyncClient, headers: dict[str, str], resource: str, *rows: dict[str, Any], **more: str
) -> list[tuple[str, list[str], list[str]]]:
    answer = await client.post(
        f"/v1/bulk/{resource}", json={"source": "dms", "rows": list(rows), **more}, headers=headers
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [result["row"] for result in body["results"]] == [row["row"] for row in rows]
    assert sum(body["counts"].values()) == len(rows)
    return [
        (r["outcome"], [w["code"] for w in r["warnings"]], [e["field"] for e in r["errors"]]) for r in body["results"]
    ]


async def test_each_row_has_its_outcome_and_a_wrong_one_does_not_stop_the_others(
    client: httpx.AsyncClient, dms: dict[str, str], clerk: dict[str, str]
) -> None:
    rows = (
        employee(2, "SA01"),
        employee(3, "QC01", post="质检员", team="质检", coefficient=None),
        employee(4, "SA01", name="另一行"),
        employee(5, "SA02", coefficient=0.4),
        employee(6, "XX01", post="洗车工", team=None),
        {"row": 7, "number": "SA03"},
    )
    assert await send(client, dms, "employees", *rows) == [
        ("created", [], []),
        ("created", [], []),
        ("rejected", [], ["name"]),
        ("rejected", [], ["coefficient"]),
        ("created", ["post-unknown", "team-missing"], []),
        ("rejected", [], ["name", "post"]),
    ]
    inspector = (await client.get("/v1/employees/QC01", headers=clerk)).json()
    assert (inspector["terms"]["post"], inspector["terms"]["coefficient"]) == ("quality_inspector", None)
    other = (await client.get("/v1/employees/XX01", headers=clerk)).json()
    assert (other["terms"]["post"], other["terms"]["team"]) == ("洗车工", None)


@pytest.mark.parametrize(
    ("resource", "row", "field"),
    [
        ("employees", employee(2, "SA01", name="梁\0芳丽"), "name"),
        ("targets", {"row": 2, "month": "2026-09", "subject": "业\0务组", "metric": "output", "value": "1"}, "subject"),
        ("review-scores", {"row": 2, "month": "２０２６-09", "employee": "SA01", "score": "96"}, "month"),
        ("review-scores", {"row": 2, "month": "0000-01", "employee": "SA01", "score": "96"}, "month"),
    ],
)
async def test_what_no_table_can_hold_rejects_its_row_alone(
    client: httpx.AsyncClient, dms: dict[str, str], resource: str, row: dict[str, Any], field: str
) -> None:
    assert await send(client, dms, resource, row) == [("rejected", [], [field])]


async def test_two_rows_that_put_one_employee_into_two_teams_are_told_and_the_first_alone_is_taken(
    client: httpx.AsyncClient, dms: dict[str, str], clerk: dict[str, str]
) -> None:
    rows = [employee(2, "SA01"), employee(3, "SA01", team="二组"), employee(4, "SA01")]
    answer = await client.post("/v1/bulk/employees", json={"source": "dms", "rows": rows}, headers=dms)
    first, second, third = answer.json()["results"]
    assert [each["outcome"] for each in (first, second, third)] == ["created", "rejected", "duplicate"]
    assert second["errors"] == [
        {"field": "team", "code": "row-contradicts",
         "detail": "与第 2 行说的是同一个,内容却不同 / row 2 says otherwise of the same"}
    ]  # fmt: skip
    read = (await client.get("/v1/employees/SA01", headers=clerk)).json()
    assert read["terms"]["team"] == "业务组"
    day = rows[1]["hired_on"]
    move = {"post": "service_advisor", "team": "二组"}
    await client.put(f"/v1/employees/SA01/terms/{day}", json=move, headers=clerk | {"If-Match": '"1"'})
    teams = (await client.get(f"/v1/teams?on={day}", headers=clerk)).json()["items"]
    assert {team["name"]: team["members"] for team in teams} == {"业务组": [], "二组": ["SA01"]}


async def test_a_target_of_zero_is_told_when_it_comes(client: httpx.AsyncClient, dms: dict[str, str]) -> None:
    await send(client, dms, "employees", employee(2, "SA01"))
    signed = {"month": "2026-09", "signed_on": "2026-08-29", "signed_by": "SA01"}
    zero = {"row": 2, "subject": "业务组", "metric": "output", "value": "0", **signed}
    assert await send(client, dms, "targets", zero) == [("created", ["target-zero"], [])]


async def test_a_score_of_somebody_who_is_not_there_at_the_months_end_is_told(
    client: httpx.AsyncClient, dms: dict[str, str], clerk: dict[str, str]
) -> None:
    late = employee(4, "SA03", hired_on="2026-11-01")
    await send(client, dms, "employees", employee(2, "SA01"), employee(3, "SA02"), late)
    for number, day in (("SA01", "2026-09-29"), ("SA02", "2026-09-30")):
        left = {"left_on": day}
        await client.patch(f"/v1/employees/{number}", json=left, headers=clerk | {"If-Match": '"1"'})
    codes = {"SA01": ["employee-left"], "SA02": [], "SA03": ["employee-not-hired"], "SA99": ["employee-unknown"]}
    rows = [{"row": at, "month": "2026-09", "employee": number, "score": "95"} for at, number in enumerate(codes, 2)]
    assert await send(client, dms, "review-scores", *rows) == [("created", warned, []) for warned in codes.values()]
    codes["SA02"] = ["employee-left"]
    for number, (code,) in codes.items():
        wish = {"month": "2026-10", "employee": number, "score": "95"}
        single = await client.post("/v1/review-scores", json=wish, headers=clerk)
        assert (single.status_code, single.json()["type"]) == (422, "urn:aftermile:problem:review-score-of-nobody")
        assert [(each["pointer"], each["code"]) for each in single.json()["errors"]] == [("/employee", code)]


async def test_who_is_hired_again_has_a_new_number(
    client: httpx.AsyncClient, dms: dict[str, str], clerk: dict[str, str]
) -> None:
    """Else all that the first employment was paid would be taken back, or nothing of the second paid."""
    await send(client, dms, "employees", employee(2, "SA01", hired_on="2022-11-08"))
    address = "/v1/employees/SA01"
    await client.patch(address, json={"left_on": "2026-05-31"}, headers=clerk | {"If-Match": '"1"'})
    again = employee(2, "SA01", hired_on="2026-10-01")
    assert await send(client, dms, "employees", again) == [("rejected", [], ["hired_on"])]
    wish = {"hired_on": "2026-10-01", "left_on": None}
    single = await client.patch(address, json=wish, headers=clerk | {"If-Match": '"2"'})
    assert (single.status_code, single.json()["type"]) == (409, "urn:aftermile:problem:employee-left-before-hired")
    assert (await client.get(address, headers=clerk)).json()["hired_on"] == "2022-11-08"


async def test_the_same_rows_again_change_nothing_and_say_so(
    client: httpx.AsyncClient, dms: dict[str, str], keys: Keys
) -> None:
    first, second = str(uuid4()), str(uuid4())
    assert (await send(client, dms, "employees", employee(2, "SA01"), import_id=first))[0][0] == "created"
    assert (await send(client, dms, "employees", employee(9, "SA01"), import_id=first))[0][0] == "duplicate"
    assert (await send(client, dms, "employees", employee(2, "SA01"), import_id=second))[0][0] == "unchanged"
    assert len(await feed_of(client, keys, "payroll")) == 1


async def test_a_changed_row_becomes_terms_from_the_day_given_and_keeps_what_was(
    client: httpx.AsyncClient, dms: dict[str, str], clerk: dict[str, str], keys: Keys
) -> None:
    await send(client, dms, "employees", employee(2, "SA01"))
    changed = employee(2, "SA01", coefficient="0.5", effective_from="2026-09-01")
    assert (await send(client, dms, "employees", changed))[0][0] == "updated"
    terms = (await client.get("/v1/employees/SA01/terms", headers=clerk)).json()["terms"]
    assert [(t["valid_from"], t["coefficient"]) for t in terms] == [("2022-11-08", "0.4"), ("2026-09-01", "0.5")]
    history = (await client.get("/v1/employees/SA01/history", headers=clerk)).json()
    assert [state["version"] for state in history["items"]] == [1]
    events = await feed_of(client, keys, "payroll")
    assert [(event["type"], event["entityversion"]) for event in events] == [
        ("payroll.employee.changed", 1),
        ("payroll.employee.changed", 2),
    ]


async def test_a_field_that_a_row_does_not_name_stays_as_it_was(
    client: httpx.AsyncClient, dms: dict[str, str], clerk: dict[str, str]
) -> None:
    await send(client, dms, "employees", employee(2, "SA01", base_pay="3000.00"))
    assert (await send(client, dms, "employees", employee(2, "SA01")))[0][0] == "unchanged"
    read = (await client.get("/v1/employees/SA01", headers=clerk)).json()
    assert read["terms"]["base_pay"] == "3000.00"


async def test_targets_come_with_their_signatures(client: httpx.AsyncClient, dms: dict[str, str], keys: Keys) -> None:
    await send(client, dms, "employees", employee(2, "SA01"))
    signed = {"month": "2026-09", "signed_on": "2026-08-29", "signed_by": "SA01"}
    rows: tuple[dict[str, Any], ...] = (
        {"row": 2, "subject": "业务组", "metric": "output", "value": "755000", **signed},
        {"row": 3, "subject": "业务组", "metric": "接车台次", "value": "552", **signed},
        {"row": 4, "scope": "person", "subject": "JP09", "metric": "accessory_sales", "value": "1", "month": "2026-09"},
        {"row": 5, "subject": "业务组", "metric": "car_count", "value": "552", **signed},
        {"row": 6, "subject": "业务组", "metric": "output", "value": "1", "month": "2026-13"},
    )
    assert await send(client, dms, "targets", *rows) == [
        ("created", [], []),
        ("created", [], []),
        ("created", ["subject-unknown", "target-unsigned"], []),
        ("duplicate", [], []),
        ("rejected", [], ["month"]),
    ]
    assert [r[0] for r in await send(client, dms, "targets", *rows[:2])] == ["unchanged", "unchanged"]
    higher = rows[0] | {"value": "800000"}
    assert (await send(client, dms, "targets", higher))[0][0] == "updated"
    events = [e for e in await feed_of(client, keys, "payroll") if e["type"] == "payroll.target.signed"]
    assert [(e["data"]["metric"], e["data"]["value"], e["entityversion"]) for e in events] == [
        ("output", "755000", 1),
        ("car_count", "552", 1),
        ("output", "800000", 2),
    ]


async def test_a_weight_that_a_row_does_not_name_stays_as_it_was(
    client: httpx.AsyncClient, dms: dict[str, str], clerk: dict[str, str]
) -> None:
    row = {"row": 2, "month": "2026-09", "scope": "team", "subject": "业务组", "metric": "output", "value": "755000"}
    outcomes = []
    for given in ({}, {"weight": "0.6"}, {}, {"weight": "1.0"}, {"weight": "-1"}, {"weight": "1"}):
        outcome = (await send(client, dms, "targets", row | given))[0][0]
        (target,) = (await client.get("/v1/targets", headers=clerk)).json()["items"]
        outcomes.append((outcome, target["weight"]))
    assert outcomes == [
        ("created", "1"), ("updated", "0.6"), ("unchanged", "0.6"), ("updated", "1.0"), ("rejected", "1.0"),
        ("unchanged", "1.0"),
    ]  # fmt: skip


async def test_review_scores_are_kept_by_month_and_employee(client: httpx.AsyncClient, dms: dict[str, str]) -> None:
    await send(client, dms, "employees", employee(2, "SA01"))
    rows: tuple[dict[str, Any], ...] = (
        {"row": 2, "month": "2026-09", "employee": "SA01", "score": "94.0"},
        {"row": 3, "month": "2026-09", "employee": "SA09", "score": "95.5"},
        {"row": 4, "month": "2026-09", "employee": "SA02", "score": "101"},
    )
    assert await send(client, dms, "review-scores", *rows) == [
        ("created", [], []),
        ("created", ["employee-unknown"], []),
        ("rejected", [], ["score"]),
    ]
    again = rows[0] | {"score": "96"}
    assert (await send(client, dms, "review-scores", again))[0][0] == "updated"


async def test_the_clerk_brings_people_and_items_but_no_signatures_and_scores_of_others(
    client: httpx.AsyncClient, clerk: dict[str, str], keys: Keys, store: AStore
) -> None:
    mechanic = bearer(keys, "payroll", "technician", stores=[store])
    resources = ("employees", "attendance-days", "measures", "pay-items", "targets", "review-scores")
    statuses = {}
    for resource in resources:
        asked = [client.post(f"/v1/bulk/{resource}", json={"source": "dms", "rows": []}, headers=who)
                 for who in (clerk, mechanic)]  # fmt: skip
        statuses[resource] = tuple([(await each).status_code for each in asked])
    assert statuses == dict.fromkeys(resources[:4], (200, 403)) | dict.fromkeys(resources[4:], (403, 403))
