"""Orders of a shop with years of them: what a desk waits for in the service, and how many are written at the gateway.

The service is asked over loopback by one caller, each request in turn: an order with everything, an order of six lines
written, the board of today, the history of a customer, the figures of a month. Beside them, in the same run, a row is
read by its key and the same rows are written by plain SQL. Then sixteen callers write orders of three lines through the
gateway as long as they may, in turns with sixteen who write the same rows without it.
"""

import asyncio
import itertools
import os
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import psutil
from pyreqwest.client import Client, ClientBuilder

from aftermile.plan import NAMES
from bench import bare, shop
from bench.measure import keep, load, percentile, processor_seconds
from bench.stacks import Measured, a_measured_stack

TIMES, FIGURES, CALLERS, ROUNDS, SECONDS = 500, 60, 16, 3, 6.0
LINES_AT_THE_GATEWAY = 3
Ask = tuple[str, str, bytes | None]
"""Method, address, body."""


def _line(place: int) -> dict[str, Any]:
    labour = place % 2 == 0
    return {
        "kind": "labour" if labour else "part", "code": f"OP{place:02}", "name": "更换蓄电池", "quantity": "1",
        "standard_hours": "0.50" if labour else None, "list_price": "75.00", "amount": "75.00", "payer": "customer",
        "team": "机电一组" if labour else None,
    }  # fmt: skip


def _bodies(lines: int) -> Iterator[bytes]:
    planned = [_line(place) for place in range(lines)]
    for place in itertools.count():
        vehicle = {"vin": f"LBENCH{place % 40_000:011}", "customer_number": f"C{place % 40_000}"}
        order = {"kind": "repair", "advisor": f"SA{1 + place % 12:02}", "complaint": "异响", **vehicle}
        yield orjson.dumps({**order, "lines": planned})


def _asks(orders: int) -> dict[str, list[Ask]]:
    """The same for every run of the same size; what is written comes last, since a day has no such board."""
    dice = random.Random(1)
    numbers = [f"W{dice.randint(1, orders):08}" for _ in range(TIMES)]
    people = [f"C{int(40_000 * dice.random() ** 2)}" for _ in range(TIMES)]
    this_month = datetime.now(UTC).date().replace(day=1)
    months = [(this_month - timedelta(days=31 * back)).strftime("%Y-%m") for back in range(FIGURES)]
    return {
        "order": [("GET", f"/v1/overview-parts/repair-orders/{number}", None) for number in numbers],
        "board": [("GET", "/v1/board", None)] * TIMES,
        "customer_history": [("GET", f"/v1/repair-histories/customers/{number}", None) for number in people],
        "month_figures": [("GET", f"/v1/order-figures?month={month}", None) for month in months],
        "write_6_lines": [("POST", "/v1/repair-orders", body) for body in itertools.islice(_bodies(6), TIMES)],
    }


def _client() -> Client:
    return ClientBuilder().no_proxy().timeout(timedelta(seconds=30)).build()


async def _send(client: Client, base: str, headers: dict[str, str], ask: Ask) -> None:
    method, path, body = ask
    request = client.request(method, base + path).headers(headers)
    if body is not None:
        request = request.headers({"content-type": "application/json", "idempotency-key": str(uuid4())})
        request = request.body_bytes(body)
    response = await request.build().send()
    answer = bytes(await response.bytes())
    assert response.status in {200, 201}, answer


async def _one_by_one(base: str, headers: dict[str, str], asks: list[Ask]) -> list[float]:
    client = _client()
    for ask in asks[:50]:
        await _send(client, base, headers, ask)
    took = []
    for ask in asks:
        begun = time.perf_counter()
        await _send(client, base, headers, ask)
        took.append(time.perf_counter() - begun)
    return took


def _told(took: list[float]) -> dict[str, float]:
    ordered = sorted(took)
    shares = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
    return {"times": len(took), **{name: round(percentile(ordered, at) * 1000, 2) for name, at in shares.items()}}


