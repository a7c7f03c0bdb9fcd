"""The gateway as a process: ready without its services, open about its routes, honest when it is killed."""

import asyncio
import os
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress

import httpx
import orjson
from fastapi import FastAPI

from aftermile.ports import free_base
from gateway.routing import SERVICES
from tests.gateway.upstreams import NOBODY, FourServices
from tests.harness import AStore, Clone, Keys, app_of, bearer, client_of, eventually, serving

START = """
import uvicorn
from gateway.main import create_app
from gateway.settings import Settings
settings = Settings()
uvicorn.run(create_app(settings), host="127.0.0.1", port=settings.port, log_config=None)
"""


async def test_it_is_ready_while_no_service_is(
    clone_database: Callable[[str], Clone], keys: Keys, store: AStore
) -> None:
    nowhere = dict.fromkeys(SERVICES, NOBODY)
    app = app_of("gateway", clone_database("gateway").app_url, keys, urls=nowhere)
    async with serving(app, lifespan=True) as address, client_of(address) as client:
        assert (await client.get("/ready")).json() == {"status": "ready"}
        staff = bearer(keys, "gateway", "cashier", stores=[store])
        assert (await client.get("/v1/overviews/customers/1", headers=staff)).status_code == 503


async def test_every_route_says_who_may_call_it(gateway_app: FastAPI) -> None:
    paths = gateway_app.openapi()["paths"]
    public = {path for path, methods in paths.items() for operation in methods.values() if "x-roles" not in operation}
    assert public == {"/v1/login", "/v1/refresh", "/v1/logout", "/v1/token", "/.well-known/jwks.json"}
    assert len({op["operationId"] for methods in paths.values() for op in methods.values()}) == sum(
        map(len, paths.values())
    )


def _environment(database_url: str, keys: Keys, services: FourServices, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "AFTERMILE_PORT": str(port),
        "AFTERMILE_DATABASE_URL": database_url,
        "AFTERMILE_JWKS": keys.jwks,
        "AFTERMILE_SIGNING_KEY": keys.private["gateway"],
        "AFTERMILE_URLS": orjson.dumps(services.urls).decode(),
    }


async def _started(url: str) -> None:
    async def answers() -> bool:
        with suppress(httpx.TransportError):
            return (await client.get("/alive")).status_code == 200
        return False

    async with client_of(url) as client:
        await eventually(answers, within=120)


async def test_a_killed_process_leaves_the_entry_of_its_write_open(
    clone_database: Callable[[str], Clone], keys: Keys, services: FourServices, gateway_app: FastAPI,
    gateway: httpx.AsyncClient, store: AStore,
) -> None:  # fmt: skip
    services.payroll.hold()
    database_url = gateway_app.state.settings.database_url.get_secret_value()
    port = free_base(30_000 + secrets.randbelow(2_000), 1)
    url = f"http://127.0.0.1:{port}"
    environment = _environment(database_url, keys, services, port)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await _started(url)
        staff = bearer(keys, "gateway", "payroll_clerk", stores=[store])
        async with client_of(url) as client:
            call = asyncio.create_task(client.post("/v1/runs", json={}, headers=staff))
            await eventually(lambda: services.payroll.seen)
            process.kill()
            await asyncio.gather(call, return_exceptions=True)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    auditor = bearer(keys, "gateway", "auditor", stores=[store])
    (entry,) = (await gateway.get("/v1/audit?unfinished=true", headers=auditor)).json()["items"]
    assert (entry["path"], entry["status"]) == ("/v1/runs", None)
