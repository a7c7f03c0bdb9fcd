"""Times at which a car is promised: in the future, and another one only with its reason."""

from datetime import datetime

from services.workorder.domain.refusals import WorkorderRefusal


class PromiseInThePast(WorkorderRefusal):
    status = 422
    slug = "promise-in-the-past"
    title = "A car is promised for a time to come"


class PromiseReasonMissing(WorkorderRefusal):
    status = 422
    slug = "promise-reason-missing"
    title = "Another time was promised before: say why it changes"


def require_promise(before: datetime | None, promised_at: datetime, reason: str | None, now: datetime) -> None:
    if promised_at <= now:
        raise PromiseInThePast(f"{promised_at.isoformat()} has passed")
    if before is not None and before != promised_at and reason is None:
        raise PromiseReasonMissing(f"{before.isoformat()} was promised")
