"""The jobs of an order: the customer's complaint, the cause that was found, the correction that was made."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.workorder.domain.orders.order import BEFORE_WORK, IN_THE_SHOP, Move, Progress, State
from services.workorder.domain.refusals import WorkorderRefusal

HELD_BY_JOBS = frozenset({Move.INSPECT, Move.MAKE_READY})
"""A job may still come while the car is checked."""


class JobsUnfinished(WorkorderRefusal):
    slug = "jobs-unfinished"
    title = "Some jobs have no cause or no correction yet"


class ComplaintFixed(WorkorderRefusal):
    slug = "complaint-fixed"
    title = "What the customer said is no longer changed"


class JobsClosed(WorkorderRefusal):
    slug = "jobs-closed"
    title = "Jobs are added until the car is ready"


class OrderDone(WorkorderRefusal):
    slug = "order-done"
    title = "The order is settled or cancelled and is no longer changed"


@dataclass(frozen=True)
class Job:
    number: int
    complaint: str
    cause: str | None
    correction: str | None

    @property
    def finished(self) -> bool:
        return self.cause is not None and self.correction is not None


def require_finished(jobs: Iterable[Job]) -> None:
    """Before the quality check, and after it, every job says what was wrong and what was done about it."""
    unfinished = [job.number for job in jobs if not job.finished]
    if unfinished:
        told = ", ".join(map(str, unfinished))
        raise JobsUnfinished(f"Jobs {told} lack their cause or their correction", jobs=unfinished)


def require_not_done(progress: Progress) -> None:
    if progress.settled or progress.state is State.CANCELLED:
        raise OrderDone(f"The order is {'settled' if progress.settled else progress.state}")


def require_jobs_open(progress: Progress) -> None:
    if progress.state is not State.BOOKED and progress.state not in IN_THE_SHOP:
        raise JobsClosed(f"The order is {progress.state}")


def require_complaint_open(progress: Progress, before: str, after: str | None) -> None:
    """The customer's words are his: once work has started they stay as they were signed."""
    if after is not None and after != before and progress.state not in BEFORE_WORK:
        raise ComplaintFixed(f"The order is {progress.state}")
