"""The walk round a car at reception: record the next revision; what was recorded before stays as it was."""

from uuid import UUID

from services.workorder.domain.inspections.inspection import require_car_here
from services.workorder.models import WalkRound
from services.workorder.repository.files import walk_rounds as repository
from services.workorder.repository.orders import orders
from services.workorder.schemas.files.walk_rounds import WalkRoundCreate
from services.workorder.service.desk import Desk, given
from services.workorder.service.files.files import named_once, named_photos, require_photos, require_signature
from services.workorder.service.orders.progress import progress_of
from services.workorder.service.orders.timeline import note


async def record_walk_round(desk: Desk, order_id: UUID, body: WalkRoundCreate) -> WalkRound:
    """The order is locked: revisions get their numbers one after the other."""
    order = await orders.lock_order(desk.session, desk.store_id, order_id)
    require_car_here(progress_of(order))
    await require_photos(desk, order.id, [*named_once(body.photos), *named_photos(body.marks, "/marks")])
    await require_signature(desk, order.id, body.signature_id)
    number = 1 + await repository.newest_number(desk.session, desk.store_id, order.id)
    walked = WalkRound(
        store_id=desk.store_id, order_id=order.id, number=number, recorded_by=desk.person, created_at=desk.now,
        marks=[mark.mark().told() for mark in body.marks], **given(body, "marks"),
    )  # fmt: skip
    desk.session.add(walked)
    await desk.session.flush()
    signed = body.signature_id is not None
    await note(desk, order.id, "walk_round.recorded", number=number, marks=len(body.marks), signed=signed)
    return await repository.walk_round(desk.session, desk.store_id, order.id, number)
