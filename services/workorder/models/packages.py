"""Packages sold in advance, their contents, and the lines by which they were drawn down."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workorder.models.orders import RepairOrder
from services.workorder.models.record import Model, Money, Record, former_versions, store_index


class PackageItem(Model):
    """Never changed."""

    __tablename__ = "package_items"
    __table_args__ = (ForeignKeyConstraint(["store_id", "package_id"], ["packages.store_id", "packages.id"]),)

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    package_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    times: Mapped[int]
    value: Mapped[Money]


class PackageDraw(Record):
    """One time of one operation, for one line; a line is covered once, unless that was undone."""

    __tablename__ = "package_draws"
    __table_args__ = (
        ForeignKeyConstraint(
            ["store_id", "package_id", "code"],
            ["package_items.store_id", "package_items.package_id", "package_items.code"],
        ),
        ForeignKeyConstraint(["store_id", "order_id"], ["repair_orders.store_id", "repair_orders.id"]),
        ForeignKeyConstraint(["store_id", "line_id"], ["repair_order_lines.store_id", "repair_order_lines.id"]),
        store_index("package_draws", "package_id"),
        Index("package_draws_line_key", "store_id", "line_id", unique=True, postgresql_where=text("NOT undone")),
    )

    package_id: Mapped[UUID]
    code: Mapped[str]
    order_id: Mapped[UUID]
    line_id: Mapped[UUID]
    line_number: Mapped[int]
    value: Mapped[Money]
    drawn_on: Mapped[date]
    drawn_by: Mapped[str]
    undone: Mapped[bool]
    order: Mapped[RepairOrder] = relationship(viewonly=True, lazy="raise")


class Package(Record):
    """Of a car, or of a customer where it names no car."""

    __tablename__ = "packages"
    __table_args__ = (
        UniqueConstraint("store_id", "number"),
        UniqueConstraint("store_id", "id"),
        store_index("packages", "customer_number", "id"),
        store_index("packages", "sold_on"),
        store_index("packages", "refunded_on"),
    )

    number: Mapped[str]
    name: Mapped[str]
    customer_number: Mapped[str]
    vin: Mapped[str | None]
    price: Mapped[Money]
    method: Mapped[str]
    sold_on: Mapped[date]
    sold_by: Mapped[str]
    valid_until: Mapped[date]
    refunded_on: Mapped[date | None]
    refunded_amount: Mapped[Money | None]
    refund_reason: Mapped[str | None]
    refunded_by: Mapped[str | None]
    items: Mapped[list[PackageItem]] = relationship(viewonly=True, lazy="raise", order_by=PackageItem.code)
    draws: Mapped[list[PackageDraw]] = relationship(
        viewonly=True,
        lazy="raise",
        primaryjoin=lambda: (Package.store_id == PackageDraw.store_id) & (Package.id == PackageDraw.package_id),
        foreign_keys=[PackageDraw.store_id, PackageDraw.package_id],
        order_by=PackageDraw.id,
    )


PackageHistory = former_versions("package_history")
PackageDrawHistory = former_versions("package_draw_history")
