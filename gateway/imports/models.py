"""Tables of imports: what was uploaded (until it is read), how far it got, and every row's end. Columns only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gateway.models import Base


class DmsImport(Base):
    """`caller` is for whom it writes; `reasons` say why it was refused or failed, `trouble` what it waits for."""

    __tablename__ = "dms_import"

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    caller: Mapped[dict[str, Any]] = mapped_column(JSONB)
    mapping: Mapped[str]
    month: Mapped[str | None]
    state: Mapped[str]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    notes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    trouble: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


class DmsImportUpload(Base):
    """One file as it was sent."""

    __tablename__ = "dms_import_upload"

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes]


class DmsImportPart(Base):
    """At most a mebibyte of an upload; gone when the import has ended, because it holds people's data in the clear."""

    __tablename__ = "dms_import_part"

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes]


class DmsImportFile(Base):
    """How far one file of the export is: `batches_done` is where a run that was cut off goes on."""

    __tablename__ = "dms_import_file"

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    file: Mapped[str]
    resource: Mapped[str]
    rows: Mapped[int]
    rows_done: Mapped[int]
    batches_done: Mapped[int]
    created: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    duplicate: Mapped[int]
    rejected: Mapped[int]
    warned: Mapped[int]
    merged: Mapped[int]
    codes: Mapped[dict[str, int]] = mapped_column(JSONB)


class DmsImportRow(Base):
    __tablename__ = "dms_import_row"

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    warned: Mapped[bool]
    label: Mapped[str]
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
