"""Column types that the tables share."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import DateTime, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

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


class Base(DeclarativeBase):
    """Strings are text without a length: what a limit is for belongs to the schemas."""

    type_annotation_map = {str: Text}  # noqa: RUF012 - SQLAlchemy reads it from the class