def _in_the_service(stack: Measured, orders: int) -> dict[str, Any]:
    base, headers = stack.url_of("workorder"), stack.as_the_gateway("workorder", stack.store)
    url, store = stack.application_url("workorder"), UUID(stack.store_id)
    asks = _asks(orders)
    told = {name: _told(asyncio.run(_one_by_one(base, headers, each))) for name, each in asks.items()}
    numbers = [path.rpartition("/")[2] for _, path, _ in asks["order"]]
    beside = {
        "row_by_key": _told(asyncio.run(bare.read_one_by_one(url, store, numbers))),
        "bare_write_6_lines": _told(asyncio.run(bare.one_by_one(url, store, 6, TIMES))),
    }
    ratios = {
        "order_to_row_by_key": told["order"]["p50_ms"] / beside["row_by_key"]["p50_ms"],
        "write_to_bare_write": told["write_6_lines"]["p50_ms"] / beside["bare_write_6_lines"]["p50_ms"],
    }
    return {**told, **beside, "ratios": {name: round(ratio, 1) for name, ratio in ratios.items()}}


@contextmanager
def _processor(stack: Measured, used: dict[str, float]) -> Iterator[None]:
    """Adds to `used` what each process has used meanwhile, this one included."""
    before, own = processor_seconds(stack.processes()), os.times()
    yield
    for process, seconds in processor_seconds(stack.processes()).items():
        name = _name(process)
        used[name] = used.get(name, 0) + seconds - before.get(process, 0)
    after = os.times()
    used["generator"] = used.get("generator", 0) + after.user + after.system - own.user - own.system


def _name(process: psutil.Process) -> str:
    command = process.cmdline()
    if process.name() == "postgres":
        return next((f"postgres {name}" for name in NAMES if f"aftermile_{name}" in " ".join(command)), "postgres")
    return command[-1] if command[-1] in NAMES else "supervisor"


def _at_the_gateway(stack: Measured) -> dict[str, Any]:
    url, store = stack.application_url("workorder"), UUID(stack.store_id)
    bodies, used = _bodies(LINES_AT_THE_GATEWAY), dict[str, float]()

    async def write() -> dict[str, float]:
        client, headers = _client(), stack.authorization()

        async def call() -> None:
            await _send(client, stack.gateway.url, headers, ("POST", "/v1/repair-orders", next(bodies)))

        await load(call, CALLERS, 1.0)
        with _processor(stack, used):
            return await load(call, CALLERS, SECONDS)

    def beside() -> float:
        return asyncio.run(bare.at_once(url, store, CALLERS, LINES_AT_THE_GATEWAY, SECONDS))

    rounds = [(asyncio.run(write()), beside()) for _ in range(ROUNDS)]
    ours = {name: statistics.median(each[name] for each, _ in rounds) for name in rounds[0][0]}
    theirs = statistics.median(each for _, each in rounds)
    written = sum(each["per_second"] for each, _ in rounds) * SECONDS
    spent = {name: round(seconds / written * 1000, 2) for name, seconds in sorted(used.items(), key=_most)}
    return {
        **ours, "bare_per_second": round(theirs, 1), "share_of_bare": round(ours["per_second"] / theirs, 2),
        "processor_ms_per_order": spent, "processor_ms": round(sum(spent.values()), 2),
        "per_second_with_two_cores_of_its_own": round(2000 / sum(spent.values())),
    }  # fmt: skip


def _most(item: tuple[str, float]) -> float:
    return -item[1]


def run(orders: int = shop.STORE_ORDERS) -> dict[str, Any]:
    with a_measured_stack() as stack:
        stores = shop.more_stores(UUID(stack.store_id), orders)
        begun = time.perf_counter()
        asyncio.run(shop.fill(stack.owner_url("workorder"), stores, orders))
        filled = time.perf_counter() - begun
        result = {
            "load_before": round(os.getloadavg()[0], 2),
            "orders": orders,
            "lines": orders * shop.LINES,
            "stores": len(stores),
            "seconds_to_fill": round(filled, 1),
            "in_the_service": _in_the_service(stack, orders // len(stores)),
            "at_the_gateway": _at_the_gateway(stack),
        }
    keep("orders", result)
    return result


if __name__ == "__main__":
    run()
