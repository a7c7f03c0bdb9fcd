import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.calls import Caller
from tests.harness import AStore, Clone
from tests.workorder.at_once import held_row, queued
from tests.workorder.caller import make_order
from tests.workorder.test_checks_api import checks_of, rule_body
from tests.workorder.test_deferred_work_api import of, refused, revive
from tests.workorder.test_findings_api import RULE, propose, record, related
from tests.workorder.test_inspections_api import begin

Act = tuple[str, str, str, Callable[[], Coroutine[Any, Any, httpx.Response]]]
"""An order, a table, the row in it that is a part of the order, and what somebody does to that."""


async def following_up(caller: Caller) -> Act:
    work = await refused(caller)
    address = f"/v1/deferred-work/{work['id']}"
    return (
        work["order_id"],
        "upsells",
        work["id"],
        lambda: caller.patch(address, {"priority": "soon"}, If_Match=of(work)),
    )


async def offering_again(caller: Caller) -> Act:
    work = await refused(caller)
    later = await make_order(caller, "in_progress")
    return work["order_id"], "upsells", work["id"], lambda: revive(caller, work, later)


async def waiving_a_check(caller: Caller) -> Act:
    await caller.make("/v1/check-rules", rule_body(conditions={}))
    order = await make_order(caller)
    [check] = await checks_of(caller, order)
    address = f"/v1/order-checks/{check['id']}/waive"
    return order["id"], "order_checks", check["id"], lambda: caller.post(address, {"reason": "new"}, If_Match=of(check))


async def completing_an_inspection(caller: Caller) -> Act:
    inspection = await begin(caller)
    address = f"/v1/inspections/{inspection['id']}/complete"
    complete = lambda: caller.post(address, If_Match=of(inspection))  # noqa: E731
    return inspection["order_id"], "inspections", inspection["id"], complete


async def changing_a_finding(caller: Caller) -> Act:
    found = await record(caller)
    address = f"/v1/findings/{found['id']}"
    change = lambda: caller.patch(address, {"priority": "soon"}, If_Match=of(found))  # noqa: E731
    return found["order_id"], "findings", found["id"], change


async def assessing_related_work(caller: Caller) -> Act:
    await caller.make("/v1/related-work-rules", RULE)
    found = await record(caller)
    await propose(caller, found, "BR01")
    work = (await related(caller, found))["BR02"]
    assess = lambda: caller.post(f"/v1/related-work/{work['id']}/assess", {"needed": True}, If_Match=of(work))  # noqa: E731
    return found["order_id"], "related_work", work["id"], assess


@pytest.mark.parametrize(
    "begun",
    [
        following_up, offering_again, waiving_a_check, completing_an_inspection, changing_a_finding,
        assessing_related_work,
    ],
)  # fmt: skip
async def test_whoever_changes_a_part_of_an_order_waits_for_the_order_with_nothing_in_his_hands(
    manager: Caller, database: Clone, store: AStore, begun: Callable[[Caller], Awaitable[Act]]
) -> None:
    """Whoever holds the order gets its parts at once, so that neither waits for the other."""
    order_id, table, row_id, act = await begun(manager)
    async with held_row(database, store, order_id) as holder:
        waiting = asyncio.create_task(act())
        await queued(holder, 1)
        await holder.execute(f"SELECT FROM {table} WHERE id = $1 FOR UPDATE NOWAIT", UUID(row_id))
    answer = await waiting
    assert answer.status_code < 500, answer.text
    assert "concurrent-change" not in answer.text
