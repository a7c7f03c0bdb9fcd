"""How PostgreSQL would run a hot read: which of its scans read more of a store than what they look for."""

from collections.abc import Iterator
from typing import Any

import asyncpg
import orjson

from chassis.database import _HOT, _of_store
from tests.harness import AStore


async def wide_scans(url: str, store: AStore, sql: str, *args: Any) -> list[str]:
    """Scans of a table without an index, or by an index of which only the store is known, by the plan that is kept.

    Scans without an index are made as dear as can be, so that small tables show what large ones would.
    """
    connection = await asyncpg.connect(url, server_settings={**_HOT, "enable_seqscan": "off"})
    try:
        await connection.execute(f"PREPARE hot AS {_of_store(sql, len(args) + 1)}")
        values = ", ".join("NULL" if arg is None else f"'{arg}'" for arg in (*args, store.id))
        (row,) = await connection.fetch(f"EXPLAIN (FORMAT JSON) EXECUTE hot ({values})")
    finally:
        await connection.close()
    return [told for node in _nodes(orjson.loads(row[0])[0]["Plan"]) for told in _told(node)]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _told(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield f"{node['Relation Name']} without an index"
    if "Index Name" in node and "=" not in node.get("Index Cond", "").replace("(store_id = ", ""):
        yield f"{node['Index Name']} by {node.get('Index Cond', 'nothing')}"
