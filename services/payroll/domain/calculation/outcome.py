"""What a run yields: pay lines, figures and a trace from each line back to clause, step and facts; and its hash."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import Any

from services.payroll.domain.merkle import leaf_of, root_of
from services.payroll.domain.month import Month

from .facts import Reference

Value = Fraction | str | bool | date | Month | None


class Scope(Enum):
    STORE = "store"
    TEAM = "team"
    PERSON = "person"


def written(value: Value) -> str | bool | None:
    """A value as it stands in a trace: numbers as exact `p/q` (`p` when whole), dates and months in ISO form."""
    if value is None or isinstance(value, str | bool):
        return value
    return str(value)


@dataclass(frozen=True, slots=True)
class PayLine:
    """One amount that a person is paid or docked, to the cent; `node` is the id of its trace node.

    `of_month` is the closed month that a correction belongs to, and empty for the month's own lines.
    """

    person: str
    line: str
    name: str
    clause: str
    amount: Decimal
    node: str
    of_month: str = ""


@dataclass(frozen=True, slots=True)
class TraceInput:
    """A value that a step read. `source` is step, total, parameter, person, target, target_weight or split; of a step
    that is paid also condition, of the condition the amount, of a correction what was paid.

    The name of a value by post is `parameter:post`, that of a target or its weight `metric:scope:subject`.
    `reference` leads on: a node id (of a total without the subject), the day from which the parameter's value holds
    (with the version of one that is not the plan's own), or who signed the target and when. `among` are those whose
    values a total adds up, where they are not all that the step has.
    """

    name: str
    source: str
    value: Value
    reference: str = ""
    among: tuple[str, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        told = {"name": self.name, "source": self.source, "value": written(self.value), "reference": self.reference}
        return told if self.among is None else {**told, "among": list(self.among)}

    def of(self, person: str) -> str | None:
        """The node of his own part of a total; None where he has none."""
        return f"{self.reference}/{person}" if self.among is None or person in self.among else None


LEADING = frozenset({"step", "condition"})
"""Sources of what a step read that lead on to one node."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The facts that one aggregation took, in the order of their ids."""

    text: str
    kind: str
    value: Fraction
    facts: tuple[Reference, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the selected ids with their versions: stands for the list in the hash of the outcome."""
        listed = "\n".join(f"{len(fact)}:{fact}@{version}" for fact, version in self.facts)
        return hashlib.sha256(listed.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TraceNode:
    """One step for one subject: `id` is `step` for the store and `step/subject` for a team or a person."""

    id: str
    step: str
    name: str
    scope: Scope
    subject: str
    clause: str
    formula: str
    line: int
    value: Value
    inputs: tuple[TraceInput, ...]
    selections: tuple[Selection, ...]

    @property
    def step_id(self) -> str:
        """The id without the subject: the step's name, unless the node is of another plan or month."""
        return self.id.removesuffix(f"/{self.subject}") if self.subject else self.id

    def under(self, prefix: str) -> "TraceNode":
        """The node among those of another plan or month: its id, and those that it leads on to, with a prefix."""
        inputs = (
            replace(read, reference=prefix + read.reference) if read.source in {"total", *LEADING} else read
            for read in self.inputs
        )
        return replace(self, id=prefix + self.id, inputs=tuple(inputs))

    def as_json(self) -> dict[str, Any]:
        """The node for storage and display; selections carry count and digest, their facts are listed on demand."""
        return {
            "id": self.id,
            "step": self.step,
            "name": self.name,
            "scope": self.scope.value,
            "subject": self.subject,
            "clause": self.clause,
            "formula": self.formula,
            "line": self.line,
            "value": written(self.value),
            "inputs": [read.as_json() for read in self.inputs],
            "selections": [
                {
                    "text": selection.text,
                    "kind": selection.kind,
                    "value": written(selection.value),
                    "count": len(selection.facts),
                    "digest": selection.digest,
                }
                for selection in self.selections
            ],
        }


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to look at that does not stop the run; `subject` is a person, a team or empty."""

    code: str
    subject: str
    chinese: str
    english: str


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A pool that is not zero and that nobody with a weight shares: `owner` is its team, or empty for the store."""

    step: str
    name: str
    clause: str
    owner: str
    pool: Fraction
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """Exact values by the English name of the step: of the store, by team, by person."""

    store: Mapping[str, Value]
    teams: Mapping[str, Mapping[str, Value]]
    people: Mapping[str, Mapping[str, Value]]


def totals_of(lines: Iterable[PayLine]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line.person] = sums.get(line.person, Decimal("0.00")) + line.amount
    return sums


@dataclass(frozen=True)
class Outcome:
    month: Month
    plan_hash: str
    lines: tuple[PayLine, ...]
    figures: Figures
    nodes: Mapping[str, TraceNode]
    warnings: tuple[Notice, ...]
    unassigned: tuple[Unassigned, ...] = ()
    """Each is in a warning too, and so in the hash."""
    withheld: tuple[PayLine, ...] = ()
    """What is not paid because its condition does not hold; likewise."""

    @cached_property
    def totals(self) -> Mapping[str, Decimal]:
        """What each person is paid: the sum of his lines. A person without a line is not in it."""
        return totals_of(self.lines)

    @property
    def pay_total(self) -> Decimal:
        return sum(self.totals.values(), Decimal("0.00"))

    @cached_property
    def told(self) -> Mapping[str, Mapping[str, Any]]:
        """Each node as it is stored and hashed."""
        return {name: node.as_json() for name, node in self.nodes.items()}

    @cached_property
    def documents(self) -> Mapping[str, bytes]:
        """What the hash is made of: under "" what belongs to nobody, then each person's lines with the steps below.

        UTF-8 JSON with sorted keys and no spaces, people in the order of their lines: equal outcomes give equal bytes.
        """
        digests = {name: _digest(self.told[name]) for name in sorted(self.nodes)}
        of = {"month": str(self.month), "plan": self.plan_hash}
        warnings = [[note.code, note.subject, note.chinese, note.english] for note in self.warnings]
        found = {"": _canonical({**of, "warnings": warnings, "nodes": list(digests.values())})}
        for person in self.lines_of:
            own = self.lines_of[person]
            steps = sorted(self.reached((line.node for line in own), person))
            told = [[e.line, e.name, e.clause, f"{e.amount:.2f}", e.node, e.of_month] for e in own]
            found[person] = _canonical({**of, "person": person, "lines": told, "nodes": [digests[at] for at in steps]})
        return found

    @cached_property
    def lines_of(self) -> Mapping[str, Sequence[PayLine]]:
        found: dict[str, list[PayLine]] = {}
        for line in self.lines:
            found.setdefault(line.person, []).append(line)
        return found

    def reached(self, starts: Iterable[str], person: str = "") -> set[str]:
        """The nodes that some nodes rest on, themselves included; of a total a person's own part alone."""
        found: set[str] = set()
        ahead = list(starts)
        while ahead:
            name = ahead.pop()
            if name not in found and name in self.nodes:
                found.add(name)
                ahead += self.below(name, person)
        return found

    def below(self, name: str, person: str = "") -> Iterator[str]:
        """What a node reads, likewise."""
        for read in self.nodes[name].inputs:
            if read.source in LEADING:
                yield read.reference
            elif read.source == "total" and person and (own := self.part_of(read, person)):
                yield own

    def part_of(self, total: TraceInput, person: str) -> str | None:
        """A person's own part of a total: of one over teams nobody has any, whatever a team is called."""
        own = self.nodes.get(total.of(person) or "")
        return own.id if own is not None and own.scope is Scope.PERSON else None

    def parts_below(self, name: str) -> Iterator[str]:
        """The nodes that the totals which a node reads add up."""
        for read in self.nodes[name].inputs:
            if read.source == "total":
                of = self._of_step.get(read.reference, ()) if read.among is None else map(read.of, read.among)
                yield from (each for each in of if each is not None)

    @cached_property
    def _of_step(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for node in self.nodes.values():
            found.setdefault(node.step_id, []).append(node.id)
        return found

    @cached_property
    def hash(self) -> str:
        """Root of the tree over `documents`, in hex: a person proves his own without seeing others'."""
        return root_of([leaf_of(document) for document in self.documents.values()]).hex()


def _canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _digest(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(document)).hexdigest()
