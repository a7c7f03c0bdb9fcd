"""The thread walked back: from a line of pay over what it rests on to an order, its approval and its answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aftermile.client import Gateway

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Thread:
    """Nodes of the gateway's document; `lines` are those of the order."""

    line: Node
    step: Node
    fact: Node
    order: Node
    lines: Sequence[Node]
    upsell: Node
    response: Node


def find_thread(gateway: Gateway, statements: Sequence[Mapping[str, Any]]) -> Thread | None:
    """That of the largest line of pay that rests on an order with an approved upsell and an answer."""
    lines = [line for statement in statements for line in statement["lines"] if not line["amount"].startswith("-")]
    tried: set[str] = set()
    for line in sorted(lines, key=_largest_share_first):
        if line["component"] not in tried:
            tried.add(line["component"])
            if found := _walk(_Document(gateway.get(f"/v1/threads/{line['id']}")), f"pay_line:{line['id']}"):
                return found
    return None


def _largest_share_first(line: Mapping[str, Any]) -> tuple[bool, float]:
    """A share of the desk's pool first: its receipts are of orders that advisors opened."""
    return line["component"] != "share", -float(line["amount"])


class _Document:
    def __init__(self, told: Mapping[str, Any]) -> None:
        self.nodes: Mapping[str, Node] = {node["key"]: node for node in told["nodes"]}
        self._edges = told["edges"]

    def before(self, key: str, kind: str) -> list[Node]:
        return [self.nodes[edge["from"]] for edge in self._edges if (edge["kind"], edge["to"]) == (kind, key)]

    def after(self, key: str, kind: str) -> list[Node]:
        return [self.nodes[edge["to"]] for edge in self._edges if (edge["kind"], edge["from"]) == (kind, key)]


def _walk(document: _Document, line: str) -> Thread | None:
    for step in document.before(line, "rests_on"):
        for fact in document.before(step["key"], "counted"):
            order = document.nodes.get(f"order:{fact['data'].get('order_number')}")
            if order is None:
                continue
            upsells = document.before(order["key"], "proposed_on")
            approved = [upsell for upsell in upsells if upsell["data"].get("decision") == "approved"]
            answers = document.after(order["key"], "asked")
            if approved and answers:
                lines = document.before(order["key"], "part_of")
                return Thread(document.nodes[line], step, fact, order, lines, approved[0], answers[0])
    return None
