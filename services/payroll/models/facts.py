"""What other services reported: facts with their superseded versions, and copies of what the facts hang on."""

from datetime import date
from uuid import UUID

from sqlalchemy import Integer, SmallInteger, Text, Uuid, column, table
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.payroll.models.columns import Base, Exact, Json, Key, Now, UuidKey, VersionKey


class OrderCopy(Base):
    __tablename__ = "order_copy"

    store_id: Mapped[UuidKey]
    number: Mapped[Key]
    source: Mapped[str]
    source_id: Mapped[str | None]
    kind: Mapped[str]
    state: Mapped[str]
    cancelled: Mapped[bool]
    advisor: Mapped[str | None]
    opened_on: Mapped[date]
    settled_on: Mapped[date | None]
    left_on: Mapped[date | None]
    customer: Mapped[str | None]
    vin: Mapped[str | None]
    version: Mapped[int]


class CustomerCopy(Base):
    """A customer's number, the number that it was merged into, and the one at the end of all such merges."""

    __tablename__ = "customer_copy"

    store_id: Mapped[UuidKey]
    number: Mapped[Key]
    source_id: Mapped[str | None]
    merged_into: Mapped[str | None]
    survivor: Mapped[str]
    version: Mapped[int]


class Fact(Base):
    """The present version of one subject. Its id is a digest of kind and subject, so a replay finds the same id."""

    __tablename__ = "fact"

    store_id: Mapped[UuidKey]
    id: Mapped[UuidKey]
    kind: Mapped[str]
    subject: Mapped[str]
    version: Mapped[int]
    source: Mapped[str]
    event_id: Mapped[UUID]
    order_number: Mapped[str | None]
    person: Mapped[str | None]
    team: Mapped[str | None]
    occurred_on: Mapped[date | None]
    amount: Mapped[Exact | None]
    hours: Mapped[Exact | None]
    attributes: Mapped[Json]
    received_at: Mapped[Now]


class FactHistory(Base):
    """A version of a fact that a later one has replaced."""

    __tablename__ = "fact_history"

    store_id: Mapped[UuidKey]
    kind: Mapped[Key]
    subject: Mapped[Key]
    version: Mapped[VersionKey]
    state: Mapped[Json]


class FactSelection(Base):
    """The facts that a selection of a step counted, and in which versions they and their orders were: the selection is
    the rule of its month. The i-th entries of the three are of one fact."""

    __tablename__ = "fact_selection"

    store_id: Mapped[UuidKey]
    run_id: Mapped[UuidKey]
    node: Mapped[Key]
    selection: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    facts: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    versions: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    order_versions: Mapped[list[int | None]] = mapped_column(ARRAY(Integer))


FACT_USE = table(
    "fact_use",
    *(column(name, Uuid) for name in ("store_id", "fact_id", "run_id")), column("node", Text),
    *(column(name, Integer) for name in ("selection", "version", "order_version")),
)  # fmt: skip
"""The same for reading, a view with a row for each fact."""


class UpsellCopy(Base):
    __tablename__ = "upsell_copy"

    store_id: Mapped[UuidKey]
    subject: Mapped[Key]
    number: Mapped[str]
    order_number: Mapped[str]
    upsell_source: Mapped[str | None]
    stage: Mapped[str | None]
    finder: Mapped[str | None]
    advisor: Mapped[str | None]
    decision: Mapped[str | None]
    decided_by_method: Mapped[str | None]
    amount: Mapped[Exact | None]
    operation_name: Mapped[str | None]
    line_numbers: Mapped[Json]
    version: Mapped[int]


class ResponseCopy(Base):
    """What a customer answered about an order: answers by question, without his own words."""

    __tablename__ = "response_copy"

    store_id: Mapped[UuidKey]
    subject: Mapped[Key]
    order_number: Mapped[str]
    advisor: Mapped[str | None]
    questionnaire: Mapped[str]
    submitted_on: Mapped[date]
    csi: Mapped[Exact | None]
    answers: Mapped[Json]
    version: Mapped[int]
