"""Quote revisions with their items, the links by which customers decide, and what was decided. Only links change."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from services.workorder.models.orders import RepairOrder, Upsell
from services.workorder.models.record import Model, Money, store_index


class QuoteItem(Model):
    __tablename__ = "quote_items"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "quote_id"], ["quotes.store_id", "quotes.id"]),
        ForeignKeyConstraint(["store_id", "upsell_id"], ["upsells.store_id", "upsells.id"]),
        store_index("quote_items", "upsell_id"),
    )

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    quote_id: Mapped[UUID] = mapped_column(primary_key=True)
    upsell_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int]
    upsell_number: Mapped[str]
    name: Mapped[str]
    why: Mapped[str]
    if_not_done: Mapped[str]
    minutes: Mapped[int]
    amount: Mapped[Money]
    customer_share: Mapped[Money]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    photos: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    upsell: Mapped[Upsell] = relationship(viewonly=True, lazy="raise")


class QuoteDecision(Model):
    """`taken_by` is the employee who entered it, and null for what came by a link."""

    __tablename__ = "quote_decisions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["store_id", "quote_id", "upsell_id"],
            ["quote_items.store_id", "quote_items.quote_id", "quote_items.upsell_id"],
            name="quote_decisions_item_fkey",
        ),
        ForeignKeyConstraint(["store_id", "link_id"], ["approval_links.store_id", "approval_links.id"]),
        ForeignKeyConstraint(["store_id", "signature_id"], ["files.store_id", "files.id"]),
        store_index("quote_decisions", "quote_id"),
        Index("quote_decisions_upsell_id_decision_idx", "store_id", "upsell_id", "decision", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    quote_id: Mapped[UUID]
    upsell_id: Mapped[UUID]
    decision: Mapped[str]
    method: Mapped[str]
    decided_by: Mapped[str]
    taken_by: Mapped[str | None]
    link_id: Mapped[UUID | None]
    decided_at: Mapped[datetime]
    called_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    priority: Mapped[str | None]
    follow_up_on: Mapped[date | None]
    signature_id: Mapped[UUID | None]


class Quote(Model):
    """`newest` is the number of the order's newest revision, where a query asks for it."""

    __tablename__ = "quotes"
    __table_args__ = (
        UniqueConstraint("store_id", "id"),
        UniqueConstraint("store_id", "order_id", "number"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    order_id: Mapped[UUID]
    number: Mapped[int]
    currency: Mapped[str]
    explained_by: Mapped[list[str]] = mapped_column(ARRAY(Text))
    valid_until: Mapped[datetime]
    ready_by: Mapped[datetime | None]
    note: Mapped[str | None]
    content_hash: Mapped[str]
    made_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")
    items: Mapped[list[QuoteItem]] = relationship(viewonly=True, lazy="raise", order_by=QuoteItem.place)
    decisions: Mapped[list[QuoteDecision]] = relationship(
        viewonly=True,
        lazy="raise",
        primaryjoin=lambda: (Quote.store_id == QuoteDecision.store_id) & (Quote.id == QuoteDecision.quote_id),
        foreign_keys=[QuoteDecision.store_id, QuoteDecision.quote_id],
        order_by=QuoteDecision.id,
    )
    links: Mapped[list["ApprovalLink"]] = relationship(
        viewonly=True, lazy="raise", order_by=lambda: ApprovalLink.id, back_populates="quote"
    )
    newest: Mapped[int] = query_expression()


class ApprovalLink(Model):
    """A customer's way to one revision. Of its token only the hash is kept."""

    __tablename__ = "approval_links"
    __table_args__ = (
        UniqueConstraint("store_id", "id"),
        UniqueConstraint("store_id", "token_hash"),
        ForeignKeyConstraint(["store_id", "quote_id"], ["quotes.store_id", "quotes.id"]),
        store_index("approval_links", "quote_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    quote_id: Mapped[UUID]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    used_at: Mapped[datetime | None]
    made_by: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    quote: Mapped[Quote] = relationship(viewonly=True, lazy="raise", back_populates="links")
