"""Targets of a month: found by whose they are and metric, refused by name when missing, zero, unsigned (default 16)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.payroll.domain.errors import (
    TargetAmbiguous,
    TargetMissing,
    TargetNotPositive,
    TargetRepeated,
    TargetTeamMissing,
    TargetUnsigned,
)
from services.payroll.domain.uniform import uniform
from services.payroll.domain.vocabulary import METRICS, POSTS

from .assignment import post_code
from .given import Member, Person, Target
from .outcome import Scope

_WHOSE = {Scope.TEAM: "班组 / team", Scope.PERSON: "个人 / person"}
_SIGNATURE = re.compile(r"(.*) (\d{4}-\d\d-\d\d)(?: v(\d+) v(\d+))?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class TargetName:
    """What a target is known by. A team may be called as an employee is numbered: the scope tells them apart.

    Only in traces of before there was a scope there is none.
    """

    scope: Scope | None
    subject: str
    metric: str

    @classmethod
    def of(cls, target: Target) -> "TargetName":
        return cls(target.scope, uniform(target.subject), METRICS.code(target.metric) or target.metric)

    @classmethod
    def read(cls, written: str) -> "TargetName":
        """As a trace has it."""
        metric, _, whose = written.partition(":")
        scope, colon, subject = whose.partition(":")
        known = colon and scope in {each.value for each in _WHOSE}
        return cls(Scope(scope), subject, metric) if known else cls(None, whose, metric)

    @property
    def written(self) -> str:
        scope = "" if self.scope is None else f"{self.scope.value}:"
        return f"{self.metric}:{scope}{self.subject}"

    def __str__(self) -> str:
        whose = "" if self.scope is None else f" {_WHOSE[self.scope]}"
        return f"{self.subject} {METRICS.chinese(self.metric)} ({self.metric}){whose}"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a target that a step read, and when, as its trace refers to it.

    Where a newer version is not signed, and so does not count, with the number of the one that does and of that one.
    """

    by: str
    on: str
    version: int | None = None
    unsigned_version: int | None = None

    @classmethod
    def read(cls, reference: str) -> "Signature":
        found = _SIGNATURE.fullmatch(reference)
        if found is None:
            raise ValueError(reference)
        versions = (None if each is None else int(each) for each in found.group(3, 4))
        return cls(found[1], found[2], *versions)

    @property
    def reference(self) -> str:
        return f"{self.by} {self.on}" + (f" v{self.version} v{self.unsigned_version}" if self.version else "")


@dataclass(frozen=True, slots=True)
class Bound:
    """The target that counts, and the newer version of it that waits for a signature, if there is one."""

    target: Target
    unsigned: Target | None

    @property
    def name(self) -> TargetName:
        return replace(TargetName.of(self.target), subject=self.target.subject)

    @property
    def signature(self) -> Signature:
        of = self.target
        versions = () if self.unsigned is None else (of.version, self.unsigned.version)
        return Signature(str(of.signed_by), str(of.signed_on), *versions)


@dataclass(frozen=True, slots=True)
class TargetBook:
    targets: Mapping[TargetName, Target]
    members: Mapping[str, frozenset[tuple[str, str]]]
    """The teams and the posts in which each was in the month."""
    teams: Mapping[str, frozenset[str]]
    """The teams in which people of a post are, by the post's code."""

    @classmethod
    def of(cls, targets: Iterable[Target], people: Iterable[Person], members: Iterable[Member]) -> "TargetBook":
        book: dict[TargetName, Target] = {}
        for target in targets:
            name = TargetName.of(target)
            if name in book:
                raise TargetRepeated(f"目标重复 / the target is given twice: {name}")
            book[name] = target
        people = tuple(people)
        return cls(book, _memberships((*people, *members)), _teams_by_post(people))

    def binding(self, name: TargetName, signers: tuple[str, ...]) -> Bound:
        """The target, positive and signed by one whom it binds: the person himself, or a member of the team.

        A member is who is in it on a day of the month: who leaves on another has signed all the same. `signers` narrows
        a team's members to those of certain posts.
        """
        newest = self.targets.get(name)
        if newest is None:
            raise TargetMissing(f"缺少目标 / target not set: {name}")
        target = next((each for each in (newest, *newest.former) if self._is_signed(each, signers)), newest)
        if not target.value.is_finite() or target.value <= 0:
            raise TargetNotPositive(f"目标须大于零 / target is {target.value}: {name}")
        if not self._is_signed(target, signers):
            raise TargetUnsigned(
                f"目标未经当事人签字 / signed by nobody whom it binds: {name}"
                f" (signed_by {target.signed_by or '-'}, signed_on {target.signed_on or '-'})"
            )
        return Bound(target, None if target is newest else newest)

    def binding_team(self, posts: tuple[str, ...], metric: str, signers: tuple[str, ...]) -> Bound:
        """The target of the team in which people of these posts are; of several such teams, the one that has it."""
        teams = sorted(frozenset[str]().union(*(self.teams.get(post, ()) for post in posts)))
        if not teams:
            who = f"{METRICS.chinese(metric)} ({metric}): {', '.join(map(POSTS.chinese, posts))} ({', '.join(posts)})"
            raise TargetTeamMissing(f"目标所属岗位没有人在班组中 / nobody of the target's posts is in a team: {who}")
        names = [TargetName(Scope.TEAM, uniform(team), metric) for team in teams]
        having = [name for name in names if name in self.targets]
        if not having:
            raise TargetMissing(f"缺少目标 / target not set: {_together(names)}")
        if len(having) > 1:
            raise TargetAmbiguous(f"目标不止一个 / the target is set for several teams: {_together(having)}")
        return self.binding(having[0], signers)

    def _is_signed(self, target: Target, signers: tuple[str, ...]) -> bool:
        if target.signed_on is None or not target.signed_by:
            return False
        if target.scope is Scope.PERSON:
            return uniform(target.signed_by) == uniform(target.subject)
        posts = {post for team, post in self.members.get(target.signed_by, ()) if team == uniform(target.subject)}
        return bool(posts if not signers else posts.intersection(signers))


def post_of(person: Person | Member) -> str:
    return post_code(person.post)


def _memberships(people: Iterable[Person | Member]) -> Mapping[str, frozenset[tuple[str, str]]]:
    found: dict[str, frozenset[tuple[str, str]]] = {}
    for person in people:
        if person.team:
            own = (uniform(person.team), post_of(person))
            found[person.number] = found.get(person.number, frozenset()) | {own}
    return found


def _teams_by_post(people: Iterable[Person]) -> Mapping[str, frozenset[str]]:
    teams: dict[str, frozenset[str]] = {}
    for person in people:
        if person.team:
            teams[post_of(person)] = teams.get(post_of(person), frozenset()) | {person.team}
    return teams


def _together(names: Sequence[TargetName]) -> TargetName:
    return replace(names[0], subject=", ".join(name.subject for name in names))
