"""Column types that the tables share, and columns that some of them have together."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import DateTime, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.payroll.domain.four_eyes import Look

NewId = Annotated[UUID, mapped_column(primary_key=True, server_default=text("uuidv7()"))]
Key = Annotated[str, mapped_column(Text, primary_key=True)]
UuidKey = Annotated[UUID, mapped_column(primary_key=True)]
Json = Annotated[Any, mapped_column(JSONB)]
Amount = Annotated[Decimal, mapped_column(Numeric(14, 2))]
Exact = Annotated[Decimal, mapped_column(Numeric)]
Stamp = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Now = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=text("now()"))]
Touched = Annotated[
    datetime, mapped_column(DateTime(timezone=True), server_default=text("now()"), onupdate=text("now()"))
]
"""When a row was last written: by this a run finds what has changed of a closed month."""
VersionKey = Annotated[int, mapped_column(primary_key=True, autoincrement=False)]
Version = Annotated[int, mapped_column(server_default=text("1"))]


class Decided:
    """Proposed by one person, and decided by another: approved, or withdrawn, with what he said."""

    status: Mapped[str] = mapped_column(server_default=text("'proposed'"))
    decided_by: Mapped[str | None]
    decided_at: Mapped[Stamp | None]
    note: Mapped[str | None]
    alone_because: Mapped[str | None]
    version: Mapped[Version]

    def decide(self, status: str, look: Look, at: datetime) -> None:
        self.status, self.decided_by, self.decided_at = status, look.by, at
        self.note, self.alone_because = look.note, look.alone_because
        self.version += 1


class Base(DeclarativeBase):
    """Strings are text without a length: what a limit is for belongs to the schemas."""

    type_annotation_map = {str: Text}  # noqa: RUF012 - SQLAlchemy reads it from the class
