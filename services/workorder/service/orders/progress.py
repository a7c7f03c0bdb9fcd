"""How far an order is, as the rules want to know it."""

from services.workorder.domain.orders.order import Hold, Progress, State
from services.workorder.models import RepairOrder


def progress_of(order: RepairOrder) -> Progress:
    state = State(order.state)
    delivered = order.left_at is not None and state is not State.CANCELLED
    return Progress(state, Hold(order.hold) if order.hold else None, settled=order.settled, delivered=delivered)
