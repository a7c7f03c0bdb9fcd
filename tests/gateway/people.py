"""A bootstrapped gateway, and what people do there first: log in, make stores and accounts."""

from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from gateway.bootstrap import BootstrapResult, bootstrap

ADMIN_PASSWORD = "admin-in-tests"
PASSWORD = "a long enough one"
Headers = dict[str, str]


async def bootstrapped(app: FastAPI) -> BootstrapResult:
    return await bootstrap(app.state.database, ADMIN_PASSWORD, "S1", "Store one", "Asia/Shanghai")


@dataclass
class Person:
    """Someone who has logged in."""

    tokens: dict[str, Any]

    @property
    def headers(self) -> Headers:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def at(self, store: str) -> Headers:
        return {**self.headers, "X-Store": store}


async def log_in(client: httpx.AsyncClient, username: str = "admin", password: str = ADMIN_PASSWORD) -> Person:
    response = await client.post("/v1/login", json={"username": username, "password": password})
    assert response.status_code == 200, response.text
    return Person(response.json())


async def make_store(client: httpx.AsyncClient, by: Headers, code: str = "S2") -> dict[str, Any]:
    body = {"code": code, "name": f"Store {code}", "time_zone": "Asia/Shanghai"}
    return made(await client.post("/v1/stores", json=body, headers=by))


async def make_account(
    client: httpx.AsyncClient, by: Headers, username: str, *members: Any, **fields: Any
) -> dict[str, Any]:
    """`members` are (store id, role, employee number)."""
    memberships = [{"store_id": store, "roles": [role], "employee": employee} for store, role, employee in members]
    body = {"username": username, "name": username, "password": PASSWORD, "memberships": memberships, **fields}
    return made(await client.post("/v1/accounts", json=body, headers=by))


def made(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code in {200, 201}, response.text
    found: dict[str, Any] = response.json()
    return found


def seen(thing: dict[str, Any]) -> Headers:
    """If-Match for the version that was read."""
    return {"If-Match": f'"{thing["version"]}"'}
