"""What hangs on an order besides its lines: its jobs and the times it was promised for. The order is locked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.errors import Invalid, field_error
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.models import OrderJob, OrderPromise, RepairOrder
from services.workorder.repository import details
from services.workorder.schemas.orders import JobCreate
from services.workorder.service.desk import Desk


async def store_jobs(desk: Desk, order: RepairOrder, jobs: Sequence[JobCreate]) -> list[OrderJob]:
    """Jobs with the order's next numbers."""
    if not jobs:
        return []
    last = await details.last_job_number(desk.session, desk.store_id, order.id)
    added = [
        OrderJob(
            store_id=desk.store_id, source=OWN_SOURCE, order_id=order.id, number=number, complaint=job.complaint,
            created_at=desk.now, updated_at=desk.now,
        )
        for number, job in enumerate(jobs, start=last + 1)
    ]  # fmt: skip
    desk.session.add_all(added)
    await desk.session.flush()
    return added


async def jobs_named(desk: Desk, order: RepairOrder, numbers: Sequence[int | None]) -> dict[int | None, UUID]:
    """Ids of the jobs that lines name; 422 where the order has none such."""
    if not any(numbers):
        return {}
    found = {job.number: job.id for job in await details.jobs_of(desk.session, desk.store_id, order.id)}
    errors = [
        field_error(f"/lines/{place}/job_number", "job-unknown", f"the order has no job {number}")
        for place, number in enumerate(numbers)
        if number is not None and number not in found
    ]
    if errors:
        raise Invalid("Some lines name jobs that the order does not have", errors=errors)
    return {number: found[number] for number in numbers if number is not None}


async def keep_promise(desk: Desk, order: RepairOrder, promised_at: datetime, reason: str | None) -> OrderPromise:
    promise = OrderPromise(
        store_id=desk.store_id, order_id=order.id, promised_at=promised_at, reason=reason, made_by=desk.person,
        made_at=desk.now,
    )  # fmt: skip
    desk.session.add(promise)
    await desk.session.flush()
    return promise
