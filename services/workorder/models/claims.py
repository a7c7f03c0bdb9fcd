"""Warranty claims on the maker: what was claimed of which line, and what was answered in each round."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workorder.models.orders import RepairOrder
from services.workorder.models.record import Model, Money, Record, former_versions, store_index


class ClaimLine(Model):
    """Never changed."""

    __tablename__ = "claim_lines"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "claim_id"], ["claims.store_id", "claims.id"]),
        ForeignKeyConstraint(["store_id", "line_id"], ["repair_order_lines.store_id", "repair_order_lines.id"]),
        store_index("claim_lines", "line_id"),
    )

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_number: Mapped[int]
    name: Mapped[str]
    claimed: Mapped[Money]


class ClaimAnswer(Model):
    """What was paid of a line in a round, and why no more. Never changed."""

    __tablename__ = "claim_answers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["store_id", "claim_id", "line_id"],
            ["claim_lines.store_id", "claim_lines.claim_id", "claim_lines.line_id"],
        ),
        UniqueConstraint("store_id", "claim_id", "round", "line_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    claim_id: Mapped[UUID]
    round: Mapped[int]
    line_id: Mapped[UUID]
    line_number: Mapped[int]
    paid: Mapped[Money]
    reason: Mapped[str | None]


class Claim(Record):
    """`round` counts how often it was sent. `number` is ours, `maker_number` the maker's."""

    __tablename__ = "claims"
    __table_args__ = (
        UniqueConstraint("store_id", "number"),
        UniqueConstraint("store_id", "id"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        store_index("claims", "order_id"),
        store_index("claims", "state", "id"),
    )

    order_id: Mapped[UUID]
    number: Mapped[str]
    state: Mapped[str]
    round: Mapped[int]
    maker_number: Mapped[str | None]
    sent_on: Mapped[date | None]
    answered_on: Mapped[date | None]
    note: Mapped[str | None]
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")
    lines: Mapped[list[ClaimLine]] = relationship(viewonly=True, lazy="raise", order_by=ClaimLine.line_number)
    answers: Mapped[list[ClaimAnswer]] = relationship(
        viewonly=True,
        lazy="raise",
        primaryjoin=lambda: (Claim.store_id == ClaimAnswer.store_id) & (Claim.id == ClaimAnswer.claim_id),
        foreign_keys=[ClaimAnswer.store_id, ClaimAnswer.claim_id],
        order_by=ClaimAnswer.id,
    )


ClaimHistory = former_versions("claim_history")
