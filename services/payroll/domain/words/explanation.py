"""A line of pay in words, step by step down to the facts: the nearest steps, each once, to a bound."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.payroll.domain.calculation.outcome import LEADING
from services.payroll.domain.calculation.targets import Signature

from .replay import Node, Read
from .saying import Saying
from .step_names import step_title
from .told import Elsewhere, Sentence, ToldLine
from .told_step import TARGETS, Known, StepTeller

DEPTH, SENTENCES = 8, 60
"""Of one explanation; what lies further is named with where to go on."""


def below(node: Node, nodes: Mapping[str, Node], own: str) -> Iterator[str]:
    """The nodes that a node rests on, in the order of its formula; of a total the own part of an employee."""
    for read in node["inputs"]:
        if read["source"] in LEADING:
            yield read["reference"]
        elif read["source"] == "total" and (part := own_part(read, nodes, own)):
            yield part


def own_part(total: Read, nodes: Mapping[str, Node], own: str) -> str | None:
    name = f"{total['reference']}/{own}"
    found = nodes.get(name) if own in total.get("among", (own,)) else None
    return None if found is None or found["scope"] != "person" else name


def subjects_of(nodes: Mapping[str, Node]) -> frozenset[str]:
    """The employee numbers that an explanation names."""
    people = (node["subject"] for node in nodes.values() if node["scope"] == "person")
    signers = (
        Signature.read(read["reference"]).by
        for node in nodes.values()
        for read in node["inputs"]
        if read["source"] in TARGETS
    )
    return frozenset((*people, *signers))


class Explainer:
    """`own` is the employee of whose pay it tells: a total opens into his part of it."""

    def __init__(self, saying: Saying, known: Known, nodes: Mapping[str, Node], own: str = "") -> None:
        self._say = saying
        self._known = known
        self._nodes = nodes
        self._own = own

    def explain(self, start: str, line: ToldLine | None = None, most: int = SENTENCES) -> Sequence[Sentence]:
        """In the order of reading: a step, then what it rests on, each step once. Nothing of one that is not there."""
        kept, told = self._nearest(start, most), set[str]()
        if not kept:
            return []
        return list(self._walk(start, 0, _Walk(kept, told, line)))

    def _nearest(self, start: str, most: int) -> frozenset[str]:
        found: dict[str, None] = {}
        ahead = [start]
        while ahead and len(found) < most:
            name = ahead.pop(0)
            if name in self._nodes and name not in found:
                found[name] = None
                ahead += self._below(name)
        return frozenset(found)

    def _below(self, name: str) -> Iterator[str]:
        return below(self._nodes[name], self._nodes, self._own)

    def _walk(self, name: str, depth: int, walk: "_Walk") -> Iterator[Sentence]:
        walk.told.add(name)
        node = self._nodes[name]
        ahead = list(dict.fromkeys(self._below(name)))
        new = [each for each in ahead if each in walk.kept and each not in walk.told] if depth < DEPTH else []
        apart = [Elsewhere(each, self._title(each, node), each in walk.told) for each in ahead if each not in new]
        yield StepTeller(self._say, self._known, node).sentence(depth, walk.line if depth == 0 else None, apart)
        for each in new:
            if each not in walk.told:
                yield from self._walk(each, depth + 1, walk)

    def _title(self, name: str, reader: Node) -> str:
        if name in self._nodes:
            return StepTeller(self._say, self._known, self._nodes[name]).title
        step = next(read["name"] for read in reader["inputs"] if read["reference"] == name)
        return step_title(self._say, self._known.plans, step)


@dataclass(frozen=True)
class _Walk:
    kept: frozenset[str]
    told: set[str]
    line: ToldLine | None


def in_plain_text(sentences: Sequence[Sentence], saying: Saying) -> str:
    """For a terminal: each step stands below what rests on it, further in."""
    lines: list[str] = []
    for each in sentences:
        margin = "  " * each.depth
        lines.append(f"{margin}{each.text}")
        formula = saying.pick(f"公式 {each.formula}", f"formula {each.formula}")
        notes = (formula, *each.notes, *(_apart(other, saying) for other in each.elsewhere))
        lines += [f"{margin}    {note}" for note in notes]
    return "\n".join(lines) + "\n"


def _apart(other: Elsewhere, saying: Saying) -> str:
    if other.above:
        return saying.pick(f"{other.title}见上文", f"{other.title}: see above")
    return saying.pick(
        f"{other.title}未展开，可从 {other.node} 继续", f"{other.title} is not told here: go on from {other.node}"
    )
