"""A thread in one document: what an id means, then every node and edge that lies before or after it.

At most two rounds: the services are asked what the id is and which orders its thread runs through, then for their parts
about these orders.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson

from chassis.auth import Principal
from chassis.errors import Conflict, NotFound, Problem
from gateway.overviews import Overview, Overviews

PARTS: Final = ("workorder", "survey", "payroll")
"""In the order of the walk, and the earlier one owns what several know."""
KINDS: Final = (
    "file", "inspection_item", "finding", "upsell", "quote", "decision", "order_line", "order", "payment", "refund",
    "reimbursement", "insurer_approval", "claim", "package_draw", "risk_flag", "response", "fact", "pay_line",
)  # fmt: skip
_WHOLE: Final = frozenset({"order", "response"})
"""A thread from one of these is that of the whole order; in any other they stay, whatever lies before and after."""
_NOT_WALKED: Final = frozenset({"proposed_on"})
"""Work that was declined is of its order all the same, and leads to none of its money."""
_FIRST_ROUND: Final = 0.5
"""Of the budget."""


@dataclass(frozen=True)
class Anchor:
    """What was asked for: its nodes, the orders around it, and the line of pay or the fact if it is one."""

    kind: str
    keys: Sequence[str]
    orders: Sequence[str]
    line: str | None
    fact: str | None
    truncated: bool

    def address(self) -> str:
        key = orjson.dumps({"orders": self.orders, "line": self.line, "fact": self.fact}).decode()
        return f"/v1/overview-parts/threads/{quote(key, safe='')}"


@dataclass(frozen=True)
class Wanted:
    """An id or a number as the caller told it; `kind` says what it is, `order` narrows the thread to one order."""

    told: str
    kind: str | None = None
    order: str | None = None


@dataclass(frozen=True)
class Thread(Overview):
    anchor: Anchor
    currency: str

    def body(self) -> bytes:
        told = {name: orjson.loads(part.data) for name, part in self.parts.items() if part.data}
        nodes = [_node(name, node) for name, part in told.items() for node in part["nodes"]]
        edges = [edge for part in told.values() for edge in part["edges"]]
        kept = self._kept(nodes, edges)
        return orjson.dumps({
            "anchor": {"kind": self.anchor.kind, "keys": self.anchor.keys, "orders": self.anchor.orders},
            "currency": self.currency,
            "nodes": [node for node in nodes if node["key"] in kept],
            "edges": [edge for edge in edges if edge["from"] in kept and edge["to"] in kept],
            "kinds": {kind: label for part in told.values() for kind, label in part["kinds"].items()},
            "truncated": self.anchor.truncated or any(part["truncated"] for part in told.values()),
            "parts": {name: part.state() for name, part in self.parts.items()},
        })  # fmt: skip

    def _kept(self, nodes: Sequence[Mapping[str, Any]], edges: Iterable[Mapping[str, str]]) -> frozenset[str]:
        """Everything of the orders, where what ties it to the anchor has not been told."""
        known = frozenset(node["key"] for node in nodes)
        if self.anchor.kind in _WHOLE or self.parts["workorder"].data is None or known.isdisjoint(self.anchor.keys):
            return known
        always = {node["key"] for node in nodes if node["kind"] in _WHOLE}
        return known & (walk(edges, self.anchor.keys) | always)


class Threads:
    """Asks the services, as overviews do."""

    def __init__(self, overviews: Overviews) -> None:
        self._overviews = overviews

    async def fetch(self, principal: Principal, wanted: Wanted, currency: str, budget: float) -> Thread:
        """Raises NotFound, Conflict where an id means several things, and why nobody could tell what it means."""
        until = asyncio.get_running_loop().time() + budget
        address = f"/v1/overview-parts/thread-anchors/{quote(wanted.told, safe='')}"
        anchor = meant(await self._overviews.fetch(principal, address, PARTS, budget * _FIRST_ROUND), wanted)
        left = max(until - asyncio.get_running_loop().time(), 0.001)
        told = await self._overviews.fetch(principal, anchor.address(), PARTS, left)
        return Thread(told.parts, anchor, currency)


def meant(answers: Overview, wanted: Wanted) -> Anchor:
    found: dict[str, Anchor] = {}
    for part in answers.parts.values():
        for each in orjson.loads(part.data)["anchors"] if part.data else ():
            if wanted.kind in {None, each["kind"]}:
                found.setdefault(each["kind"], Anchor(**each))
    if len(found) == 1:
        (anchor,) = found.values()
        return anchor if wanted.order is None else _narrowed(anchor, wanted.order)
    refusal = answers.refusal(frozenset()) or NotFound() if not found else _ambiguous(found)
    refusal.headers["X-Completed"] = str(answers.completed).lower()
    raise refusal


def _ambiguous(found: Iterable[str]) -> Problem:
    return Conflict("Several things have this number: say which one with ?kind=", slug="thread-ambiguous",
                    kinds=sorted(found))  # fmt: skip


def _narrowed(anchor: Anchor, order: str) -> Anchor:
    """To one order. The thread of a line of pay leads to more orders than are told at once, to any of them this way."""
    return Anchor(anchor.kind, anchor.keys, [order], anchor.line, anchor.fact, truncated=False)


def walk(edges: Iterable[Mapping[str, str]], starts: Iterable[str]) -> frozenset[str]:
    """What lies before and after `starts`, they included."""
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        if edge["kind"] not in _NOT_WALKED:
            before[edge["to"]].append(edge["from"])
            after[edge["from"]].append(edge["to"])
    beginning = frozenset(starts)
    return _reached(before, beginning) | _reached(after, beginning)


def _reached(leads: Mapping[str, Sequence[str]], starts: frozenset[str]) -> frozenset[str]:
    reached, ahead = set(starts), deque(starts)
    while ahead:
        new = [key for key in leads.get(ahead.popleft(), ()) if key not in reached]
        reached.update(new)
        ahead.extend(new)
    return frozenset(reached)


def _node(service: str, node: Mapping[str, Any]) -> dict[str, Any]:
    """With its service, and its address as one can ask for it."""
    return {**node, "service": service, "href": quote(node["href"], safe="/?=")}
