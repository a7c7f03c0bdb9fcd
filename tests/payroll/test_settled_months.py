"""Up to when a closed month is settled: by table, and against a small shop in which anything may follow anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payroll.domain.month import Month
from services.payroll.domain.months.settled import Closing, first_corrected, settled_at

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MONTHS = [Month(2026, number) for number in (5, 6, 7, 8)]


def at(hour: int) -> datetime:
    return BEGIN + timedelta(hours=hour)


def closing(number: int, begun: int, closed: int, *corrects: int, year: int = 2026) -> Closing:
    return Closing(Month(year, number), at(begun), at(closed), frozenset(Month(2026, one) for one in corrects))


MAY = closing(5, 10, 12)


@pytest.mark.parametrize(
    ("others", "opened", "settled"),
    [
        ([], None, 10),
        ([closing(6, 20, 22)], None, 20),
        ([closing(6, 20, 22, 5), closing(7, 30, 32)], None, 30),
        ([closing(6, 11, 22)], None, 10),  # began while May was not closed
        ([closing(6, 20, 22)], 21, 10),  # a closed month was opened since
        ([closing(6, 20, 22)], 15, 20),
        ([closing(6, 20, 40, 5), closing(7, 30, 32)], None, 20),  # July had not seen what June pays
        ([closing(6, 20, 40), closing(7, 30, 32)], None, 30),  # June pays nothing for May
        ([closing(4, 20, 22)], None, 10),  # an earlier month
        ([closing(5, 20, 22, year=2028)], None, 20),
        ([closing(6, 20, 22, year=2028)], None, 10),  # too late to correct May
    ],
)
def test_a_later_month_that_saw_all_that_is_paid_settles_a_month(
    others: list[Closing], opened: int | None, settled: int
) -> None:
    assert settled_at(MAY, others, None if opened is None else at(opened)) == at(settled)


def test_two_years_back_are_corrected() -> None:
    assert (first_corrected(Month(2026, 9)), first_corrected(Month(1, 3))) == (Month(2024, 9), Month(1, 3))


@dataclass
class Run:
    month: Month
    begun: datetime
    own: int
    corrections: dict[Month, int]


@dataclass
class Shop:
    """Months with one amount each that is due, which may change at any time; runs, locks, closings and openings by the
    rules of the service, and every run recalculates every closed month before its own."""

    now: int = 0
    due: dict[Month, list[tuple[datetime, int]]] = field(default_factory=lambda: {m: [(at(0), 0)] for m in MONTHS})
    runs: dict[Month, Run] = field(default_factory=dict)
    locked: dict[Month, Run] = field(default_factory=dict)
    closed: dict[Month, tuple[Run, datetime]] = field(default_factory=dict)
    settled: datetime | None = None
    opened: datetime | None = None

    def tick(self) -> datetime:
        self.now += 1
        return at(self.now)

    def due_at(self, month: Month, moment: datetime) -> int:
        return [amount for since, amount in self.due[month] if since <= moment][-1]

    def paid(self, month: Month) -> int:
        own = self.closed[month][0].own
        return own + sum(run.corrections.get(month, 0) for run, _ in self.closed.values())

    def change(self, month: Month, amount: int) -> None:
        self.due[month].append((self.tick(), amount))

    def run(self, month: Month, _: int) -> None:
        begun = self.tick()
        differences = {m: self.due_at(m, begun) - self.paid(m) for m in self.closed if m < month}
        corrections = {m: amount for m, amount in differences.items() if amount}
        self.runs[month] = Run(month, begun, self.due_at(month, begun), corrections)

    def lock(self, month: Month, _: int) -> None:
        run = self.runs.get(month)
        if run is None or month in self.locked or month in self.closed:
            return
        if self.settled is not None and run.begun <= self.settled:
            return
        if any(other.corrections.keys() & run.corrections.keys() for other in self.locked.values()):
            return
        self.locked[month] = run

    def pay(self, month: Month, _: int) -> None:
        self.run(month, 0)
        self.lock(month, 0)
        self.close(month, 0)

    def close(self, month: Month, _: int) -> None:
        if month in self.locked:
            self.settled = self.tick()
            self.closed[month] = self.locked.pop(month), self.settled

    def reopen(self, month: Month, _: int) -> None:
        holding = [*self.locked.values(), *(run for run, _ in self.closed.values())]
        if any(month in run.corrections for run in holding):
            return
        if self.locked.pop(month, None) is not None:
            self.settled = self.tick()
        elif self.closed.pop(month, None) is not None:
            self.settled = self.opened = self.tick()

    def closings(self) -> Sequence[Closing]:
        return [Closing(m, run.begun, when, frozenset(run.corrections)) for m, (run, when) in self.closed.items()]


Step = tuple[str, Month, int]
changes = st.tuples(st.just("change"), st.sampled_from(MONTHS[:2]), st.integers(0, 2))
moves = st.tuples(
    st.sampled_from(["run", "lock", "close", "pay", "pay", "reopen"]), st.sampled_from(MONTHS), st.just(0)
)


def overlooked(steps: Iterable[Step]) -> list[Month]:
    """Closed months that, after some step, are not paid what is due though nothing was told since they were settled."""
    shop, found = Shop(), []
    for name, month, amount in steps:
        getattr(shop, name)(month, amount)
        known = shop.closings()
        for each in known:
            told, due = shop.due[each.month][-1]
            until = settled_at(each, [other for other in known if other is not each], shop.opened)
            if told <= until and shop.paid(each.month) != due:
                found.append(each.month)
    return found


@settings(max_examples=500)
@given(st.lists(st.one_of(changes, moves), min_size=10, max_size=40))
def test_a_month_that_is_not_paid_what_is_due_is_never_overlooked_in_whatever_order_things_happen(
    steps: list[Step],
) -> None:
    assert overlooked(steps) == []


def _month(number: int, *moves: str) -> list[Step]:
    return [(move, MONTHS[number], 0) for move in moves]


@pytest.mark.parametrize(
    "steps",
    [
        [*_month(0, "run", "lock", "close"), ("change", MONTHS[0], 2), *_month(1, "run", "lock"),
         ("change", MONTHS[0], 0), *_month(2, "run", "lock"), *_month(1, "close"), *_month(2, "close")],
        [*_month(0, "run", "lock", "close"), ("change", MONTHS[0], 2), *_month(1, "run", "lock", "close"),
         *_month(2, "run", "lock", "close"), *_month(1, "reopen")],
        [*_month(0, "run", "lock"), ("change", MONTHS[0], 1), *_month(1, "run", "lock"), *_month(0, "close"),
         *_month(1, "close")],
    ],
)  # fmt: skip
def test_what_is_likely_to_be_taken_for_settled_and_is_not(steps: list[Step]) -> None:
    """A correction under way, one whose month is opened, and a month that was not closed yet."""
    assert overlooked(steps) == []
