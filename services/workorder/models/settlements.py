"""Settlements and their reversals, who gave which discount, limits of discounts, and the shop as documents name it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Numeric, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workorder.models.record import Model, Money, Record, former_versions, store_index

Percent = Annotated[Decimal, mapped_column(Numeric(5, 2))]


class SettlementReversal(Model):
    """That a settlement no longer holds. One that another system made has no row here. Never changed."""

    __tablename__ = "settlement_reversals"
    __table_args__ = (
        UniqueConstraint("store_id", "order_id", "number"),
        UniqueConstraint("store_id", "settlement_id"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        ForeignKeyConstraint(["store_id", "settlement_id"], ["settlements.store_id", "settlements.id"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    order_id: Mapped[UUID]
    number: Mapped[int]
    settlement_id: Mapped[UUID | None]
    order_version: Mapped[int]
    reason: Mapped[str]
    reversed_by: Mapped[str]
    reversed_at: Mapped[datetime]


class Settlement(Model):
    """`content` is all that the settlement list shows, `content_hash` its SHA-256. Never changed."""

    __tablename__ = "settlements"
    __table_args__ = (
        UniqueConstraint("store_id", "id"),
        UniqueConstraint("store_id", "order_id", "number"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    order_id: Mapped[UUID]
    number: Mapped[int]
    settled_on: Mapped[date]
    amount: Mapped[Money]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    content_hash: Mapped[str]
    settled_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    reversal: Mapped[SettlementReversal | None] = relationship(
        viewonly=True,
        lazy="raise",
        primaryjoin=lambda: (
            (Settlement.store_id == SettlementReversal.store_id) & (Settlement.id == SettlementReversal.settlement_id)
        ),
        foreign_keys=[SettlementReversal.store_id, SettlementReversal.settlement_id],
        uselist=False,
    )


class LineDiscount(Model):
    """Who took how much off a line, and how far he was allowed to go, in percent. Never changed."""

    __tablename__ = "line_discounts"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "line_id"], ["repair_order_lines.store_id", "repair_order_lines.id"]),
        store_index("line_discounts", "line_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    line_id: Mapped[UUID]
    list_amount: Mapped[Money]
    discount: Mapped[Money]
    line_limit: Mapped[Percent]
    order_limit: Mapped[Percent]
    given_by: Mapped[str]
    given_at: Mapped[datetime]


class DiscountLimit(Record):
    """How far a role may go from a day on, in percent of the list price."""

    __tablename__ = "discount_limits"
    __table_args__ = (UniqueConstraint("store_id", "role", "valid_from"),)

    role: Mapped[str]
    valid_from: Mapped[date]
    labour_line: Mapped[Percent]
    labour_order: Mapped[Percent]
    parts_line: Mapped[Percent]
    parts_order: Mapped[Percent]
    changed_by: Mapped[str]


class Shop(Record):
    """The one row of a store: what stands at the head of its documents."""

    __tablename__ = "shops"
    __table_args__ = (UniqueConstraint("store_id"),)

    name: Mapped[str]
    address: Mapped[str | None]
    phone: Mapped[str | None]
    licence_number: Mapped[str | None]
    tax_number: Mapped[str | None]


DiscountLimitHistory = former_versions("discount_limit_history")
ShopHistory = former_versions("shop_history")
