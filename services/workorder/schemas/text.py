"""Texts and numbers as the tables can hold them."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from chassis.representation import ExactDecimal

STORABLE = r"^[^\x00]*$"
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=STORABLE)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=STORABLE)]
Prose = Annotated[str, StringConstraints(max_length=4000, pattern=STORABLE)]
Hours = Annotated[ExactDecimal, Field(ge=0, lt=100_000_000)]
Quantity = Annotated[ExactDecimal, Field(gt=-100_000_000, lt=100_000_000)]
Ordinal = Annotated[int, Field(ge=1, le=10_000)]
Trimmed = Annotated[ExactDecimal, AfterValidator(Decimal.normalize)]
"""A number without the zeros that only its column adds."""
