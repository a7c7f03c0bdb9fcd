"""What an explanation says: sentences of steps, with the values, targets and facts that each names."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class ToldLine:
    """A line of pay as it is headed: whose, which month's, to the cent."""

    employee: str
    name: str
    amount: Decimal


@dataclass(frozen=True)
class ToldParameter:
    name: str
    title: str
    value: str
    since: str
    version: str | None


@dataclass(frozen=True)
class ToldTarget:
    """What is to be reached; or, where it is the `weight`, what it counts beside other targets.

    The versions where a newer one was not signed, and so did not count.
    """

    metric: str
    scope: str | None
    subject: str
    value: str
    signed_by: str
    signed_on: str
    weight: bool
    version: int | None
    unsigned_version: int | None


@dataclass(frozen=True)
class ToldSelection:
    """`text` is as the clerk wrote it; `why` says what put its facts into the month, `besides` the rest."""

    place: int
    text: str
    kind: str
    count: int
    value: str
    why: Sequence[str]
    besides: Sequence[str]


@dataclass(frozen=True)
class ToldSum:
    """A figure summed over people or teams, which opens into what each adds."""

    place: int
    title: str
    value: str


@dataclass(frozen=True)
class ToldCorrection:
    of_month: str
    due: str
    paid: str
    difference: str


@dataclass(frozen=True)
class Elsewhere:
    """A step that the sentence rests on and that is told above, or not here at all."""

    node: str
    title: str
    above: bool


@dataclass(frozen=True)
class Sentence:
    """One step. `value` is exact, `figure` as it is read; `notes` say in words what the lists below hold."""

    node: str
    depth: int
    title: str
    subject: str
    clause: str
    formula: str
    value: str | bool | None
    figure: str
    text: str
    notes: Sequence[str]
    parameters: Sequence[ToldParameter]
    targets: Sequence[ToldTarget]
    selections: Sequence[ToldSelection]
    sums: Sequence[ToldSum]
    correction: ToldCorrection | None
    elsewhere: Sequence[Elsewhere]
