"""The life of an import, and how a row's end is told: what was found here and what the service said, in one place."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

Outcome = Literal["created", "updated", "unchanged", "duplicate", "rejected"]
OUTCOMES: tuple[Outcome, ...] = ("created", "updated", "unchanged", "duplicate", "rejected")


class ImportRefusal(Exception):  # noqa: N818 - a refusal, not a fault
    """Base of the refusals of this module."""

    status = 409
    slug = "import-refused"
    title = "The import does not allow that"


class State(StrEnum):
    WAITING = "waiting"
    READING = "reading"
    WRITING = "writing"
    FINISHED = "finished"
    REFUSED = "refused"
    """The export itself was no good: nothing was written."""
    FAILED = "failed"
    """A service would not take a batch: what the report says was written, was."""
    CANCELLED = "cancelled"


ENDED = frozenset({State.FINISHED, State.REFUSED, State.FAILED, State.CANCELLED})
_CANCELLABLE = frozenset({State.WAITING, State.READING})


class ImportAlreadyWriting(ImportRefusal):
    slug = "import-writing"
    title = "An import can be cancelled only before it writes"


def cancel(state: State) -> State:
    if state not in _CANCELLABLE:
        raise ImportAlreadyWriting(f"The import is {state}; nothing is allowed any more")
    return State.CANCELLED


class ImportHasEnded(ImportRefusal):
    slug = "import-ended"
    title = "The import has ended"


def resume(state: State) -> None:
    if state in ENDED:
        raise ImportHasEnded(f"The import is {state}; nothing is allowed any more")


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a row, or doubtful about it; `column` is the one of the export, where one is to blame."""

    level: Literal["error", "warning"]
    code: str
    field: str | None
    column: str | None
    value: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RowOutcome:
    row: int
    outcome: Outcome
    label: str
    remarks: Sequence[Remark] = ()

    @property
    def warned(self) -> bool:
        return any(remark.level == "warning" for remark in self.remarks)


@dataclass
class Tally:
    """Counts of a file: rows by outcome, rows with a warning, and how many rows each finding touches."""

    outcomes: Counter[str] = field(default_factory=Counter)
    warned: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    """By `level code`; what follows a colon in a code is its argument and not counted apart."""

    def add(self, rows: Iterable[RowOutcome]) -> None:
        for row in rows:
            self.outcomes[row.outcome] += 1
            if not row.remarks:
                continue
            self.warned += row.warned
            self.codes.update({f"{remark.level} {remark.code.partition(':')[0]}" for remark in row.remarks})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said of one row."""

    outcome: Outcome
    remarks: Sequence[Remark]


def outcomes_of(
    labels: Mapping[int, str],
    found: Mapping[int, Sequence[Remark]],
    answers: Mapping[int, Answer],
    columns: Mapping[str, str],
) -> list[RowOutcome]:
    """One outcome for every row, in order. A row the service was not sent is one that was rejected here.

    A service speaks of fields; `columns` says what they are called in the export.
    """
    rows = []
    for number in sorted(labels):
        answer = answers.get(number)
        here = found.get(number, ())
        if answer is None:
            rows.append(RowOutcome(number, "rejected", labels[number], here))
        else:
            told = [replace(remark, column=columns.get(remark.field or "")) for remark in answer.remarks]
            rows.append(RowOutcome(number, answer.outcome, labels[number], [*here, *told] if here else told))
    return rows
