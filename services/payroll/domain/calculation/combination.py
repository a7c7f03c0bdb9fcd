"""A month by several plans, each for the people of its posts: calculated apart over the same facts, told as one."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from .assignment import EVERYBODY, Reach
from .given import Person, number_order
from .notices import person_without_plan
from .outcome import Figures, Notice, Outcome, PayLine, Unassigned
from .targets import post_of

Figure = TypeVar("Figure")


@dataclass(frozen=True, slots=True)
class Part:
    """What one plan gives for those whom it pays."""

    reach: Reach
    outcome: Outcome


def combine(parts: Sequence[Part], people: Sequence[Person]) -> Outcome:
    """Names of steps, pools and nodes of a plan by posts begin with its first post, so that no two are the same.

    Of one plan for everybody it is that plan's outcome. People whom no plan pays are pointed out.
    """
    if [part.reach for part in parts] == [EVERYBODY]:
        return parts[0].outcome
    lines = sorted(
        (line for part in parts for line in _named_lines(part, part.outcome.lines)),
        key=lambda line: number_order(line.person),
    )
    nodes = [node.under(part.reach.prefix) for part in parts for node in part.outcome.nodes.values()]
    return Outcome(
        month=parts[0].outcome.month,
        plan_hash=_plan_hash(parts),
        lines=tuple(lines),
        withheld=tuple(line for part in parts for line in _named_lines(part, part.outcome.withheld)),
        figures=_figures(parts),
        nodes={node.id: node for node in nodes},
        warnings=_warnings(parts, people),
        unassigned=tuple(pool for part in parts for pool in _unassigned(part)),
    )


def _plan_hash(parts: Sequence[Part]) -> str:
    """Each plan's posts (null: all others) with its hash."""
    told = [(None if part.reach.all_but else sorted(part.reach.posts), part.outcome.plan_hash) for part in parts]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _named_lines(part: Part, lines: Iterable[PayLine]) -> Iterator[PayLine]:
    return (replace(line, node=part.reach.prefix + line.node) for line in lines)


def _unassigned(part: Part) -> Iterator[Unassigned]:
    return (replace(pool, step=part.reach.prefix + pool.step) for pool in part.outcome.unassigned)


def _figures(parts: Sequence[Part]) -> Figures:
    figures = [(part.reach.prefix, part.outcome.figures) for part in parts]
    return Figures(
        _named((prefix, each.store) for prefix, each in figures),
        _named((prefix, each.teams) for prefix, each in figures),
        _named((prefix, each.people) for prefix, each in figures),
    )


def _named(figures: Iterable[tuple[str, Mapping[str, Figure]]]) -> Mapping[str, Figure]:
    return {prefix + step: value for prefix, steps in figures for step, value in steps.items()}


def _warnings(parts: Sequence[Part], people: Sequence[Person]) -> tuple[Notice, ...]:
    """What several plans point out alike is told once."""
    found = {notice for part in parts for notice in part.outcome.warnings}
    for person in people:
        if not any(part.reach.holds(post_of(person)) for part in parts):
            found.add(person_without_plan(person.number, post_of(person)))
    return tuple(sorted(found, key=lambda notice: (notice.code, notice.subject, notice.english)))
