"""What this service keeps of customers and vehicles: enough to name them, fed by the customer service's events."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.workorder.models.record import Model, store_index


class CustomerCopy(Model):
    """`merged_into` leads to another customer, who may have been merged in turn; `survivor` is where that ends."""

    __tablename__ = "customer_copy"
    __table_args__ = (
        store_index("customer_copy", "merged_into_number"),
        store_index("customer_copy", "survivor_number"),
    )

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID]
    version: Mapped[int]
    name: Mapped[str | None]
    kind: Mapped[str | None]
    merged_into_number: Mapped[str | None]
    merged_into_id: Mapped[UUID | None]
    survivor_number: Mapped[str]
    survivor_id: Mapped[UUID]


class VehicleCopy(Model):
    __tablename__ = "vehicle_copy"

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    vin: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID]
    version: Mapped[int]
    plate: Mapped[str | None]
    model: Mapped[str | None]
    use: Mapped[str | None]
    vehicle_class: Mapped[str | None]
    owner_number: Mapped[str | None]
    purchase_date: Mapped[date | None]
