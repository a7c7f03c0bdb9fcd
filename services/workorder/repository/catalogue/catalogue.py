"""The catalogue's queries: operations with their dated prices."""

import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.workorder.models import Operation
from services.workorder.repository.bulk import MATCHED


def operations(store_id: UUID, kind: str | None, code: str | None) -> Select[Any]:
    query = select(Operation).where(Operation.store_id == store_id).options(selectinload(Operation.prices))
    if kind is not None:
        query = query.where(Operation.kind == kind)
    return query if code is None else query.where(Operation.code == code)


def found_by(search: str) -> ColumnElement[bool]:
    """Operations whose code begins with the text, or whose name contains it; case, width and blanks do not count.

    It compares two columns of each operation of the store: under row security no index finds a part of a text, and
    tokens to find it by cost an import more than itself.
    """
    beginning, part = search.strip().upper(), "".join(unicodedata.normalize("NFKC", search).lower().split())
    begins = func.starts_with(Operation.folded_code, beginning)
    return or_(begins, func.strpos(Operation.folded_name, part) > 0)


async def operation_by_code(session: AsyncSession, store_id: UUID, code: str) -> Operation | None:
    query = operations(store_id, None, code).execution_options(populate_existing=True)
    return (await session.scalars(query)).one_or_none()


async def add_operations_of_lines(session: AsyncSession, lines: Sequence[UUID]) -> None:
    """Lines bring operations that the catalogue lacks, with the price of their order's day; nothing is overwritten."""
    await session.execute(_FROM_LINES, {"lines": list(lines)})


async def set_imported_prices(session: AsyncSession, store_id: UUID, source: str, valid_from: date) -> None:
    """The prices of the operations that the running bulk write has created or changed hold from this day on.

    A price that began on the same day is replaced: it stays, withdrawn, for what was priced by it.
    """
    for statement in (_WITHDRAW_OF_THE_DAY, _PRICES):
        await session.execute(statement, {"store": store_id, "source": source, "valid_from": valid_from})


_FROM_LINES = text("""
    WITH lines AS (
        SELECT DISTINCT ON (l.code) l.*, o.opened_on
        FROM repair_order_lines l JOIN repair_orders o ON o.store_id = l.store_id AND o.id = l.order_id
        WHERE l.id = ANY (CAST(:lines AS uuid[])) AND l.kind IN ('labour', 'part')
        ORDER BY l.code, o.opened_on, o.number, l.line_number
    ), made AS (
        INSERT INTO operations (store_id, source, code, name, kind, standard_hours)
        SELECT store_id, source, code, name, kind, standard_hours FROM lines
        ON CONFLICT (store_id, code) DO NOTHING
        RETURNING id, code
    )
    INSERT INTO operation_prices (store_id, source, made_by, operation_id, valid_from, list_price)
    SELECT l.store_id, l.source, l.source, m.id, l.opened_on, l.list_price FROM made m JOIN lines l ON l.code = m.code
""")
_WITHDRAW_OF_THE_DAY = text(f"""
    UPDATE operation_prices
    SET withdrawn_at = now(), withdrawn_by = :source, version = version + 1, updated_at = now()
    WHERE id = ANY (ARRAY(
        SELECT (SELECT p.id FROM operation_prices p
                WHERE p.store_id = :store AND p.operation_id = m.id AND p.valid_from = :valid_from
                  AND p.withdrawn_at IS NULL AND p.list_price <> m.list_price)
        FROM {MATCHED} m WHERE m.outcome = 'updated' AND m.list_price IS NOT NULL))
""")  # noqa: S608 - one look-up by index for each: a join of two tables without statistics is a nested loop
_PRICES = text(f"""
    INSERT INTO operation_prices (store_id, source, made_by, operation_id, valid_from, list_price)
    SELECT :store, :source, :source, m.id, :valid_from, m.list_price FROM {MATCHED} m
    WHERE m.outcome IN ('created', 'updated') AND m.list_price IS NOT NULL
      AND m.list_price IS DISTINCT FROM (
        SELECT list_price FROM operation_prices
        WHERE store_id = :store AND operation_id = m.id AND valid_from <= :valid_from AND withdrawn_at IS NULL
        ORDER BY valid_from DESC LIMIT 1)
""")  # noqa: S608
