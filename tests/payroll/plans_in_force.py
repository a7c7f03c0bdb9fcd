"""A plan put in force: reviewed by somebody other than its author, then activated."""

from typing import Any

import httpx

from tests.harness import AStore, Keys, bearer


async def activated(
    client: httpx.AsyncClient, plan: dict[str, Any], keys: Keys, store: AStore, **body: Any
) -> httpx.Response:
    """What the activation of a draft answers, once a second person has reviewed it."""
    second = bearer(keys, "payroll", "service_manager", stores=[store], subject="second")
    address = f"/v1/plans/{plan['id']}"
    reviewed = await client.post(
        f"{address}/review", json={"note": "与方案原文核对"}, headers=second | {"If-Match": f'"{plan["version"]}"'}
    )
    assert (reviewed.status_code, reviewed.json()["status"]) == (200, "reviewed"), reviewed.text
    return await client.post(f"{address}/activate", json=body, headers=second | {"If-Match": reviewed.headers["ETag"]})


async def put_in_force(
    client: httpx.AsyncClient, plan: dict[str, Any], keys: Keys, store: AStore, **body: Any
) -> dict[str, Any]:
    active = await activated(client, plan, keys, store, **body)
    assert (active.status_code, active.json()["status"]) == (200, "active"), active.text
    found: dict[str, Any] = active.json()
    return found
