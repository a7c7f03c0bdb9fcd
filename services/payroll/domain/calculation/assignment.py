"""Which plan pays whom: of each post the plan that names it and began last, of all others the one that names none."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from services.payroll.domain.uniform import uniform
from services.payroll.domain.vocabulary import POSTS

Plan = TypeVar("Plan", bound=Hashable)
REST = ""
"""Stands for all posts that no plan names."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The posts whose people a plan pays: the named ones, or all but these."""

    posts: frozenset[str] = frozenset()
    all_but: bool = True

    def holds(self, post: str) -> bool:
        return (post in self.posts) != self.all_but

    @property
    def prefix(self) -> str:
        """What the names of the plan's steps begin with among others': nothing, or its first post and a colon."""
        return "" if self.all_but else f"{min(self.posts)}:"


EVERYBODY = Reach()


def reaches(held: Mapping[str, Plan]) -> dict[Plan, Reach]:
    """Whom each plan pays, by post (or REST): the plan of the rest first, the others in the order of their posts."""
    rest = held.get(REST)
    named = {post: held[post] for post in sorted(held) if post != REST and held[post] != rest}
    found = {} if rest is None else {rest: Reach(frozenset(named))}
    for plan in named.values():
        if plan not in found:
            found[plan] = Reach(frozenset(post for post, holder in named.items() if holder == plan), all_but=False)
    return found


def held_by(found: Mapping[Plan, Reach]) -> dict[str, Plan]:
    """By post (or REST), as `reaches` takes it."""
    return {post: plan for plan, reach in found.items() for post in ((REST,) if reach.all_but else reach.posts)}


def post_code(written: str) -> str:
    """The code of a post, or the text of one that is not in the list, however it is typed."""
    said = uniform(written)
    return POSTS.code(said) or said


def post_codes(written: Iterable[str]) -> list[str]:
    """Each post once, by its code where it is in the list."""
    return list(dict.fromkeys(map(post_code, written)))


def reach_of(posts: Iterable[str] | None) -> Reach:
    """Whom a plan for some posts pays; for none named, everybody."""
    return EVERYBODY if posts is None else Reach(frozenset(post_codes(posts)), all_but=False)
