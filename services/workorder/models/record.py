"""What every table of a store has in common, and the tables that keep former versions."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, MetaData, Numeric, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Money = Annotated[Decimal, mapped_column(Numeric(17, 2))]
Number = Annotated[Decimal, mapped_column(Numeric(12, 4))]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]


class Model(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        }
    )
    type_annotation_map = {str: Text(), datetime: DateTime(timezone=True)}  # noqa: RUF012 - read once, by SQLAlchemy


class Record(Model):
    """A thing of one store with a version; `source` is the system that gave it."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7(), sort_order=-2)
    store_id: Mapped[UUID] = mapped_column(sort_order=-1)
    version: Mapped[int] = mapped_column(server_default="1", sort_order=1)
    source: Mapped[str] = mapped_column(sort_order=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=1)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=1)


class Imported(Record):
    """A record that bulk imports may write: the hash of what they last gave, and the import that gave it."""

    __abstract__ = True

    import_id: Mapped[UUID | None] = mapped_column(sort_order=2)
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary, sort_order=2)


def former_versions(name: str) -> Table:
    """The table that keeps every superseded version of a thing as it was."""
    return Table(
        name,
        Model.metadata,
        Column("store_id", Uuid, primary_key=True),
        Column("id", Uuid, primary_key=True),
        Column("version", Integer, primary_key=True),
        Column("superseded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("state", JSONB, nullable=False),
    )


def store_index(table: str, *columns: str, name: str = "", where: str | None = None) -> Index:
    """An index that begins, as every one does, with the store; of the rows of a condition, or of all."""
    condition = None if where is None else text(where)
    return Index(f"{table}_{name or '_'.join(columns)}_idx", "store_id", *columns, postgresql_where=condition)
