"""From rows to what the domain calculates with."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from sqlalchemy import RowMapping

from services.payroll.domain.calculation.amendment import Amendment
from services.payroll.domain.calculation.given import Member, Person, RunInput, Target
from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.month import Month
from services.payroll.language import read_amendment
from services.payroll.repository.runs.inputs import Given
from services.payroll.service.runs.fact_columns import columns_from


def run_input(month: Month, given: Given, days: tuple[date, date]) -> RunInput:
    """With the facts of some of the days that were read, and without what is of one plan only."""
    return RunInput(
        month=month,
        people=tuple(
            Person(
                number=row["number"],
                name=row["name"],
                post=row["post"],
                team=row["team"],
                coefficient=None if row["coefficient"] is None else Fraction(row["coefficient"]),
                on_probation=row["on_probation"],
            )
            for row in given.people
        ),
        targets=tuple(_targets(given.targets)),
        members=tuple(Member(**row) for row in given.members),
        review_scores={row["employee"]: row["score"] for row in given.scores},
        facts=columns_from(given.facts, given.orders, None if days == given.days else days),
    )


def _targets(rows: Sequence[RowMapping]) -> Iterator[Target]:
    """Each in its present version, with those of before that were signed."""
    for _, versions in groupby(rows, key=itemgetter("scope", "subject", "metric")):
        newest, *former = (Target(**{**row, "scope": Scope(row["scope"])}) for row in versions)
        yield replace(newest, former=tuple(former))


def amendments_of(given: Given, plan: UUID) -> tuple[Amendment, ...]:
    """The values set beside the text of one of the plans."""
    rows = (row for row in given.amendments if row["plan_id"] == plan)
    return tuple(amendment_from(row["statement"], row["number"], row["hash"]) for row in rows)


@lru_cache(maxsize=1024)
def amendment_from(statement: str, number: int, digest: str) -> Amendment:
    """Its version in a trace is its number and the beginning of its hash."""
    return read_amendment(statement, f"v{number} {digest[:12]}")
