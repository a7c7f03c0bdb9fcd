from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of
from tests.workorder.caller import line_row, order_row, part_row, upsell_row

PATHS = [
    ("/v1/repair-orders", 1),
    ("/v1/upsells", 1),
    ("/v1/payments", 1),
    ("/v1/accessory-sales", 1),
    ("/v1/operations", 2),
]


@pytest.fixture
def statements(app: FastAPI) -> Iterator[list[str]]:
    with statements_of(app) as sent:
        yield sent


@pytest.mark.parametrize(("path", "expected"), PATHS)
async def test_a_list_takes_the_same_few_queries_however_long_it_is(
    manager: Caller, statements: list[str], path: str, expected: int
) -> None:
    for number in range(1, 13):
        order = {"order_number": f"W{number}"}
        await manager.take_in("repair-orders", order_row(number=f"W{number}"))
        codes = [line_row(code=f"ME{number}", **order), upsell_row(**order), part_row(**order)]
        await manager.take_in("repair-order-lines", *codes)
        payment = {**order, "paid_on": "2026-09-08", "amount": "5.00", "method": "cash"}
        await manager.take_in("payments", payment)
    statements.clear()
    await manager.read(path)
    assert len(statements) == expected


async def test_a_bulk_call_takes_the_same_queries_for_one_row_and_for_many(
    manager: Caller, statements: list[str]
) -> None:
    await manager.take_in("repair-orders", order_row())
    statements.clear()
    await manager.take_in("repair-order-lines", upsell_row(line_number=1))
    few = len(statements)
    statements.clear()
    await manager.take_in("repair-order-lines", *(upsell_row(line_number=n) for n in range(2, 200)))
    assert len(statements) <= few + 2
