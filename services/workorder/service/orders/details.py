"""What hangs on an order besides its lines: its people, its jobs, and the times it was promised for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.errors import Invalid, field_error
from chassis.representation import check_version
from services.workorder.domain.orders.job import (
    Job,
    require_complaint_open,
    require_finished,
    require_jobs_open,
    require_not_done,
)
from services.workorder.domain.orders.promise import require_promise
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.events import published
from services.workorder.models import OrderJob, OrderPromise, RepairOrder
from services.workorder.repository.history import keep_former
from services.workorder.repository.orders import details, orders
from services.workorder.schemas.orders.order_details import JobUpdate, PromiseBody, RepairOrderUpdate
from services.workorder.schemas.orders.orders import JobCreate
from services.workorder.service.desk import Desk
from services.workorder.service.inspections.checks import put_checks
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import changes_told, note


async def change_order(desk: Desk, order_id: UUID, expected: int, body: RepairOrderUpdate) -> RepairOrder:
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    check_version(order.version, expected)
    require_not_done(progress_of(order))
    facts = {name: getattr(body, name) for name in body.model_fields_set}
    changed = await _changed(desk, order, "order.changed", facts)
    await put_checks(desk.session, desk.store_id, [order.id])
    return changed


async def _changed(desk: Desk, order: RepairOrder, what: str, facts: Mapping[str, object]) -> RepairOrder:
    await keep_former(desk.session, "repair_orders", [order.id])
    for name, value in facts.items():
        setattr(order, name, value)
    order.version += 1
    order.updated_at = desk.now
    await desk.session.flush()
    await note(desk, order.id, what, **changes_told(facts))
    await published.publish_states(desk.session, published.ORDERS, [order.id])
    return await orders.order_by_id(desk.session, desk.store_id, order.id)


async def promise(desk: Desk, order_id: UUID, expected: int, body: PromiseBody) -> RepairOrder:
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    check_version(order.version, expected)
    require_not_done(progress_of(order))
    require_promise(order.promised_at, body.promised_at, body.reason, desk.now)
    await keep_promise(desk, order, body.promised_at, body.reason)
    return await _changed(desk, order, "order.promised", {"promised_at": body.promised_at})


async def add_jobs(desk: Desk, order_id: UUID, jobs: Sequence[JobCreate]) -> Sequence[OrderJob]:
    """All jobs of the order come back."""
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    require_jobs_open(progress_of(order))
    added = await store_jobs(desk, order, jobs)
    await note(desk, order.id, "job.added", jobs=[job.number for job in added])
    return await details.jobs_of(desk.session, desk.store_id, order.id)


async def change_job(desk: Desk, order_id: UUID, number: int, expected: int, body: JobUpdate) -> OrderJob:
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    job = await details.job_of(desk.session, desk.store_id, order.id, number)
    check_version(job.version, expected)
    require_not_done(progress_of(order))
    require_complaint_open(progress_of(order), job.complaint, body.complaint)
    await keep_former(desk.session, "order_jobs", [job.id])
    for name, value in body:
        if value is not None:
            setattr(job, name, value)
    job.version += 1
    job.updated_at = desk.now
    await desk.session.flush()
    await note(desk, order.id, "job.changed", job=number, cause=job.cause, correction=job.correction)
    return job


async def require_jobs_finished(desk: Desk, order_id: UUID) -> None:
    jobs = await details.jobs_of(desk.session, desk.store_id, order_id)
    require_finished(Job(job.number, job.complaint, job.cause, job.correction) for job in jobs)


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


async def jobs_named(
    desk: Desk, order: RepairOrder, numbers: Sequence[int | None], pointer: str = "/lines/{}/job_number"
) -> dict[int | None, UUID]:
    """Ids of the jobs that lines name; 422 where the order has none such."""
    if not any(numbers):
        return {}
    found = {job.number: job.id for job in await details.jobs_of(desk.session, desk.store_id, order.id)}
    errors = [
        field_error(pointer.format(place), "job-unknown", f"the order has no job {number}")
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
