from datetime import date
from itertools import product
from typing import Any

import asyncpg
import pytest

from services.workorder.domain.orders.line import Authorisation, LineKind, labour_completed_on
from services.workorder.domain.orders.order import State
from services.workorder.repository.orders.labour import COMPLETED_ON
from tests.harness import Clone

CASES = list(
    product(list(LineKind), [None, *Authorisation], [State.CLOSED, State.CANCELLED], [None, date(2026, 9, 30)])
)


async def test_the_database_counts_labour_as_the_rule_does(database: Clone) -> None:
    connection = await asyncpg.connect(database.app_url)
    try:
        found: list[Any] = await connection.fetch(
            f"SELECT {COMPLETED_ON} AS day"
            " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS l(kind, authorisation, n)"
            " JOIN unnest($3::text[], $4::date[]) WITH ORDINALITY AS o(state, left_on, n) USING (n) ORDER BY n",
            *([str(v) if v and not isinstance(v, date) else v for v in column] for column in zip(*CASES, strict=True)),
        )
    finally:
        await connection.close()
    expected = [
        labour_completed_on(kind, authorisation, cancelled=state is State.CANCELLED, left_on=left_on)
        for kind, authorisation, state, left_on in CASES
    ]
    assert [row["day"] for row in found] == expected
    assert any(expected)


@pytest.mark.parametrize("kind", list(LineKind))
def test_only_labour_has_hours_to_complete(kind: LineKind) -> None:
    done = labour_completed_on(kind, None, cancelled=False, left_on=date(2026, 9, 30))
    assert (done is not None) == (kind is LineKind.LABOUR)
