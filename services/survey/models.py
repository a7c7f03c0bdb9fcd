"""The tables of the survey service: columns only; the migration beside them is what makes them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Numeric, SmallInteger, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Model(DeclarativeBase):
    type_annotation_map = {str: Text, datetime: TIMESTAMP(timezone=True), dict[str, Any]: JSONB}  # noqa: RUF012 - SQLAlchemy's way


class Record(Model):
    """What every row has: whose it is, which version, since when."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Questionnaire(Record):
    __tablename__ = "questionnaire"
    __table_args__ = (UniqueConstraint("store_id", "code"), UniqueConstraint("store_id", "id"))

    code: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class QuestionnaireVersion(Record):
    """A draft, or a published version, which the database itself keeps from changing."""

    __tablename__ = "questionnaire_version"
    __table_args__ = (
        UniqueConstraint("store_id", "questionnaire_id", "number"),
        UniqueConstraint("store_id", "id"),
        ForeignKeyConstraint(["store_id", "questionnaire_id"], ["questionnaire.store_id", "questionnaire.id"]),
    )

    questionnaire_id: Mapped[UUID]
    number: Mapped[int]
    state: Mapped[str]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]


class Response(Record):
    """The answers to one questionnaire about one order. What is known of the order is copied in, and kept current."""

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("store_id", "questionnaire_id", "order_number"),
        ForeignKeyConstraint(
            ["store_id", "questionnaire_version_id"], ["questionnaire_version.store_id", "questionnaire_version.id"]
        ),
    )

    questionnaire_id: Mapped[UUID]
    questionnaire_version_id: Mapped[UUID]
    questionnaire: Mapped[str]
    questionnaire_version: Mapped[int]
    source: Mapped[str]
    order_number: Mapped[str]
    submitted_at: Mapped[datetime]
    submitted_on: Mapped[date]
    channel: Mapped[str]
    agent: Mapped[str | None]
    answers: Mapped[dict[str, Any]]
    comment: Mapped[str | None]
    csi: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    nps: Mapped[int | None] = mapped_column(SmallInteger)
    content_hash: Mapped[str]
    import_id: Mapped[UUID | None]
    version: Mapped[int]
    order_known: Mapped[bool]
    order_id: Mapped[UUID | None]
    order_kind: Mapped[str | None]
    advisor: Mapped[str | None]
    customer_number: Mapped[str | None]


class ResponseHistory(Model):
    __tablename__ = "response_history"

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    response_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[dict[str, Any]]
    replaced_at: Mapped[datetime] = mapped_column(server_default=func.now())


class OrderCopy(Model):
    """What this service needs of a repair order, as its owner last told it."""

    __tablename__ = "order_copy"

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    order_id: Mapped[UUID | None]
    source: Mapped[str | None]
    kind: Mapped[str | None]
    cancelled: Mapped[bool]
    advisor: Mapped[str | None]
    customer_number: Mapped[str | None]
    opened_on: Mapped[date | None]
    left_on: Mapped[date | None]
    settled_on: Mapped[date | None]


class CustomerCopy(Model):
    """Only which number lives on under which other, and where that ends: no name, no contact."""

    __tablename__ = "customer_copy"

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    merged_into: Mapped[str | None]
    survivor: Mapped[str]
