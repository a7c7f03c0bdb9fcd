"""When two records are certainly one person, and which merges follow from that."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

from services.customer.domain.identity import number_order


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells people apart. Keys are comparable stand-ins of the values; empty when unknown or not trustworthy.

    `claimed_id` is the ID number as written, right or wrong; `proven_id` only when its check digit and date hold.
    `members` are further numbers that already mean this person.
    """

    number: str
    name: str
    mobile: str | None = None
    claimed_id: str | None = None
    proven_id: str | None = None
    members: frozenset[str] = frozenset()


def certain_duplicates(one: Identity, other: Identity) -> bool:
    """Same ID number, or same mobile and name while the ID numbers do not conflict: families share a phone."""
    if one.proven_id and one.proven_id == other.proven_id:
        return True
    conflict = one.claimed_id and other.claimed_id and one.claimed_id != other.claimed_id
    same_phone_and_name = one.mobile and one.mobile == other.mobile and one.name == other.name
    return bool(same_phone_and_name and not conflict)


def certain_merges(
    people: Iterable[Identity], kept_apart: frozenset[frozenset[str]] = frozenset()
) -> list[tuple[str, str]]:
    """Pairs (survivor, duplicate) of numbers in the order to merge them; the survivor has the earlier number.

    A pair whose merge was once undone stays apart. A number is a duplicate at most once, and no survivor after that.
    """
    remaining = sorted(people, key=lambda person: number_order(person.number))
    merges: list[tuple[str, str]] = []
    while True:
        remaining, found = _merge_once(remaining, kept_apart)
        merges.extend(found)
        if not found:
            return merges


def _merge_once(
    people: list[Identity], kept_apart: frozenset[frozenset[str]]
) -> tuple[list[Identity], list[tuple[str, str]]]:
    survivors: dict[str, Identity] = {}
    by_key: dict[str, set[str]] = defaultdict(set)
    merges: list[tuple[str, str]] = []
    for person in people:
        numbers = {number for key in _keys(person) for number in by_key[key]}
        candidates = [survivors[number] for number in sorted(numbers, key=number_order)]
        survivor = next((known for known in candidates if _belong_together(known, person, kept_apart)), None)
        if survivor is not None:
            merges.append((survivor.number, person.number))
        merged = person if survivor is None else _absorb(survivor, person)
        survivors[merged.number] = merged
        for key in _keys(merged):
            by_key[key].add(merged.number)
    return list(survivors.values()), merges


def _keys(person: Identity) -> Iterator[str]:
    if person.proven_id:
        yield f"id:{person.proven_id}"
    if person.mobile:
        yield f"mobile:{person.mobile}:{person.name}"


def _belong_together(one: Identity, other: Identity, kept_apart: frozenset[frozenset[str]]) -> bool:
    pairs = product(one.members | {one.number}, other.members | {other.number})
    return certain_duplicates(one, other) and not any(frozenset(pair) in kept_apart for pair in pairs)


def _absorb(survivor: Identity, duplicate: Identity) -> Identity:
    """The survivor keeps what it has and takes what it lacked."""
    return replace(
        survivor,
        mobile=survivor.mobile or duplicate.mobile,
        claimed_id=survivor.claimed_id or duplicate.claimed_id,
        proven_id=survivor.proven_id or (None if survivor.claimed_id else duplicate.proven_id),
        members=survivor.members | duplicate.members | {duplicate.number},
    )
