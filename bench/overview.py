"""Overviews of a customer a second, beside the naive way: httpx, ORM, response models, one call after another.

Callers ask for other customers in turn, so that no two calls at once are the same one.
"""

import asyncio
import itertools
import statistics
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from pyreqwest.client import Client, ClientBuilder

from aftermile.ports import free_base
from bench.measure import keep, load
from bench.naive import PARTS
from bench.stacks import Measured, a_measured_stack, a_server, with_the_month

CALLERS = (1, 16, 64)
ROUNDS = 3
"""Ours and theirs take turns, so that what else the machine does falls on both."""


async def _at(urls: list[str], headers: dict[str, str], seconds: float) -> list[dict[str, float]]:
    asked = itertools.cycle(urls)
    client: Client = ClientBuilder().no_proxy().timeout(timedelta(seconds=30)).build()

    async def call() -> None:
        response = await client.get(next(asked)).headers(headers).build().send()
        body = await response.bytes()
        assert response.status == 200, bytes(body)

    await load(call, 4, 1.0)
    return [await load(call, callers, seconds) for callers in CALLERS]


def _numbers(stack: Measured) -> list[str]:
    orders = itertools.islice(stack.gateway.items("/v1/repair-orders", limit="100"), 500)
    return sorted({order["customer"]["number"] for order in orders if order["customer"]})


def _naive(stack: Measured, opened: ExitStack) -> str:
    base = free_base(19_500, len(PARTS) + 1)
    ports = [base + 1 + index for index in range(len(PARTS))]
    for name, port in zip(PARTS, ports, strict=True):
        environment = {
            "NAIVE_PART": name,
            "NAIVE_DATABASE_URL": stack.application_url(name),
            "NAIVE_STORE": stack.store_id,
        }
        opened.enter_context(a_server("bench.naive:create_part", port, environment, "/openapi.json"))
    given = {"NAIVE_PORTS": ",".join(map(str, ports))}
    opened.enter_context(a_server("bench.naive:create_gateway", base, given, "/openapi.json"))
    return f"http://127.0.0.1:{base}"


def _check_the_same(ours: list[str], theirs: list[str], headers: dict[str, str]) -> None:
    """Whoever is faster must say the same, money and aliases included; only how a number is written may differ."""
    with httpx.Client(timeout=30) as client:
        for own, other in zip(ours, theirs, strict=True):
            told = client.get(own, headers=headers).raise_for_status().json()
            naive = client.get(other).raise_for_status().json()
            for part in PARTS:
                assert _plain(told[part]["data"]) == _plain(naive[part]), (own, told[part]["data"], naive[part])


_NAMES = {"mobile_masked": "mobile", "id_number_masked": "id_number"}


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {_NAMES.get(key, key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    for read in (Decimal, datetime.fromisoformat):
        with suppress(ValueError, ArithmeticError, TypeError):
            return read(value)
    return value


def _median(measured: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(each[name] for each in measured) for name in measured[0]}


def run(seconds: float = 5.0) -> dict[str, Any]:
    with a_measured_stack() as stack, ExitStack() as opened:
        with_the_month(stack)
        numbers = _numbers(stack)
        naive = _naive(stack, opened)
        token = stack.authorization()
        our_urls = [f"{stack.gateway.url}/v1/overviews/customers/{n}" for n in numbers]
        naive_urls = [f"{naive}/overview/{n}" for n in numbers]
        _check_the_same(our_urls[::10], naive_urls[::10], token)
        rounds = [
            (asyncio.run(_at(our_urls, token, seconds)), asyncio.run(_at(naive_urls, {}, seconds)))
            for _ in range(ROUNDS)
        ]
        ours, theirs = ([_median(each) for each in zip(*side, strict=True)] for side in zip(*rounds, strict=True))
    ratios = {
        str(int(a["callers"])): round(a["per_second"] / b["per_second"], 1) for a, b in zip(ours, theirs, strict=True)
    }
    result = {"overview": ours, "naive": theirs, "ratio": ratios}
    keep("overview", result)
    return result


if __name__ == "__main__":
    run()
