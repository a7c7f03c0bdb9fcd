"""What is paid in all for a month that was closed, whoever changed what of it, and however months follow each other."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.consumer import FeedEvent
from services.payroll.service.runs import runs
from tests.harness import Clone, bearer, deliver
from tests.payroll import makers
from tests.payroll.hours import an_hour_passes
from tests.payroll.plans_in_force import put_in_force
from tests.payroll.test_months_at_once import with_targets
from tests.payroll.test_pay_months import SEPTEMBER, Office, office, refused

__all__ = ["office"]


async def age(office: Office) -> None:
    """What was told so far was told yesterday: a change within a minute of a run counts as one after it anyway."""
    async with office.small.app.state.database.transaction(office.small.store.id) as session:
        for table in ("employee", "employee_terms", "target", "review_score"):
            await session.execute(text(f"UPDATE {table} SET updated_at = now() - interval '1 day'"))
        await session.execute(text("UPDATE fact SET received_at = now() - interval '1 day'"))


async def put(office: Office, address: str, body: object, version: int, method: str = "PATCH") -> dict[str, Any]:
    headers = {**office.clerk, "If-Match": f'"{version}"'}
    answer = await office.small.client.request(method, address, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def corrected(office: Office, month: str = "2026-10") -> dict[str, Decimal]:
    """What a run of a later month adds for September, by employee."""
    run = await office.small.run(month)
    assert run["status"] == "completed", run["problem"]
    found: dict[str, Decimal] = {}
    for line in (await office.small.read(f"/v1/runs/{run['id']}/lines"))["items"]:
        if line["of_month"] == "2026-09":
            found[line["employee"]] = found.get(line["employee"], Decimal(0)) + Decimal(line["amount"])
    return found


async def test_a_score_that_is_changed_after_closing_is_a_line_of_the_next_month(office: Office) -> None:
    score = {"month": "2026-09", "employee": "SA01", "score": "98"}
    made = (await office.send("/v1/review-scores", office.clerk, score)).json()
    await age(office)
    await office.close()
    assert await corrected(office) == {}
    await put(office, f"/v1/review-scores/{made['id']}", {"score": "90"}, 1)
    found = await corrected(office)
    assert set(found) == {"SA01"}
    assert found["SA01"] < 0


async def test_a_target_that_is_changed_and_signed_after_closing_is_corrected(office: Office) -> None:
    await age(office)
    await office.close()
    targets = (await office.small.read("/v1/targets?month=2026-09"))["items"]
    output = next(each for each in targets if each["metric"] == "output")
    await put(office, f"/v1/targets/{output['id']}", {"value": "2000"}, output["version"])
    signed = await office.send(f"/v1/targets/{output['id']}/sign", office.small.person("SA01"), None, 2)
    assert signed.status_code == 200, signed.text
    assert set(await corrected(office)) == {"SA01", "SA02"}


async def test_somebody_who_turns_out_to_have_left_before_a_closed_month_ended_is_corrected(office: Office) -> None:
    await age(office)
    await office.close()
    person = await office.small.read("/v1/employees/J102")
    await put(office, "/v1/employees/J102", {"left_on": "2026-09-20"}, person["version"])
    found = await corrected(office)
    assert (found["J102"] < 0, found["J101"] > 0) == (True, True)


async def test_what_was_told_late_of_a_month_and_then_is_of_another_is_given_back(office: Office) -> None:
    """Nothing of it is left in the month, and no run of the month itself has counted it."""
    small = office.small
    await age(office)
    await office.close()
    await with_targets(office, "2026-11")
    await deliver(small.app, "customer", small.store.id, makers.complaint_event(small.store.id, "K1"))
    taken = await corrected(office)
    await office.close("2026-10")
    earlier = makers.complaint_event(small.store.id, "K1", version=2, occurred_on="2026-08-30")
    await deliver(small.app, "customer", small.store.id, earlier)
    given = await corrected(office, "2026-11")
    assert (taken["SA01"] < 0, given) == (True, {number: -amount for number, amount in taken.items()})


async def test_who_comes_back_after_his_leaving_was_corrected_is_given_what_was_taken(office: Office) -> None:
    """Though he is as he was when the month was closed."""
    await age(office)
    await office.close()
    await with_targets(office, "2026-11")
    person = await office.small.read("/v1/employees/J102")
    await put(office, "/v1/employees/J102", {"left_on": "2026-09-20"}, person["version"])
    taken = await corrected(office)
    await office.close("2026-10")
    await put(office, "/v1/employees/J102", {"left_on": None}, person["version"] + 1)
    given = await corrected(office, "2026-11")
    assert (given["J102"] > 0, given) == (True, {number: -amount for number, amount in taken.items()})


async def calculated_again(office: Office, month: str) -> list[str]:
    run = await office.small.run(month)
    return sorted(plan["of_month"] for plan in run["plans"] if plan["of_month"] is not None)


def long_order(store: UUID, **overrides: Any) -> FeedEvent:
    """Opened before September, and not settled in it."""
    return makers.order_event(store, "W7", opened_on="2026-08-20", settled_on=None, left_on=None, **overrides)


@pytest.mark.parametrize(
    "told",
    [
        lambda store: makers.payment_event(store, "W1", "50.00", ordinal=2, paid_on="2026-08-30"),
        lambda store: long_order(store, version=2, kind="warranty"),
        lambda store: makers.order_event(
            store, "W1", version=2, opened_on="2026-10-03", settled_on="2026-10-04", left_on="2026-10-04"
        ),
        lambda store: makers.payment_event(store, "W1", "600.00", version=2, paid_on="2026-10-01"),
        lambda store: makers.payment_event(
            store, "W8", "70.00", version=2, paid_on="2026-08-30", id=makers.identity("payment", "W1", 3)
        ),
    ],
    ids=[
        "of an order of the month",
        "of the order of its facts",
        "an order that was of it",
        "a fact that was of it",
        "a fact that was of an order of it",
    ],
)
async def test_whatever_is_told_of_a_closed_month_has_it_calculated_again_until_a_later_one_is_closed(
    office: Office, told: Callable[[Any], FeedEvent], payroll_database: Clone
) -> None:
    small = office.small
    await with_targets(office, "2026-11")
    done = makers.labour_event(small.store.id, "W7", 1, "2.00", completed_on="2026-09-10")
    early = makers.payment_event(small.store.id, "W1", "70.00", ordinal=3, paid_on="2026-08-30")
    later = makers.order_event(
        small.store.id, "W8", opened_on="2026-10-01", settled_on="2026-10-02", left_on="2026-10-02"
    )
    await deliver(small.app, "workorder", small.store.id, long_order(small.store.id), done, early, later)
    await an_hour_passes(payroll_database, small.store)
    await office.close()
    await an_hour_passes(payroll_database, small.store)
    before = await calculated_again(office, "2026-10")
    await deliver(small.app, "workorder", small.store.id, told(small.store.id))
    after = await calculated_again(office, "2026-10")
    await an_hour_passes(payroll_database, small.store)
    await office.close("2026-10")
    settled = await calculated_again(office, "2026-11")
    october = await small.read("/v1/pay-months/2026-10")
    await office.done("/v1/pay-months/2026-10/reopen", office.manager, october["version"], {"reason": "错了"})
    assert (before, after, settled) == ([], ["2026-09"], [])
    assert await calculated_again(office, "2026-11") == ["2026-09"]


async def test_what_is_told_late_leads_to_the_line_that_corrects_and_what_is_moved_to_the_one_that_had_counted_it(
    office: Office,
) -> None:
    """From the order, in its overview and in a thread."""
    small = office.small
    await with_targets(office, "2026-11")
    await office.close()
    late = makers.payment_event(small.store.id, "W1", "400.00", ordinal=2)
    moved = makers.payment_event(small.store.id, "W2", "500.00", version=2, paid_on="2026-12-01")
    before = makers.order_event(
        small.store.id, "W2", version=2, opened_on="2026-12-01", settled_on="2026-12-01", left_on="2026-12-01"
    )
    november = await small.run("2026-11")
    await deliver(small.app, "workorder", small.store.id, late, moved, before)
    corrected = await small.run("2026-11")
    assert [run["plans"][-1]["of_month"] for run in (november, corrected)] == ["2026-09", "2026-09"]
    counted_in: dict[str, set[str]] = {}
    for number in ("W1", "W2"):
        overview = await small.read(f"/v1/overview-parts/repair-orders/{number}")
        thread = await small.read("/v1/overview-parts/threads/" + quote(json.dumps({"orders": [number]}), safe=""))
        lines = {node["data"]["run"] for node in thread["nodes"] if node["kind"] == "pay_line"}
        assert lines == {line["run"] for line in overview["pay_lines"]}
        counted_in[number] = {month for fact in overview["facts"] for month in fact["counted_in"]}
    assert counted_in == {"W1": {"2026-09", "2026-11"}, "W2": {"2026-09"}}


async def test_who_is_to_approve_sees_that_something_was_told_since_the_run(office: Office) -> None:
    small = office.small
    said = [(await small.read(SEPTEMBER))["told_since_run"], (await office.lock())["told_since_run"]]
    october: dict[str, Any] = {"opened_on": "2026-10-05", "settled_on": "2026-10-06", "left_on": "2026-10-06"}
    await deliver(small.app, "workorder", small.store.id, makers.order_event(small.store.id, "W9", **october))
    said.append((await small.read(SEPTEMBER))["told_since_run"])
    await deliver(small.app, "workorder", small.store.id, makers.payment_event(small.store.id, "W1", "9.00", ordinal=3))
    said.append((await office.done(f"{SEPTEMBER}/approve", office.workshop, 1))["told_since_run"])
    await office.done(f"{SEPTEMBER}/approve", office.manager, 2)
    said.append((await office.done(f"{SEPTEMBER}/close", office.clerk, 3))["told_since_run"])
    assert said == [None, False, False, True, None]


async def test_what_is_told_while_a_run_calculates_was_told_since(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, completing = office.small, runs._complete

    async def late(*given: Any) -> None:
        told = makers.payment_event(small.store.id, "W1", "9.00", ordinal=3)
        await deliver(small.app, "workorder", small.store.id, told)
        await completing(*given)

    monkeypatch.setattr(runs, "_complete", late)
    assert (await office.lock())["told_since_run"] is True


async def test_a_rise_and_a_hiring_after_a_month_do_not_have_it_calculated_again(office: Office) -> None:
    await age(office)
    await office.close()
    person = await office.small.read("/v1/employees/J102")
    rise = {"post": "mechanic", "team": "机电一组", "coefficient": "1.4", "base_pay": "5000.00"}
    await put(office, "/v1/employees/J102/terms/2026-10-01", rise, person["version"], "PUT")
    new = {"number": "J103", "name": "新人", "post": "mechanic", "team": "机电一组", "coefficient": "0.8",
           "hired_on": "2026-10-08"}  # fmt: skip
    assert (await office.send("/v1/employees", office.manager, new)).status_code == 201
    run = await office.small.run("2026-10")
    assert [plan["of_month"] for plan in run["plans"]] == [None]


async def test_who_is_hired_after_a_month_shares_nothing_of_it(office: Office) -> None:
    """Also where his terms reach back to before his first day, since that was told later."""
    person = await office.small.read("/v1/employees/J102")
    await put(office, "/v1/employees/J102", {"hired_on": "2026-10-01"}, person["version"])
    run = await office.small.run()
    assert {line["employee"] for line in (await office.small.read(f"/v1/runs/{run['id']}/lines"))["items"]} == {
        "SA01", "SA02", "J101",
    }  # fmt: skip
    await office.lock()
    shares = (await office.small.read(f"{SEPTEMBER}/pools"))["items"]
    assert {each["employee"] for each in shares if each["owner"] == "机电一组"} == {"J101"}


async def test_a_run_from_before_a_value_of_its_month_was_approved_is_not_locked_on(office: Office) -> None:
    run = await office.small.run()
    plan = (await office.small.read("/v1/plans"))["items"][0]["id"]
    value = {"plan": plan, "name": "output_rate", "value": "0.6%", "valid_from": "2026-09-01", "reason": "x"}
    proposed = await office.send("/v1/plan-parameters", office.clerk, value)
    assert proposed.status_code == 201, proposed.text
    address = f"/v1/plan-parameters/{proposed.json()['id']}/approve"
    look = bearer(office.small.keys, "payroll", "service_manager", stores=[office.small.store], subject="second")
    await office.done(address, look, 1, {"note": "x"})
    old = await office.send(f"{SEPTEMBER}/lock", office.clerk, {"run": run["id"]}, 0)
    refused(old, 409, "run-outdated")
    assert (await office.lock())["state"] == "locked"


async def test_a_run_by_a_plan_that_another_has_replaced_since_is_not_locked_on(office: Office) -> None:
    small = office.small
    run = await small.run()
    made = await small.client.post("/v1/plans", json={"template": "4s-after-sales"}, headers=small.headers)
    await put_in_force(small.client, made.json(), small.keys, small.store, effective_from="2026-09-01")
    old = await office.send(f"{SEPTEMBER}/lock", office.clerk, {"run": run["id"]}, 0)
    refused(old, 409, "run-outdated")
    assert (await office.lock())["run_id"] != run["id"]


async def test_what_a_run_left_and_what_was_decided_stays_in_the_database_too(office: Office) -> None:
    await office.lock()
    pool = (await office.small.read(f"{SEPTEMBER}/pools"))["items"][0]["pool"]
    shares = [{"employee": "J101", "amount": "-5.00"}, {"employee": "J102", "amount": "5.00"}]
    body = {"pool": pool, "owner": "机电一组", "reason": "x", "shares": shares}
    made = (await office.send(f"{SEPTEMBER}/adjustments", office.workshop, body)).json()
    await office.done(f"/v1/adjustments/{made['id']}/approve", office.manager, 1, {})
    for change in (
        "UPDATE pay_line SET amount = amount + 1", "DELETE FROM pay_line", "UPDATE trace_node SET body = '{}'",
        "UPDATE fact_selection SET selection = 9", "UPDATE run SET total = 0", "DELETE FROM run",
        "UPDATE adjustment SET state = 'refused'", "UPDATE adjusted_share SET amount = 7",
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="is never changed"):
            async with office.small.app.state.database.transaction(office.small.store.id) as session:
                await session.execute(text(change))


async def test_a_list_of_statements_is_of_one_closing(office: Office) -> None:
    closed = await office.close()
    first = await office.small.read(f"{SEPTEMBER}/statements?limit=2")
    second = await office.small.read(first["next"])
    assert [each["employee"] for each in [*first["items"], *second["items"]]] == ["J101", "J102", "SA01", "SA02"]
    opened = await office.done(f"{SEPTEMBER}/reopen", office.manager, closed["version"], {"reason": "工时录错"})
    assert (await office.small.read(first["next"]))["items"] == second["items"]
    await office.close(version=opened["version"])
    refused(await office.small.client.get(first["next"], headers=office.manager), 410, "cursor-gone")
