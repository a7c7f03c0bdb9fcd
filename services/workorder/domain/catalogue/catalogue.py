"""The catalogue: operations and parts."""

from enum import StrEnum


class OperationKind(StrEnum):
    LABOUR = "labour"
    PART = "part"
