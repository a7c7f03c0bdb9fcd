"""Related work: what is to be assessed together with a proposed operation, so that no order grows bit by bit."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.workorder.domain.refusals import WorkorderRefusal


class RelatedState(StrEnum):
    OPEN = "open"
    ASSESSED = "assessed"
    WAIVED = "waived"


class RelatedMoveNotAllowed(WorkorderRefusal):
    slug = "related-work-settled"
    title = "That related work is settled already"


class RelatedWorkOpen(WorkorderRefusal):
    slug = "related-work-open"
    title = "Related work has to be assessed or waived first"


@dataclass(frozen=True)
class RelatedOperation:
    """An operation that belongs with another, and why."""

    code: str
    name: str
    reason: str | None = None


@dataclass(frozen=True)
class CalledFor:
    """Related work that a proposal calls for; it is settled from the start where it is proposed as well."""

    because_of: str
    operation: RelatedOperation
    proposed: bool


Rules = Mapping[str, Sequence[RelatedOperation]]
"""By operation code: what has to be assessed when it is proposed."""


def called_for(rules: Rules, proposed: Collection[str], listed: Collection[str]) -> tuple[CalledFor, ...]:
    """What the proposed operations of a finding call for and is not listed yet: each operation once, in order."""
    found: dict[str, CalledFor] = {}
    for code in dict.fromkeys(proposed):
        for operation in rules.get(code, ()):
            if operation.code not in listed and operation.code != code:
                found.setdefault(operation.code, CalledFor(code, operation, operation.code in proposed))
    return tuple(found.values())


ALLOWED: Mapping[RelatedState, frozenset[RelatedState]] = {
    RelatedState.OPEN: frozenset({RelatedState.ASSESSED, RelatedState.WAIVED}),
    RelatedState.WAIVED: frozenset({RelatedState.ASSESSED}),
    RelatedState.ASSESSED: frozenset({RelatedState.ASSESSED}),
}
"""What was waived may be assessed after all and an assessment be corrected; nothing assessed is waived."""


def settle_related(current: RelatedState, wanted: RelatedState) -> RelatedState:
    if wanted not in ALLOWED[current]:
        raise RelatedMoveNotAllowed(
            f"Related work that is {current} cannot become {wanted}", allowed=sorted(map(str, ALLOWED[current]))
        )
    return wanted


@dataclass(frozen=True)
class OpenWork:
    """Related work nobody has assessed or waived, as a refusal names it."""

    id: str
    finding_id: str
    code: str
    name: str
    because_of: str


def require_settled(open_work: Iterable[OpenWork]) -> None:
    found = list(open_work)
    if found:
        named = ", ".join(f"{work.code} {work.name} (because of {work.because_of})" for work in found[:10])
        raise RelatedWorkOpen(f"To be assessed or waived first: {named}", open=[vars(work) for work in found])
