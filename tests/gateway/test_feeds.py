"""How far the services have read one another's feeds, in one answer."""

from typing import Any

import httpx
import orjson
import pytest

from gateway.feeds import merged
from gateway.routing import SERVICES
from tests.gateway.upstreams import FourServices

Positions = dict[str, Any]


def answer(head: str, **cursors: str) -> Positions:
    rest = {"events": 3, "moved_at": None, "caught_up_at": "2026-09-01T08:00:00+00:00", "stopped_by": None}
    return {"head": head, "positions": [{"source": s, "cursor": c, **rest} for s, c in cursors.items()]}


@pytest.mark.parametrize(
    ("answers", "caught_up", "behind"),
    [
        ({"customer": answer("c1", workorder="w1"), "workorder": answer("w1", customer="c1")}, True, []),
        ({"customer": answer("c1", workorder="w0"), "workorder": answer("w1", customer="c1")}, False, ["customer"]),
        ({"customer": answer("c1"), "workorder": answer("w1", customer="")}, False, ["workorder"]),
        ({"customer": answer("c1", workorder="w1"), "workorder": None}, False, ["customer"]),
        ({"customer": answer("c1"), "workorder": answer("w1")}, True, []),
    ],
    ids=["all read", "one behind", "never read", "source does not answer", "nobody reads"],
)
def test_who_is_at_the_head_of_every_feed_has_caught_up(
    answers: dict[str, Positions | None], caught_up: bool, behind: list[str]
) -> None:
    found = merged(answers)
    assert found.caught_up is caught_up
    assert [p.consumer for p in found.positions if not p.caught_up] == behind


async def test_the_positions_of_the_four_services_come_in_one_answer(
    gateway: httpx.AsyncClient, services: FourServices, staff: dict[str, str]
) -> None:
    for name in SERVICES:
        services.named(name).body = orjson.dumps(answer(f"head of {name}"))
    services.payroll.body = orjson.dumps(answer("p", workorder="head of workorder", survey="an earlier one"))
    found = (await gateway.get("/v1/feeds", headers=staff)).json()
    assert found["caught_up"] is False
    assert {p["source"]: p["caught_up"] for p in found["positions"]} == {"workorder": True, "survey": False}
    services.payroll.status = 500
    assert (await gateway.get("/v1/feeds", headers=staff)).json()["unavailable"] == ["payroll"]
    assert services.survey.last.target == "/v1/feed-positions"
