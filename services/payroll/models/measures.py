"""Measures that no service publishes, entered by hand, each with the states it had before."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped

from services.payroll.models.columns import Base, Decided, Exact, Json, NewId, Now, Touched, UuidKey, VersionKey


class Measure(Decided, Base):
    """What a document says of a day. It counts once a second person approves it; `counted_version` is what counts.

    A correction is a new version that waits for its own approval: until then what was approved before counts on.
    """

    __tablename__ = "measure"

    id: Mapped[NewId]
    store_id: Mapped[UUID]
    measure: Mapped[str]
    occurred_on: Mapped[date]
    employee: Mapped[str | None]
    team: Mapped[str | None]
    document: Mapped[str]
    number: Mapped[Exact | None]
    amount: Mapped[Exact | None]
    hours: Mapped[Exact | None]
    reason: Mapped[str]
    entered_by: Mapped[str]
    counted_version: Mapped[int | None]
    source: Mapped[str]
    import_id: Mapped[UUID | None]
    created_at: Mapped[Now]
    updated_at: Mapped[Touched]


class MeasureHistory(Base):
    __tablename__ = "measure_history"

    store_id: Mapped[UuidKey]
    measure_id: Mapped[UuidKey]
    version: Mapped[VersionKey]
    state: Mapped[Json]
    replaced_at: Mapped[Now]
