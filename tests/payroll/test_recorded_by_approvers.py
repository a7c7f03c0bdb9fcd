"""Who recorded by hand what a month pays does not approve it: what he recorded is named, and somebody else approves."""

from typing import Any

import httpx
import pytest

from services.payroll.domain.four_eyes import Look, ReasonNotNeeded
from services.payroll.domain.months.recorded import (
    MAX_NAMED,
    WORDS,
    OwnRecordsApproved,
    Recorded,
    check_recorded_by_others,
)
from tests.payroll.plans_in_force import put_in_force
from tests.payroll.test_measures import EXAMPLE, PLAN, REWORK
from tests.payroll.test_pay_months import SEPTEMBER, Office, office, refused
from tests.payroll.test_slips import HEAT, MEALS, add, attend

__all__ = ["office"]
OCTOBER = "/v1/pay-months/2026-10"
MECHANIC = {"post": "mechanic", "team": "机电一组", "coefficient": "2"}
DAYS = {"source": "door", "rows": [{"row": 1, "month": "2026-09", "employee": "J101", "days": "20"}]}
SCORE = {"source": "hr", "rows": [{"row": 1, "month": "2026-09", "employee": "SA01", "score": "90"}]}
PEOPLE = {"source": "dms", "rows": [{"row": 1, "number": "J102", "name": "康宁", "post": "mechanic", "team": "机电一组",
                                     "coefficient": "3", "effective_from": "2026-09-02"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("own", "alone", "because", "refusal"),
    [
        ([], False, None, None),
        ([Recorded("terms", "J101", "")], False, None, OwnRecordsApproved),
        ([Recorded("terms", "J101", "")], False, "x", OwnRecordsApproved),
        ([Recorded("terms", "J101", "")], True, None, OwnRecordsApproved),
        ([Recorded("terms", "J101", "")], True, "x", None),
        ([], True, "x", ReasonNotNeeded),
    ],
)
def test_only_who_may_act_alone_and_says_why_approves_what_he_recorded(
    own: list[Recorded], alone: bool, because: str | None, refusal: type[Exception] | None
) -> None:
    look = Look("SM01", "", because, may_act_alone=alone)
    if refusal is None:
        check_recorded_by_others(own, look)
    else:
        with pytest.raises(refusal):
            check_recorded_by_others(own, look)
    assert {each.kind for each in own} <= WORDS.keys()


def test_of_much_that_he_recorded_the_first_is_named_and_all_is_counted() -> None:
    much = [Recorded("attendance", f"J{n}", "2026-09") for n in range(MAX_NAMED + 5)]
    found = OwnRecordsApproved(much)
    assert (len(found.errors), str(len(much)) in str(found)) == (MAX_NAMED, True)
    assert found.errors[0] == {
        "pointer": "/recorded", "code": "attendance",
        "detail": "J0 2026-09 出勤天数 / days attended of J0 2026-09",
    }  # fmt: skip


async def by_manager(office: Office, method: str, address: str, body: Any, version: int | None = None) -> Any:
    """Done by who approves in the end, with what else it takes done by others."""
    given = {} if version is None else {"If-Match": f'"{version}"'}
    answer = await office.small.client.request(method, address, json=body, headers=office.manager | given)
    assert answer.is_success, answer.text
    return answer.json()


async def approval(office: Office, address: str = SEPTEMBER) -> httpx.Response:
    """What the manager is answered, who is the last to approve."""
    at = await office.small.read(address)
    at = await office.lock(address[-7:], at["version"])
    at = await office.done(f"{address}/approve", office.workshop, at["version"])
    return await office.send(f"{address}/approve", office.manager, None, at["version"])


async def measured(office: Office) -> None:
    """A plan of the mechanics' that reads a measure, which the clerk enters and the manager approves."""
    body = {"text": PLAN, "examples": [EXAMPLE]}
    draft = await office.small.client.post("/v1/plans", json=body, headers=office.clerk)
    small, since = office.small, {"effective_from": "2026-09-01", "posts": ["mechanic"]}
    await put_in_force(small.client, draft.json(), small.keys, small.store, **since)
    entered = (await office.send("/v1/measures", office.clerk, REWORK)).json()
    await by_manager(office, "POST", f"/v1/measures/{entered['id']}/approve", {"note": "核对"}, 1)


@pytest.mark.parametrize(
    ("method", "address", "body", "version", "named"),
    [
        ("PUT", "/v1/employees/J101/terms/2026-09-01", MECHANIC, 1, ("terms", "J101 2026-09-01 岗位")),
        ("POST", "/v1/bulk/employees", PEOPLE, None, ("terms", "J102 2026-09-02 岗位")),
        ("PATCH", "/v1/employees/SA02", {"left_on": "2026-09-29"}, 1, ("employment", "SA02 2026-09-29 入职或离职")),
        ("PATCH", "/v1/employees/SA02", {"hired_on": "2026-09-02"}, 1, ("employment", "SA02 2026-09-02 入职或离职")),
        ("POST", "/v1/bulk/attendance-days", DAYS, None, ("attendance", "J101 2026-09 出勤天数")),
        ("POST", "/v1/bulk/review-scores", SCORE, None, ("review-score", "SA01 2026-09 考核成绩")),
        ("POST", "/v1/pay-items", HEAT, None, ("pay-item", "mechanic 高温补贴 Heat allowance 项目")),
    ],
)  # fmt: skip
async def test_who_recorded_what_the_month_pays_is_told_what_and_another_approves(
    *, office: Office, method: str, address: str, body: Any, version: int | None, named: tuple[str, str]
) -> None:
    if address.endswith("attendance-days"):
        await add(office, MEALS)
    await by_manager(office, method, address, body, version)
    answer = await approval(office)
    refused(answer, 409, "own-records-not-approved")
    assert [(each["code"], each["detail"].startswith(named[1])) for each in answer.json()["errors"]] == [
        (named[0], True)
    ]
    at = await office.small.read(SEPTEMBER)
    other = office.small.person("SM02", "service_manager")
    assert (await office.done(f"{SEPTEMBER}/approve", other, at["version"]))["state"] == "approved"


async def test_who_approved_a_measure_that_the_month_counts_does_not_approve_the_month(office: Office) -> None:
    await measured(office)
    answer = await approval(office)
    refused(answer, 409, "own-records-not-approved")
    assert [each["code"] for each in answer.json()["errors"]] == ["measure"]


@pytest.mark.parametrize(
    ("method", "address", "body", "version"),
    [
        ("PUT", "/v1/employees/J101/terms/2026-10-01", MECHANIC, 1),
        ("PATCH", "/v1/employees/SA02", {"left_on": "2026-09-30"}, 1),
        ("PATCH", "/v1/employees/SA02", {"name": "谢静静"}, 1),
        ("POST", "/v1/bulk/attendance-days", DAYS, None),
        ("POST", "/v1/review-scores", {"month": "2026-09", "employee": "J101", "score": "90"}, None),
        ("POST", "/v1/measures", REWORK, None),
        ("POST", "/v1/pay-items", HEAT | {"from_month": "2026-10", "until_month": None}, None),
    ],
    ids=["later terms", "the last day", "a name", "days that pay nobody", "a score that no step reads", "only entered",
         "a later item"],
)  # fmt: skip
async def test_what_the_month_does_not_pay_hinders_nobody(
    *, office: Office, method: str, address: str, body: Any, version: int | None
) -> None:
    await by_manager(office, method, address, body, version)
    assert (await approval(office)).json()["state"] == "approved"


async def test_what_was_in_a_closing_is_the_managers_to_approve_and_what_came_after_its_lock_is_not(
    office: Office,
) -> None:
    """An item that begins in September, recorded while September is locked, is paid in October for the first time."""
    other = office.small.person("SM02", "service_manager")
    await by_manager(office, "PUT", "/v1/employees/J101/terms/2026-09-01", MECHANIC, 1)
    at = await office.lock()
    late = await by_manager(office, "POST", "/v1/pay-items", HEAT | {"until_month": None})
    at = await office.done(f"{SEPTEMBER}/approve", office.workshop, at["version"])
    at = await office.done(f"{SEPTEMBER}/approve", other, at["version"])
    await office.done(f"{SEPTEMBER}/close", office.clerk, at["version"])
    answer = await approval(office, OCTOBER)
    refused(answer, 409, "own-records-not-approved")
    assert [each["code"] for each in answer.json()["errors"]] == ["pay-item"], "the terms were closed with September"
    at = await office.small.read(OCTOBER)
    at = await office.done(f"{OCTOBER}/approve", other, at["version"])
    closed = await office.done(f"{OCTOBER}/close", office.clerk, at["version"])
    assert (closed["state"], late["version"]) == ("closed", 1)


async def test_what_corrects_a_closed_month_is_not_approved_by_who_recorded_it(office: Office) -> None:
    await add(office, MEALS)
    await attend(office, "20")
    await office.close()
    await by_manager(office, "PUT", "/v1/employees/J101/terms/2026-09-01", MECHANIC, 1)
    more = {"source": "door", "rows": [{**DAYS["rows"][0], "days": "22"}]}  # type: ignore[dict-item]
    await by_manager(office, "POST", "/v1/bulk/attendance-days", more)
    october = {"source": "door", "rows": [{**DAYS["rows"][0], "month": "2026-10"}]}  # type: ignore[dict-item]
    await office.send("/v1/bulk/attendance-days", office.clerk, october)
    answer = await approval(office, OCTOBER)
    refused(answer, 409, "own-records-not-approved")
    assert [(each["code"], each["detail"][:15]) for each in answer.json()["errors"]] == [
        ("attendance", "J101 2026-09 出勤"), ("terms", "J101 2026-09-01"),
    ]  # fmt: skip


async def test_an_item_that_was_shortened_hinders_who_shortened_it_in_the_months_that_it_left(office: Office) -> None:
    made = await add(office, HEAT | {"deducted": True, "until_month": None})
    change = {"until_month": "2026-08", "reason": "停扣"}
    await by_manager(office, "PATCH", f"/v1/pay-items/{made['id']}", change, 1)
    answer = await approval(office)
    refused(answer, 409, "own-records-not-approved")
    assert [each["code"] for each in answer.json()["errors"]] == ["pay-item"]


async def test_what_another_wrote_over_is_still_his_who_recorded_it_first(office: Office) -> None:
    """An import that keeps the coefficient, or a name put right, is no second pair of eyes."""
    await by_manager(office, "PUT", "/v1/employees/J102/terms/2026-09-01", MECHANIC, 1)
    await by_manager(office, "PATCH", "/v1/employees/SA02", {"left_on": "2026-09-20"}, 1)
    rows = [{"row": 1, "number": "J102", "name": "康宁宁", "post": "mechanic", "effective_from": "2026-09-01"},
            {"row": 2, "number": "SA02", "name": "谢静静", "post": "service_advisor"}]  # fmt: skip
    written = await office.send("/v1/bulk/employees", office.clerk, {"source": "dms", "rows": rows})
    assert written.json()["counts"] == {"updated": 2}, written.text
    answer = await approval(office)
    refused(answer, 409, "own-records-not-approved")
    assert [(each["code"], each["detail"][:4]) for each in answer.json()["errors"]] == [
        ("employment", "SA02"), ("terms", "J102"),
    ]  # fmt: skip


async def test_terms_that_begin_with_an_older_employment_are_his_who_told_of_it(office: Office) -> None:
    hired = {"number": "J103", "name": "新", "hired_on": "2026-09-20", **MECHANIC}
    await by_manager(office, "POST", "/v1/employees", hired)
    refused(await approval(office), 409, "own-records-not-approved")
    at = await office.small.read(SEPTEMBER)
    at = await office.done(f"{SEPTEMBER}/approve", office.small.person("SM02", "service_manager"), at["version"])
    await office.done(f"{SEPTEMBER}/close", office.clerk, at["version"])
    told = {**office.clerk, "If-Match": '"1"'}
    body = {"hired_on": "2026-09-10"}
    changed = await office.small.client.patch("/v1/employees/J103", json=body, headers=told)
    assert changed.json()["terms"]["recorded_by"] == "of-CL01", changed.text
    assert (await approval(office, OCTOBER)).json()["state"] == "approved"


async def test_a_shop_with_one_manager_is_not_locked_out(office: Office) -> None:
    """An administrator approves in his place, needing no reason where he recorded nothing; and who recorded as well
    says why he is alone."""
    await by_manager(office, "PUT", "/v1/employees/J101/terms/2026-09-01", MECHANIC, 1)
    refused(await approval(office), 409, "own-records-not-approved")
    at = await office.small.read(SEPTEMBER)
    alone = office.small.person("SM01", "administrator")
    refused(await office.send(f"{SEPTEMBER}/approve", alone, None, at["version"]), 409, "own-records-not-approved")
    at = await office.done(f"{SEPTEMBER}/approve", office.small.person("AD01", "administrator"), at["version"])
    assert at["steps"][-1]["reason"] is None
    at = await office.done(f"{SEPTEMBER}/reopen", office.manager, at["version"], {"reason": "x"})
    at = await office.lock(version=at["version"])
    at = await office.done(f"{SEPTEMBER}/approve", office.workshop, at["version"])
    at = await office.done(f"{SEPTEMBER}/approve", alone, at["version"], {"alone_because": "只有我一人"})
    assert (at["state"], at["steps"][-1]["reason"]) == ("approved", "只有我一人")
