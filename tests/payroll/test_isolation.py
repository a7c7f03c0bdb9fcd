"""One store's pay is nothing to another: by any address with its ids and numbers, and in any table without filters."""

from typing import Any

import asyncpg
import httpx
import pytest

from services.payroll.models import Base
from tests.harness import AStore, Clone, Keys, bearer
from tests.payroll.small_month import SmallMonth

TABLES_SEEN = frozenset(
    {"employee", "employee_terms", "team", "team_heads", "target", "plan", "plan_post", "order_copy", "customer_copy",
     "fact", "upsell_copy", "response_copy", "run", "pay_line", "trace_node", "fact_selection", "measure",
     "pay_item", "attendance", "what_if", "what_if_month"}
)  # fmt: skip


@pytest.fixture
async def ids(small: SmallMonth) -> dict[str, str]:
    """A month that was run in the first store, and what its things are known by."""
    await small.prepare()
    await small.tell()
    run = str((await small.run())["id"])
    line = (await small.read(f"/v1/runs/{run}/lines"))["items"][0]["id"]
    plan, target = [(await small.read(f"/v1/{kind}"))["items"][0]["id"] for kind in ("plans", "targets")]
    asked = {"parameters": [{"name": "output_rate", "value": "0.25%"}], "months": ["2026-09"]}
    answer = await small.client.post("/v1/what-ifs", json=asked, headers=small.headers)
    assert answer.status_code == 202, answer.text
    measure = await enter(small)
    item = await add_item(small)
    heads = {"leader": "J101", "managers": []}
    told = await small.client.put("/v1/teams/机电一组/heads/2026-09-01", json=heads,
                                  headers=small.headers | {"If-Match": '"0"'})  # fmt: skip
    assert told.status_code == 200, told.text
    return {"run": run, "line": line, "plan": plan, "target": target, "measure": measure, "item": item}


async def enter(small: SmallMonth) -> str:
    body = {"measure": "返工", "occurred_on": "2026-09-02", "number": "1", "document": "返工单 7", "reason": "返工扣罚"}
    entered = await small.client.post("/v1/measures", json=body, headers=small.headers)
    assert entered.status_code == 201, entered.text
    return str(entered.json()["id"])


async def add_item(small: SmallMonth) -> str:
    days = {"source": "door", "rows": [{"row": 1, "month": "2026-09", "employee": "J101", "days": "21"}]}
    told = await small.client.post("/v1/bulk/attendance-days", json=days, headers=small.headers)
    assert told.json()["counts"] == {"created": 1}
    body = {"post": "mechanic", "name_zh": "餐补", "name_en": "Meals", "amount": "15.00", "from_month": "2026-09",
            "reason": "x"}  # fmt: skip
    added = await small.client.post("/v1/pay-items", json=body, headers=small.headers)
    assert added.status_code == 201, added.text
    return str(added.json()["id"])


@pytest.fixture
def stranger(keys: Keys, other_store: AStore) -> dict[str, str]:
    return bearer(keys, "payroll", "administrator", stores=[other_store], employee="SA01", **{"If-Match": '"1"'})


