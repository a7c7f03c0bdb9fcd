"""Why an export is refused as a whole, and what is found about a single row; texts for people are in `messages`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Detail = str | int


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong with an export (or, as a note, worth saying); `code` selects its message."""

    code: str
    file: str | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)


class ExportRefused(Exception):  # noqa: N818 - a refusal, not a fault
    """The export cannot be read, or contradicts itself: nothing of it may be written."""

    def __init__(self, *reasons: Reason) -> None:
        self.reasons = reasons
        super().__init__("; ".join(f"{reason.code} {reason.file or ''}".strip() for reason in reasons))


def refused(code: str, file: str | None = None, **details: Detail) -> ExportRefused:
    return ExportRefused(Reason(code, file, details))


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong (`error`: the row is rejected) or doubtful (`warning`: it is kept) about a cell of a row."""

    level: Literal["error", "warning"]
    code: str
    field: str | None
    column: str | None
    value: str
    """The cell as it was, shortened; empty where the mapping calls the column private."""
