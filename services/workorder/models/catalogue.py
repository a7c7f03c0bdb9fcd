"""The catalogue of operations and parts with dated prices."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from services.workorder.models.record import Imported, Money, Number, Record, former_versions


class OperationPrice(Record):
    """The list price of one unit from a day on."""

    __tablename__ = "operation_prices"
    __table_args__ = (
        UniqueConstraint("store_id", "operation_id", "valid_from"),
        ForeignKeyConstraint(["store_id", "operation_id"], ["operations.store_id", "operations.id"]),
    )

    operation_id: Mapped[UUID]
    valid_from: Mapped[date]
    list_price: Mapped[Money]


class Operation(Imported):
    __tablename__ = "operations"
    __table_args__ = (UniqueConstraint("store_id", "code"), UniqueConstraint("store_id", "id"))

    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    standard_hours: Mapped[Number | None]
    prices: Mapped[list[OperationPrice]] = relationship(order_by=OperationPrice.valid_from, lazy="raise", viewonly=True)


OperationHistory = former_versions("operation_history")
