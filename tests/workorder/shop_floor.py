"""The use cases on a real database, called one transaction at a time and without HTTP: what machines of tests drive."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import orjson

from chassis.auth import Principal, Store
from chassis.database import Database
from services.workorder.service.desk import Desk
from tests.harness import AStore

Result = TypeVar("Result")


@dataclass
class ShopFloor:
    """One store, one loop, and a clock that goes on by a minute with every request."""

    url: str
    at: AStore
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.database = Database(self.url, pool_size=2)
        roles = frozenset({"administrator"})
        self.store = Store(self.at.id, self.at.code, self.at.time_zone, self.at.currency, roles, "SA01")
        self.principal = Principal("tester", "staff", "tester", roles, (self.store,), self.store, "SA01", "t", 2e9)

    def act(self, use: Callable[[Desk], Awaitable[Result]]) -> Result:
        """One request: all of it is kept, or, when it raises, nothing."""
        self.now += timedelta(minutes=1)

        async def request() -> Result:
            async with self.database.transaction(self.at.id) as session:
                return await use(Desk(session, self.store, self.principal, self.now))

        return self.runner.run(request())

    def read(self, sql: str, *args: object) -> Any:
        """The single value of a SELECT that builds JSON as text."""
        return orjson.loads(self.runner.run(self.database.fetch_json(sql, *args, store=self.at.id)) or b"null")

    def close(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()


_WITHOUT_EVENT = """
    SELECT coalesce(json_agg(v.id || ' ' || v.version), '[]'::json)::text FROM ({versions}) v
    WHERE NOT EXISTS (
        SELECT FROM feed_event e WHERE e.subject = v.id::text AND e.version = v.version AND {agrees})
"""
_NOW = "SELECT id, {version} AS version, to_jsonb(t) AS state FROM {table} t WHERE {of_order}"
_BEFORE = "SELECT id, version, state FROM {history} WHERE id IN (SELECT id FROM {table} WHERE {of_order})"
_AMOUNT = "(e.data->>'amount')::numeric = (v.state->>'amount')::numeric"
_MONEY = {
    "repair_order_lines": ("repair_order_line_history", "order_id = $1", _AMOUNT),
    "upsells": ("upsell_history", "order_id = $1", _AMOUNT),
    "payments": ("payment_history", "order_id = $1", _AMOUNT),
    "refunds": (None, "order_id = $1", _AMOUNT),
    "repair_orders": ("repair_order_history", "id = $1", "e.data->>'settled' = v.state->>'settled'"),
}
"""Where former versions are kept of each, what is of an order, and what its event has to agree on."""


def money_without_event(floor: ShopFloor, order: UUID) -> list[str]:
    """Versions of what has money on an order whose event was never told, or told otherwise."""
    found = []
    for table, (history, of_order, agrees) in _MONEY.items():
        versions = _NOW.format(version="version" if history else "1", table=table, of_order=of_order)
        if history:
            versions += " UNION ALL " + _BEFORE.format(history=history, table=table, of_order=of_order)
        found += [
            f"{table} {row}" for row in floor.read(_WITHOUT_EVENT.format(versions=versions, agrees=agrees), order)
        ]
    return found


def cents(amount: int) -> Decimal:
    return Decimal(amount) / 100
