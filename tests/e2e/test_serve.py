"""How a process is served: whom it believes about who calls."""

from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request

from aftermile.serve import configuration
from chassis.settings import ProcessSettings
from tests.harness import Keys, process_environment, running


@pytest.fixture
def echo() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def who(request: Request) -> str:
        return request.client.host if request.client else ""

    return app


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [
        ("", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9"),
        ("10.0.0.0/8, 127.0.0.0/8", "203.0.113.9"),
        ("10.0.0.0/8", "127.0.0.1"),
    ],
)
async def test_a_caller_passed_on_is_believed_of_a_named_proxy_only(
    echo: FastAPI, keys: Keys, proxies: str, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    given: dict[str, Any] = process_environment("gateway", "postgresql://nobody@localhost/none", keys)
    settings = ProcessSettings(service="gateway", **{**given, "port": 0, "trusted_proxies": proxies})
    server = uvicorn.Server(configuration(echo, settings))
    async with running(server) as address, httpx.AsyncClient() as client:
        answer = await client.get(address, headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert answer.json() == seen


def test_a_proxy_that_is_no_address_is_refused(keys: Keys) -> None:
    given: dict[str, Any] = process_environment("gateway", "postgresql://nobody@localhost/none", keys)
    with pytest.raises(ValueError, match="trusted_proxies"):
        ProcessSettings(service="gateway", **{**given, "trusted_proxies": "*"})
