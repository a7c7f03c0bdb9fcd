"""The review of a flag: open, taken on by somebody, closed with an outcome; never by whom it is about."""

from collections.abc import Collection
from enum import StrEnum

from services.workorder.domain.refusals import WorkorderRefusal


class FlagState(StrEnum):
    OPEN = "open"
    ASSIGNED = "assigned"
    CLOSED = "closed"


class ReviewOutcome(StrEnum):
    """Confirmed: it is as it looks. Explained: it is so, and has a good reason. Unfounded: it is not so. Coached: it
    was, and has been talked over. Corrected: what was wrong has been put right with the customer."""

    CONFIRMED = "confirmed"
    EXPLAINED = "explained"
    UNFOUNDED = "unfounded"
    COACHED = "coached"
    CORRECTED = "corrected"


IT_WAS_SO = frozenset({ReviewOutcome.CONFIRMED, ReviewOutcome.COACHED, ReviewOutcome.CORRECTED})


class ReviewState(StrEnum):
    QUEUED = "queued"
    COMPLETED = "completed"
    FAILED = "failed"


class OwnRiskFlag(WorkorderRefusal):
    slug = "own-risk-flag"
    title = "Nobody reviews what is about himself"


class RiskFlagClosed(WorkorderRefusal):
    slug = "risk-flag-closed"
    title = "This flag has been reviewed already"


def require_reviewable(state: FlagState, about: Collection[str], *reviewers: str) -> None:
    """`reviewers`: who acts, and whom he asks to review."""
    if own := sorted(set(reviewers) & set(about)):
        raise OwnRiskFlag(f"It is about {', '.join(own)}")
    if state is FlagState.CLOSED:
        raise RiskFlagClosed("Its outcome stands", allowed=[])
