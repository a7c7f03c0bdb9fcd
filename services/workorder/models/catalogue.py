"""The catalogue: operations, and what is dated of it: list prices, hours by model, labour rates, menus."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from services.workorder.models.record import Imported, Money, Number, Record, former_versions, store_index


class DatedVersion(Record):
    """What holds from a day on. Only a withdrawal is ever added to it; then it does not count."""

    __abstract__ = True

    valid_from: Mapped[date]
    made_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]


def _one_in_force(table: str, *columns: str) -> Index:
    return Index(
        f"{table}_in_force_key", "store_id", *columns, "valid_from", unique=True,
        postgresql_where="withdrawn_at IS NULL", postgresql_nulls_not_distinct=True,
    )  # fmt: skip


class OperationPrice(DatedVersion):
    """The list price of one unit."""

    __tablename__ = "operation_prices"
    __table_args__ = (
        _one_in_force("operation_prices", "operation_id"),
        ForeignKeyConstraint(["store_id", "operation_id"], ["operations.store_id", "operations.id"]),
    )

    operation_id: Mapped[UUID]
    list_price: Mapped[Money]
    operation: Mapped["Operation"] = relationship(viewonly=True, lazy="raise")


class OperationHours(DatedVersion):
    """Standard hours on one model; with an engine or years on such cars only."""

    __tablename__ = "operation_hours"
    __table_args__ = (
        store_index("operation_hours", "operation_id"),
        ForeignKeyConstraint(["store_id", "operation_id"], ["operations.store_id", "operations.id"]),
    )

    operation_id: Mapped[UUID]
    model: Mapped[str]
    engine: Mapped[str | None]
    year_from: Mapped[int | None]
    year_to: Mapped[int | None]
    hours: Mapped[Number]
    operation: Mapped["Operation"] = relationship(viewonly=True, lazy="raise")


class LabourRate(DatedVersion):
    """Of one hour; with a kind of order on such orders only."""

    __tablename__ = "labour_rates"
    __table_args__ = (_one_in_force("labour_rates", "basis", "order_kind"),)

    basis: Mapped[str]
    order_kind: Mapped[str | None]
    rate: Mapped[Money]


class Menu(DatedVersion):
    """Operations and parts, in numbers, at one price; with a model for it only."""

    __tablename__ = "menus"
    __table_args__ = (_one_in_force("menus", "code", "model"),)

    code: Mapped[str]
    name: Mapped[str]
    model: Mapped[str | None]
    price: Mapped[Money]
    components: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class Operation(Imported):
    """`folded_code` and `folded_name` are what a search compares: without case, the name without width and blanks."""

    __tablename__ = "operations"
    __table_args__ = (UniqueConstraint("store_id", "code"), UniqueConstraint("store_id", "id"))

    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    standard_hours: Mapped[Number | None]
    part_number: Mapped[str | None]
    origin: Mapped[str | None]
    folded_code: Mapped[str] = mapped_column(Computed("upper(code)"))
    folded_name: Mapped[str] = mapped_column(Computed(r"regexp_replace(lower(normalize(name, NFKC)), '\s+', '', 'g')"))
    accessory_installation: Mapped[bool] = mapped_column(server_default=text("false"))
    prices: Mapped[list[OperationPrice]] = relationship(
        primaryjoin=lambda: (
            (Operation.store_id == foreign(OperationPrice.store_id))
            & (Operation.id == foreign(OperationPrice.operation_id))
            & OperationPrice.withdrawn_at.is_(None)
        ),
        order_by=OperationPrice.valid_from,
        lazy="raise",
        viewonly=True,
    )
    model_hours: Mapped[list[OperationHours]] = relationship(
        primaryjoin=lambda: (
            (Operation.store_id == foreign(OperationHours.store_id))
            & (Operation.id == foreign(OperationHours.operation_id))
            & OperationHours.withdrawn_at.is_(None)
        ),
        order_by=OperationHours.valid_from,
        lazy="raise",
        viewonly=True,
    )


OperationHistory = former_versions("operation_history")
