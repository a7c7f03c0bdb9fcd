"""A month from its run to what is paid: lock, adjust, approve, close; and what is known later, in the next month."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import orjson
import pytest

from services.payroll.domain.merkle import leaf_of, root_by_path
from tests.harness import AStore, Clone, Keys, bearer, deliver, feed_of
from tests.payroll import makers
from tests.payroll.small_month import PEOPLE, TARGETS, SmallMonth

SEPTEMBER = "/v1/pay-months/2026-09"
SECOND_MECHANIC = {**PEOPLE[2], "row": 5, "number": "J102", "name": "康宁", "coefficient": "0.8"}


class Office:
    """The people who bring a month to its end, each with an account of his own."""

    def __init__(self, small: SmallMonth, keys: Keys, store: AStore) -> None:
        def person(role: str, number: str) -> dict[str, str]:
            return bearer(keys, "payroll", role, stores=[store], employee=number, subject=f"of-{number}")

        self.small = small
        self.clerk = person("payroll_clerk", "CL01")
        self.workshop = person("workshop_manager", "WM01")
        self.manager = person("service_manager", "SM01")

    async def send(
        self, address: str, headers: dict[str, str], body: object = None, version: int | None = None
    ) -> httpx.Response:
        given = {} if version is None else {"If-Match": f'"{version}"'}
        return await self.small.client.post(address, json=body, headers={**headers, **given})

    async def done(self, address: str, headers: dict[str, str], version: int, body: object = None) -> dict[str, Any]:
        answer = await self.send(address, headers, body, version)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def lock(self, month: str = "2026-09", version: int = 0) -> dict[str, Any]:
        run = await self.small.run(month)
        assert run["status"] == "completed", run["problem"]
        return await self.done(f"/v1/pay-months/{month}/lock", self.clerk, version, {"run": run["id"]})

    async def close(self, month: str = "2026-09", version: int = 0) -> dict[str, Any]:
        at, address = await self.lock(month, version), f"/v1/pay-months/{month}"
        at = await self.done(f"{address}/approve", self.workshop, at["version"])
        at = await self.done(f"{address}/approve", self.manager, at["version"])
        return await self.done(f"{address}/close", self.clerk, at["version"])


@pytest.fixture
async def office(small: SmallMonth, keys: Keys, store: AStore) -> Office:
    """September with two mechanics in one team, its facts told; October has its targets."""
    later = [{**each, "month": "2026-10", "signed_on": "2026-09-29", "row": row} for row, each in enumerate(TARGETS, 9)]
    await small.prepare(targets=(*TARGETS, *later))
    body = {"source": "dms", "rows": [SECOND_MECHANIC]}
    assert (await small.client.post("/v1/bulk/employees", json=body, headers=small.headers)).status_code == 200
    await small.tell()
    return Office(small, keys, store)


def refused(answer: httpx.Response, status: int, slug: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:aftermile:problem:{slug}"), answer.text


async def lines_of(office: Office, month: str) -> dict[str, Decimal]:
    statements = (await office.small.read(f"/v1/pay-months/{month}/statements"))["items"]
    return {each["employee"]: Decimal(each["total"]) for each in statements}


async def test_a_month_is_locked_approved_by_two_and_closed_with_statements_that_prove_themselves(
    office: Office, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    run = await office.small.run()
    closed = await office.close()
    assert (closed["state"], closed["revision"], closed["total"]) == ("closed", 1, run["total"])
    steps = [(step["what"], step["role"], step["person"]) for step in closed["steps"]]
    assert steps == [
        ("locked", None, "CL01"), ("approved", "workshop_manager", "WM01"), ("approved", "service_manager", "SM01"),
        ("closed", None, "CL01"),
    ]  # fmt: skip
    own = office.small.person("J101", "technician")
    proof = await office.small.read(f"{SEPTEMBER}/statements/J101", own)
    document = proof["document"].encode()
    path = [bytes.fromhex(beside) for beside in proof["path"]]
    assert leaf_of(document).hex() == proof["leaf"]
    root = root_by_path(leaf_of(document), proof["place"], proof["count"], path)
    assert root is not None
    assert root.hex() == proof["root"] == closed["root"]
    told = orjson.loads(document)
    assert (told["employee"], told["total"], told["store"]) == ("J101", proof["total"], str(store.id))
    other = await client.get(f"{SEPTEMBER}/statements/J102", headers=own)
    refused(other, 404, "not-found")
    assert [each["employee"] for each in (await office.small.read(f"{SEPTEMBER}/statements", own))["items"]] == ["J101"]
    events = [e for e in await feed_of(client, keys, "payroll") if e["type"] == "payroll.month.changed"]
    assert [e["data"]["state"] for e in events] == ["locked", "locked", "approved", "closed"]


async def test_nothing_is_paid_before_a_month_is_closed(office: Office, client: httpx.AsyncClient) -> None:
    refused(await client.get(f"{SEPTEMBER}/payment-file", headers=office.clerk), 409, "month-not-closed")
    closed = await office.close()
    answer = await client.get(f"{SEPTEMBER}/payment-file", headers=office.clerk)
    rows = [row.split(",") for row in answer.text.lstrip("\ufeff").splitlines()[1:]]
    assert sum(Decimal(row[3]) for row in rows) == Decimal(closed["total"])
    assert {row[1]: Decimal(row[3]) for row in rows} == await lines_of(office, "2026-09")
    refused(await client.get(f"{SEPTEMBER}/payment-file", headers=office.workshop), 403, "role-missing")


async def test_shares_move_inside_a_team_when_somebody_else_allows_it(
    office: Office, client: httpx.AsyncClient
) -> None:
    locked = await office.lock()
    pools = (await client.get(f"{SEPTEMBER}/pools", headers=office.workshop)).json()["items"]
    shares = {each["employee"]: Decimal(each["now"]) for each in pools}
    assert set(shares) == {"J101", "J102"}
    body = {"pool": pools[0]["pool"], "owner": "机电一组", "reason": "J101 请假三天"}
    moved = [{"employee": "J101", "amount": "-5.00"}, {"employee": "J102", "amount": "5.00"}]
    wrong = [{"employee": "J101", "amount": "-5.00"}, {"employee": "J102", "amount": "5.01"}]
    refused(
        await office.send(f"{SEPTEMBER}/adjustments", office.workshop, {**body, "shares": wrong}), 422,
        "adjustment-refused",
    )  # fmt: skip
    desk = {**body, "owner": "业务组", "shares": moved}
    refused(await office.send(f"{SEPTEMBER}/adjustments", office.workshop, desk), 403, "pool-not-yours")
    refused(await office.send(f"{SEPTEMBER}/adjustments", office.clerk, desk), 404, "not-found")
    made = await office.send(f"{SEPTEMBER}/adjustments", office.workshop, {**body, "shares": moved})
    assert made.status_code == 201, made.text
    address = f"/v1/adjustments/{made.json()['id']}"
    waiting = await office.send(f"{SEPTEMBER}/approve", office.workshop, None, locked["version"])
    refused(waiting, 409, "adjustments-undecided")
    refused(await office.send(f"{address}/approve", office.workshop, {}, 1), 403, "role-missing")
    approved = await office.done(f"{address}/approve", office.manager, 1, {"note": "同意"})
    assert (approved["state"], approved["proposed_by"], approved["decided_by"]) == ("approved", "WM01", "SM01")
    at = await office.done(f"{SEPTEMBER}/approve", office.workshop, locked["version"])
    late = await office.send(f"{SEPTEMBER}/adjustments", office.workshop, {**body, "shares": moved})
    refused(late, 409, "month-being-approved")
    at = await office.done(f"{SEPTEMBER}/approve", office.manager, at["version"])
    await office.done(f"{SEPTEMBER}/close", office.clerk, at["version"])
    paid = await lines_of(office, "2026-09")
    assert (paid["J101"], paid["J102"]) == (shares["J101"] - 5, shares["J102"] + 5)
    told = orjson.loads((await office.small.read(f"{SEPTEMBER}/statements/J102"))["document"])
    assert told["lines"][-1]["adjusted"] == "J101 请假三天 (WM01 → SM01)"


async def test_who_proposes_an_adjustment_does_not_decide_it(office: Office) -> None:
    await office.lock()
    shares = [{"employee": "J101", "amount": "-5.00"}, {"employee": "J102", "amount": "5.00"}]
    pool = (await office.small.read(f"{SEPTEMBER}/pools"))["items"][0]["pool"]
    body = {"pool": pool, "owner": "机电一组", "reason": "x", "shares": shares}
    made = (await office.send(f"{SEPTEMBER}/adjustments", office.manager, body)).json()
    address = f"/v1/adjustments/{made['id']}"
    refused(await office.send(f"{address}/approve", office.manager, {}, 1), 403, "own-work-not-approved")
    refused(await office.send(f"{address}/withdraw", office.clerk, {}, 1), 403, "own-work-not-approved")
    refused(await office.send(f"{address}/refuse", office.small.person("AD01", "administrator"), {}, 1), 422, "invalid")
    assert (await office.done(f"{address}/withdraw", office.manager, 1, {}))["state"] == "withdrawn"


async def test_the_clerk_who_locked_a_month_does_not_approve_it_nor_one_person_twice(office: Office) -> None:
    locked = await office.lock()
    both = office.small.person("CL01", "workshop_manager", "service_manager")
    own = await office.send(f"{SEPTEMBER}/approve", both, None, locked["version"])
    refused(own, 403, "own-work-not-approved")
    refused(
        await office.send(f"{SEPTEMBER}/approve", office.manager, None, locked["version"]), 403, "approval-not-yours"
    )
    twice = office.small.person("WM01", "workshop_manager", "service_manager")
    at = await office.done(f"{SEPTEMBER}/approve", twice, locked["version"])
    refused(await office.send(f"{SEPTEMBER}/approve", twice, None, at["version"]), 403, "own-work-not-approved")
    refused(await office.send(f"{SEPTEMBER}/close", office.clerk, None, at["version"]), 409, "month-move-not-allowed")
    month = await office.small.read(SEPTEMBER)
    assert (month["state"], month["approval_due"]) == ("locked", "service_manager")
    assert [(step["what"], step["person"]) for step in month["steps"]] == [("locked", "CL01"), ("approved", "WM01")]


async def test_of_two_who_approve_at_once_one_is_told(office: Office) -> None:
    locked = await office.lock()
    other = office.small.person("WM02", "workshop_manager")
    sent = [
        office.send(f"{SEPTEMBER}/approve", headers, None, locked["version"]) for headers in (office.workshop, other)
    ]
    answers = await asyncio.gather(*sent)
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    steps = (await office.small.read(SEPTEMBER))["steps"]
    assert [step["what"] for step in steps] == ["locked", "approved"]


async def test_what_is_known_after_closing_is_a_line_of_the_next_month(office: Office, payroll_database: Clone) -> None:
    """A receipt of September that comes late, and one that is taken back: in all as if they had been there."""
    small, store = office.small, office.small.store.id
    await office.close()
    paid = await lines_of(office, "2026-09")
    await deliver(
        small.app, "workorder", store, makers.payment_event(store, "W1", "150.00", ordinal=2),
        makers.labour_event(store, "W1", 2, "4.00"),
    )  # fmt: skip
    run = await small.run("2026-10")
    lines = (await small.read(f"/v1/runs/{run['id']}/lines"))["items"]
    late = [line for line in lines if line["of_month"] == "2026-09"]
    assert {line["employee"] for line in late} == {"SA01", "SA02", "J101", "J102"}
    trace = await small.read(f"/v1/runs/{run['id']}/trace/{late[0]['id']}")
    assert [read["source"] for read in trace["node"]["inputs"]] == ["paid", "step"]
    deeper = await small.read(f"/v1/runs/{run['id']}/trace/{trace['node']['inputs'][1]['reference']}")
    assert deeper["node"]["formula"].startswith("分摊")
    await office.close("2026-10")
    september = await small.read(SEPTEMBER)
    early = await office.send(f"{SEPTEMBER}/reopen", office.manager, {"reason": "x"}, september["version"])
    refused(early, 409, "month-corrected-later")
    again = await small.run("2026-09")
    due = {each["employee"]: Decimal(each["total"]) for each in
           (await small.read(f"/v1/runs/{again['id']}/statements"))["items"]}  # fmt: skip
    october = await small.read(f"/v1/runs/{run['id']}/lines")
    corrected = {number: paid[number] + sum(
        Decimal(line["amount"]) for line in october["items"] if line["of_month"] and line["employee"] == number
    ) for number in paid}  # fmt: skip
    assert corrected == due
    november = {"month": "2026-11", "signed_on": "2026-10-29", "signed_by": "SA01"}
    rows = [{**each, **november} for each in TARGETS]
    await small.client.post("/v1/bulk/targets", json={"source": "dms", "rows": rows}, headers=small.headers)
    later = await small.run("2026-11")
    assert later["status"] == "completed", later["problem"]
    items = (await small.read(f"/v1/runs/{later['id']}/lines"))["items"]
    assert not [line for line in items if line["of_month"] == "2026-09"]


async def test_a_run_from_before_another_month_was_closed_is_not_locked_on(office: Office) -> None:
    october = await office.small.run("2026-10")
    await office.close()
    old = await office.send("/v1/pay-months/2026-10/lock", office.clerk, {"run": october["id"]}, 0)
    refused(old, 409, "run-outdated")
    assert (await office.lock("2026-10"))["state"] == "locked"


async def test_a_closed_month_is_opened_with_a_reason_and_closed_again_as_another_revision(office: Office) -> None:
    closed = await office.close()
    without = await office.send(f"{SEPTEMBER}/reopen", office.manager, {}, closed["version"])
    assert without.status_code == 422
    refused(
        await office.send(f"{SEPTEMBER}/reopen", office.clerk, {"reason": "x"}, closed["version"]), 403, "role-missing"
    )
    opened = await office.done(f"{SEPTEMBER}/reopen", office.manager, closed["version"], {"reason": "工时录错"})
    assert (opened["state"], opened["steps"][-1]["reason"]) == ("open", "工时录错")
    again = await office.close(version=opened["version"])
    assert (again["revision"], again["total"]) == (2, closed["total"])


async def test_a_run_of_another_month_or_none_is_not_locked_on(office: Office) -> None:
    october = await office.small.run("2026-10")
    refused(await office.send(f"{SEPTEMBER}/lock", office.clerk, {"run": october["id"]}, 0), 404, "not-found")
    asked = await office.small.ask()
    refused(await office.send(f"{SEPTEMBER}/lock", office.clerk, {"run": asked}, 0), 409, "run-not-completed")
    refused(await office.send(f"{SEPTEMBER}/lock", office.clerk, {"run": asked}), 428, "version-required")
    refused(await office.send(f"{SEPTEMBER}/lock", office.clerk, {"run": asked}, 3), 412, "version-stale")
    month = await office.small.read(SEPTEMBER)
    assert (month["state"], month["run_id"], month["version"], month["steps"]) == ("open", None, 0, [])


async def test_a_chain_of_the_stores_own_holds_for_months_locked_from_then_on(office: Office) -> None:
    body = {"roles": ["desk_supervisor", "workshop_manager", "service_manager"]}
    assert (await office.send("/v1/approval-chains", office.manager, body)).status_code == 201
    refused(await office.send("/v1/approval-chains", office.manager, body), 409, "exists-already")
    locked = await office.lock()
    assert (locked["chain"], locked["approval_due"]) == (body["roles"], "desk_supervisor")


async def test_of_two_who_close_at_once_one_is_told_and_nobody_has_two_statements(office: Office) -> None:
    at = await office.lock()
    at = await office.done(f"{SEPTEMBER}/approve", office.workshop, at["version"])
    at = await office.done(f"{SEPTEMBER}/approve", office.manager, at["version"])
    sent = [
        office.send(f"{SEPTEMBER}/close", headers, None, at["version"]) for headers in (office.clerk, office.manager)
    ]
    assert sorted(answer.status_code for answer in await asyncio.gather(*sent)) == [200, 412]
    closed = await office.small.read(SEPTEMBER)
    paid = await lines_of(office, "2026-09")
    assert (closed["revision"], sum(paid.values())) == (1, Decimal(closed["total"]))
    assert [step["what"] for step in closed["steps"]].count("closed") == 1


async def test_what_comes_while_a_month_is_closed_is_in_the_next(office: Office) -> None:
    """However the two meet: what was locked is what is closed, and the receipt is a correction of October."""
    small, store = office.small, office.small.store.id
    at = await office.lock()
    at = await office.done(f"{SEPTEMBER}/approve", office.workshop, at["version"])
    at = await office.done(f"{SEPTEMBER}/approve", office.manager, at["version"])
    late = makers.payment_event(store, "W1", "150.00", ordinal=2)
    closed, _ = await asyncio.gather(
        office.send(f"{SEPTEMBER}/close", office.clerk, None, at["version"]),
        deliver(small.app, "workorder", store, late),
    )
    assert closed.status_code == 200, closed.text
    run = await small.read(f"/v1/runs/{closed.json()['run_id']}")
    assert closed.json()["total"] == run["total"]
    october = await small.run("2026-10")
    lines = (await small.read(f"/v1/runs/{october['id']}/lines"))["items"]
    assert {line["of_month"] for line in lines} >= {"2026-09"}
