"""Which step reads which, and an order in which each follows what it reads."""

from collections.abc import Iterator, Mapping

from .names import function_named
from .syntax import CallNode, NameNode, Node, parts_of


def step_names_in(node: Node, known: Mapping[str, str]) -> tuple[str, ...]:
    """English names of the steps that a formula reads; an aggregation over facts reads none."""
    found = {known[name]: None for name in _names(node) if name in known}
    return tuple(found)


def _names(node: Node) -> Iterator[str]:
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, NameNode):
            yield current.name
        else:
            waiting.extend(reversed(_formulas_of(current)))


_FORMULAS = {"sum": 0, "count": 0, "team_of": 0, "target": 1, "target_weight": 1, "attainment": 2}
"""How many arguments are formulas where not all are: names of fields, metrics and posts are no names of steps."""


def _formulas_of(node: Node) -> tuple[Node, ...]:
    name = function_named(node.name) if isinstance(node, CallNode) else None
    return parts_of(node)[: _FORMULAS.get(name or "")]


def cycle_in(reads: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The steps of one cycle, in reading order; empty when there is none."""
    ordered = set(in_order(reads))
    stuck = [name for name in reads if name not in ordered]
    if not stuck:
        return ()
    path: list[str] = [stuck[0]]
    while path[-1] not in path[:-1]:
        path.append(next(read for read in reads[path[-1]] if read not in ordered))
    return tuple(path[path.index(path[-1]) :])


def in_order(reads: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Steps after all that they read, otherwise as in the text; those on a cycle, or behind one, are left out."""
    waiting_for = {name: set(read) for name, read in reads.items()}
    readers: dict[str, list[str]] = {name: [] for name in reads}
    for name, read in reads.items():
        for one in read:
            readers[one].append(name)
    ready = [name for name in reads if not waiting_for[name]]
    ordered: list[str] = []
    while ready:
        name = ready.pop(0)
        ordered.append(name)
        for reader in readers[name]:
            waiting_for[reader].discard(name)
            if not waiting_for[reader]:
                ready.append(reader)
    return tuple(ordered)
