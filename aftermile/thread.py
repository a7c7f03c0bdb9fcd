"""The thread walked back: from a line of pay over the plan's steps to a fact, its order, approval and answer."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aftermile.client import Gateway

MOST_STEPS = 40
"""How many steps are looked at for one line; a plan has fewer."""


@dataclass(frozen=True)
class Thread:
    """`steps` lead from the line's own step to the one that counted `fact`; `overview` is of the fact's order."""

    line: Mapping[str, Any]
    steps: Sequence[Mapping[str, Any]]
    fact: Mapping[str, Any]
    upsell: Mapping[str, Any]
    response: Mapping[str, Any]
    overview: Mapping[str, Any]


def find_thread(gateway: Gateway, run: str, statements: Sequence[Mapping[str, Any]]) -> Thread | None:
    """The largest line of pay that rests on an order with an approved upsell and an answer."""
    lines = [line for statement in statements for line in statement["lines"] if not line["amount"].startswith("-")]
    tried: set[str] = set()
    for line in sorted(lines, key=_largest_share_first):
        if line["component"] in tried:
            continue
        tried.add(line["component"])
        for steps, fact in _walk(gateway, run, line["node"]):
            if (found := _approved_and_answered(fact)) is not None:
                upsell, response = found
                overview = gateway.get(f"/v1/overviews/repair-orders/{fact['order_number']}")
                return Thread(line, steps, fact, upsell, response, overview)
    return None


def _largest_share_first(line: Mapping[str, Any]) -> tuple[bool, float]:
    """A share of the desk's pool first: its receipts are of orders that advisors opened."""
    return line["component"] != "share", -float(line["amount"])


def _walk(gateway: Gateway, run: str, start: str) -> Iterator[tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]]:
    """Breadth first: every fact that the line rests on, with the steps that lead to it."""
    waiting: deque[tuple[str, tuple[Mapping[str, Any], ...]]] = deque([(start, ())])
    seen = {start}
    for _ in range(MOST_STEPS):
        if not waiting:
            return
        name, before = waiting.popleft()
        trace = gateway.get(f"/v1/runs/{run}/trace/{name}")
        steps = (*before, trace["node"])
        yield from ((steps, fact) for fact in trace["facts"])
        for read in trace["node"]["inputs"]:
            if read["source"] == "step" and read["reference"] not in seen:
                seen.add(read["reference"])
                waiting.append((read["reference"], steps))


def _approved_and_answered(fact: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    approved = [upsell for upsell in fact["upsells"] if upsell["decision"] == "approved"]
    return (approved[0], fact["responses"][0]) if approved and fact["responses"] else None
