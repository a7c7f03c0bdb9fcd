"""Walks round a car at reception: revisions, none of which is ever changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Text, UniqueConstraint, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from services.workorder.models.orders import RepairOrder
from services.workorder.models.record import Model


class WalkRound(Model):
    """Either signed, or refused with a reason. `newest` is the order's newest number, where a query asks for it."""

    __tablename__ = "walk_rounds"
    __table_args__ = (
        UniqueConstraint("store_id", "order_id", "number"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        ForeignKeyConstraint(["store_id", "signature_id"], ["files.store_id", "files.id"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    order_id: Mapped[UUID]
    number: Mapped[int]
    odometer_km: Mapped[int]
    fuel_percent: Mapped[int]
    belongings: Mapped[str | None]
    warning_lights: Mapped[list[str]] = mapped_column(ARRAY(Text))
    marks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    photos: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    signed_by: Mapped[str | None]
    signature_id: Mapped[UUID | None]
    refusal_reason: Mapped[str | None]
    recorded_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")
    newest: Mapped[int] = query_expression()
