"""What is asked without a token: the open resources alone, in nobody's name, and little at a time."""

import httpx
import pytest

from gateway import strangers
from gateway.routing import BULK_RESOURCES, OPEN, RESOURCES
from tests.gateway.upstreams import FourServices

Staff = dict[str, str]


async def test_an_open_resource_is_passed_on_without_a_token(
    gateway: httpx.AsyncClient, services: FourServices
) -> None:
    assert (await gateway.get("/v1/approvals/abc")).json() == {"from": "workorder"}
    services.workorder.status = 410
    refused = await gateway.post("/v1/approvals/abc/decisions", json={"name": "x"}, headers={"Idempotency-Key": "k"})
    assert refused.status_code == 410
    seen = services.workorder.last
    assert (seen.method, seen.target, seen.body) == ("POST", "/v1/approvals/abc/decisions", b'{"name":"x"}')
    assert seen.headers["idempotency-key"] == "k"


async def test_nobodys_name_is_lent_to_it(gateway: httpx.AsyncClient, services: FourServices, staff: Staff) -> None:
    for headers in ({}, staff, {"Authorization": "Bearer nonsense"}):
        assert (await gateway.get("/v1/approvals/abc", headers=headers)).status_code == 200
        assert "authorization" not in services.workorder.last.headers


@pytest.mark.parametrize("path", sorted({f"/v1/{name}" for name in set(RESOURCES) - OPEN}))
async def test_everything_else_needs_a_token(gateway: httpx.AsyncClient, services: FourServices, path: str) -> None:
    for method in ("GET", "POST"):
        assert (await gateway.request(method, f"{path}/1")).status_code == 401
    assert not any(services.named(name).seen for name in ("customer", "workorder", "survey", "payroll"))


async def test_bulk_is_never_open(gateway: httpx.AsyncClient, services: FourServices) -> None:
    for name in sorted(BULK_RESOURCES):
        assert (await gateway.post(f"/v1/bulk/{name}", json={})).status_code == 401
    assert not services.workorder.seen


@pytest.mark.parametrize("path", ["/v1/approvals/../repair-orders", "/v1/approvals/..%2Frepair-orders"])
async def test_an_open_path_cannot_climb_out_either(
    gateway: httpx.AsyncClient, services: FourServices, path: str
) -> None:
    assert (await gateway.get(path)).status_code in {400, 401}
    assert not services.workorder.seen


async def test_a_stranger_may_send_little(gateway: httpx.AsyncClient, services: FourServices) -> None:
    refused = await gateway.post("/v1/approvals/abc/decisions", content=b"x" * (strangers.MOST_BYTES + 1))
    assert refused.status_code == 413
    assert not services.workorder.answered