READS = (
    "runs/{run}", "runs/{run}/lines", "runs/{run}/statements", "runs/{run}/figures", "runs/{run}/trace/{line}",
    "runs/{run}/trace/normal_receipts", "runs/{run}/explain/{line}",
    "runs/{run}/explain/normal_receipts", "runs/{run}/unpaid/J101",
    "runs/{run}/summed/mechanic_share/J101", "runs/{run}/counted-facts/output",
    "plans/{plan}", "employees/SA01", "employees/SA01/terms",
    "employees/SA01/history", "overview-parts/employees/SA01", "overview-parts/customers/C00001",
    "overview-parts/repair-orders/W1", "overview-parts/stores/2026-09", "measures/{measure}",
    "measures/{measure}/history", "pay-items/{item}", "pay-items/{item}/versions", "teams/机电一组/heads",
)  # fmt: skip
CHANGES: tuple[tuple[str, str, Any], ...] = (
    ("POST", "plans/{plan}/activate", None),
    ("POST", "plans/{plan}/review", {"note": "x"}),
    ("POST", "plans/{plan}/end", {"effective_from": "2027-01-01", "because": "x"}),
    ("POST", "plans/{plan}/withdraw", {"because": "x"}),
    ("POST", "plans/{plan}/check", None),
    ("PATCH", "measures/{measure}", {"number": "2", "reason": "x"}),
    ("POST", "measures/{measure}/approve", {"note": "x"}),
    ("POST", "measures/{measure}/withdraw", {"note": "x"}),
    ("PATCH", "pay-items/{item}", {"amount": "2.00", "reason": "x"}),
    ("POST", "pay-items/{item}/withdraw", {"reason": "x"}),
    ("PATCH", "targets/{target}", {"value": "1"}),
    ("POST", "targets/{target}/sign", None),
    ("PATCH", "employees/SA01", {"name": "x"}),
    ("PUT", "employees/SA01/terms/2026-01-01", {"post": "mechanic"}),
    ("PUT", "teams/机电一组/heads/2026-01-01", {"leader": None, "managers": []}),
)


async def test_another_store_finds_nothing_under_ids_and_numbers_of_this_one(
    client: httpx.AsyncClient, ids: dict[str, str], stranger: dict[str, str]
) -> None:
    found = {
        address: (await client.get(f"/v1/{address.format(**ids)}", headers=stranger)).status_code for address in READS
    }
    assert found == dict.fromkeys(READS, 404)


async def test_another_store_changes_nothing_of_this_one(
    client: httpx.AsyncClient, ids: dict[str, str], stranger: dict[str, str]
) -> None:
    for method, address, body in CHANGES:
        answer = await client.request(method, f"/v1/{address.format(**ids)}", json=body, headers=stranger)
        assert answer.status_code == 404, (method, address)


async def test_lists_and_the_feed_of_another_store_are_empty(
    client: httpx.AsyncClient, ids: dict[str, str], stranger: dict[str, str]
) -> None:
    for kind in (
        "runs",
        "plans",
        "employees",
        "targets",
        "review-scores",
        "measures",
        "plan-parameters",
        "pay-items",
        "questions",
        "waiting-facts",
    ):
        assert (await client.get(f"/v1/{kind}", headers=stranger)).json()["items"] == []
    assert (await client.get("/v1/teams", headers=stranger)).json()["items"] == []
    assert (await client.get("/v1/changes", headers=stranger)).json() == []


async def test_without_filters_the_application_role_sees_its_own_store_only(
    ids: dict[str, str], payroll_database: Clone, store: AStore, other_store: AStore
) -> None:
    connection = await asyncpg.connect(payroll_database.app_url)
    for seen_by in (store, other_store, None):
        await connection.execute("SELECT set_config('app.store', $1, false)", str(seen_by.id) if seen_by else "")
        found = {table for table in Base.metadata.tables if await connection.fetchval(f"SELECT count(*) FROM {table}")}
        assert found == (TABLES_SEEN if seen_by is store else set())
    await connection.close()


async def test_nobody_meets_the_pay_of_others_on_the_way_through_his_own(
    small: SmallMonth, ids: dict[str, str]
) -> None:
    """Every node that can be reached from one's own lines, step by step."""
    himself = small.person("SA01")
    run = f"/v1/runs/{ids['run']}"
    ahead = [line["id"] for line in (await small.read(f"{run}/lines", himself))["items"]]
    met: set[str] = set()
    while ahead:
        key = ahead.pop()
        if key not in met:
            met.add(key)
            node = (await small.read(f"{run}/trace/{key}", himself))["node"]
            assert node["scope"] != "person" or node["subject"] == "SA01"
            ahead += [read["reference"] for read in node["inputs"] if read["source"] == "step"]
    assert "service_advisor_pool" in met
