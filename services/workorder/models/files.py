"""Files of orders: what is known of each. Its bytes are an object under their hash; a row is never changed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workorder.models.orders import RepairOrder
from services.workorder.models.record import Model, store_index


class FileErasure(Model):
    """That a file is of a customer who was erased: nobody sees it, and from a day on it is not there."""

    __tablename__ = "file_erasures"
    __table_args__ = (ForeignKeyConstraint(["store_id", "file_id"], ["files.store_id", "files.id"]),)

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    due_on: Mapped[date]


class File(Model):
    """A picture has width, height and a preview; a document has none of them."""

    __tablename__ = "files"
    __table_args__ = (
        UniqueConstraint("store_id", "id"),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        store_index("files", "order_id", "id"),
        store_index("files", "content_hash"),
        store_index("files", "preview_hash"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    order_id: Mapped[UUID]
    purpose: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    content_hash: Mapped[str]
    width: Mapped[int | None]
    height: Mapped[int | None]
    preview_hash: Mapped[str | None]
    uploaded_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")


class AnnouncedObject(Model):
    """An object that is being written, whose row is not there yet."""

    __tablename__ = "announced_objects"

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    content_hash: Mapped[str] = mapped_column(primary_key=True)
    announced_at: Mapped[datetime]
