"""What a run yields: pay lines, figures and a trace from each line back to clause, step and facts; and its hash."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import Any

from .facts import Fact
from .month import Month

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
    """One amount that a person is paid or docked, to the cent; `node` is the id of its trace node."""

    person: str
    line: str
    name: str
    clause: str
    amount: Decimal
    node: str


@dataclass(frozen=True, slots=True)
class TraceInput:
    """A value that a step read. `source` is step, parameter, person, target or review_score.

    The name of a value by post is `parameter:post`, that of a target `metric:subject`.
    `reference` leads on: a node id, the day from which the parameter's value holds, or who signed the target and when.
    """

    name: str
    source: str
    value: Value
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """The facts that one aggregation took, in the order of their ids."""

    text: str
    kind: str
    value: Fraction
    facts: tuple[Fact, ...]

    @property
    def references(self) -> Iterator[tuple[str, int]]:
        return ((fact.id, fact.version) for fact in self.facts)

    @property
    def digest(self) -> str:
        """SHA-256 over the selected ids with their versions: stands for the list in the hash of the outcome."""
        listed = "\n".join(f"{len(fact.id)}:{fact.id}@{fact.version}" for fact in self.facts)
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
            "inputs": [
                {"name": read.name, "source": read.source, "value": written(read.value), "reference": read.reference}
                for read in self.inputs
            ],
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

    @cached_property
    def totals(self) -> Mapping[str, Decimal]:
        """What each person is paid: the sum of his lines. A person without a line is not in it."""
        return totals_of(self.lines)

    @property
    def pay_total(self) -> Decimal:
        return sum(self.totals.values(), Decimal("0.00"))

    def canonical_json(self) -> bytes:
        """UTF-8 JSON with sorted keys and no spaces: equal outcomes give equal bytes."""
        document = {
            "month": str(self.month),
            "plan": self.plan_hash,
            "lines": [
                [line.person, line.line, line.name, line.clause, f"{line.amount:.2f}", line.node] for line in self.lines
            ],
            "nodes": [node.as_json() for _, node in sorted(self.nodes.items())],
            "warnings": [[note.code, note.subject, note.chinese, note.english] for note in self.warnings],
        }
        return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.canonical_json()).hexdigest()
