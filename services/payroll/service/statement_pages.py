"""A closed statement in words: each line with the steps that it rests on and the facts that these counted, bounded."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.repository import people, runs
from services.payroll.service.receipts import Proof
from services.payroll.service.trace_names import node_in_chinese

STEPS, DEPTH, FACTS = 8, 4, 10
"""Of a line, below its own step, of a step."""
Node = Mapping[str, Any]


def link_key(signing_key: str) -> bytes:
    """A key for links alone, drawn from the process's own: one secret less to keep, the same in all replicas."""
    secret = urlsafe_b64decode(json.loads(signing_key)["d"] + "==")
    return HKDF(SHA256(), length=32, salt=None, info=b"aftermile payroll statement links 2").derive(secret)


@dataclass(frozen=True)
class StatementInWords:
    """`nodes` have their Chinese names; `facts` are the first of each node."""

    proof: Proof
    name: str | None
    document: Mapping[str, Any]
    nodes: Mapping[str, Node]
    facts: Mapping[str, Sequence[RowMapping]]

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """Base pay and items first (一.1), which rest on no step, then the lines of the bonus."""
        fixed = [_fixed("基本工资", "base pay", self.document["base_pay"])] if self.document.get("base_pay") else []
        fixed += [_fixed(each["name_zh"], each["name_en"], each) for each in self.document.get("items", ())]
        return [*fixed, *({"note": None, **line} for line in self.document["lines"])]

    def steps_of(self, line: Mapping[str, Any]) -> Sequence[Node]:
        """From the line's own step down, the nearest first; an adjustment has none."""
        return [self.nodes[name] for name in walk(self.nodes, line["node"])]


def _fixed(name: str, english: str, part: Mapping[str, Any]) -> dict[str, Any]:
    """`note` says how it came from its rate, and an item's reason."""
    days = None if part["days"] is None else f"{part['rate']} × {part['days']}"
    days = days if days is None or part["of_days"] is None else f"{days} ÷ {part['of_days']}"
    note = " · ".join(each for each in (days, part.get("reason")) if each) or None
    return {"name": name, "line": english, "clause": "一.1", "amount": part["amount"], "of_month": None,
            "adjusted": None, "node": "", "note": note}  # fmt: skip


async def in_words(session: AsyncSession, proof: Proof) -> StatementInWords:
    """In a fixed number of queries, however long the statement is."""
    document = json.loads(proof.statement.document)
    run = UUID(document["run"])
    nodes = await _nodes(session, run, {line["node"] for line in document["lines"] if line["node"]})
    found = await runs.run_of(session, run)
    plan = None if found is None or found.plan_id is None else await runs.plan_of(session, found.plan_id)
    named = {name: node_in_chinese(node, plan) for name, node in nodes.items()} if plan else {}
    shown = {name for line in document["lines"] for name in walk(named, line["node"])}
    facts = await runs.first_facts_counted(session, run, sorted(shown), FACTS)
    names = await people.names_of(session, [proof.statement.employee])
    return StatementInWords(proof, names.get(proof.statement.employee), document, named, facts)


async def _nodes(session: AsyncSession, run: UUID, starts: set[str]) -> Mapping[str, Node]:
    found: dict[str, Node] = {}
    ahead = set(starts)
    for _ in range(DEPTH):
        rows = await runs.some_nodes(session, run, sorted(ahead))
        found.update(rows)
        ahead = {name for node in rows.values() for name in _below(node)} - found.keys()
    return found


def _below(node: Node) -> Iterator[str]:
    return (read["reference"] for read in node["inputs"] if read["source"] == "step")


def walk(nodes: Mapping[str, Node], start: str) -> Sequence[str]:
    found: list[str] = []
    ahead = [start]
    while ahead and len(found) < STEPS:
        name = ahead.pop(0)
        if name in nodes and name not in found:
            found.append(name)
            ahead += _below(nodes[name])
    return found
