"""Texts and numbers as the tables can hold them."""

import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from chassis.representation import LEGIBLE, ExactDecimal, Money
from services.workorder.domain.catalogue.pricing import MOST_UNITS

STORABLE = r"^[^\x00]*$"
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=STORABLE)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=STORABLE)]
Prose = Annotated[str, StringConstraints(max_length=4000, pattern=STORABLE)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), LEGIBLE]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), LEGIBLE]
"""One line to be read by people: something visible, and no control characters."""
Hours = Annotated[ExactDecimal, Field(ge=0, lt=10_000_000)]
StandardHours = Annotated[ExactDecimal, Field(ge=0, le=1000, decimal_places=4)]
"""Of the catalogue: what no operation takes longer than, and no finer than it is stored."""
Quantity = Annotated[ExactDecimal, Field(gt=-10_000_000, lt=10_000_000)]
Instant = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
"""An instant whose local day exists in every time zone."""
Price = Annotated[Money, Field(ge=0, le=Decimal(100_000_000))]
Units = Annotated[ExactDecimal, Field(gt=0, le=MOST_UNITS, decimal_places=4)]
JobNumber = Annotated[int, Field(ge=1, le=1_000_000)]
Ordinal = Annotated[int, Field(ge=1, le=10_000)]
Trimmed = Annotated[ExactDecimal, AfterValidator(Decimal.normalize)]
"""A number without the zeros that only its column adds."""
Person = Annotated[Key, LEGIBLE]
"""An employee's number, or the name of somebody who said something."""


def _readable(text: str) -> str:
    """A form sends its line breaks as two characters."""
    written = text.replace("\r\n", "\n")
    kinds = {unicodedata.category(sign) for sign in written if sign != "\n"}
    if kinds & {"Cc", "Cs"} or all(kind[0] in "CZ" for kind in kinds):
        raise ValueError(
            "要有看得见的字,不能有控制字符 / lines of visible characters, and no control characters, are needed"
        )
    return written


Told = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), AfterValidator(_readable)
]
"""What one person writes for another."""
