"""Upsells of imported lines: read the touched orders' lines, store the proposals found in them, in sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import copy_rows
from services.workorder.domain.orders.line import Authorisation, LineKind
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.domain.upsells.upsell import Proposal, Stage, UpsellLine, UpsellSource, upsell_number
from services.workorder.repository.bulk import Import
from services.workorder.repository.history import keep_former


@dataclass(frozen=True)
class OrderOfLines:
    id: UUID
    number: str


@dataclass(frozen=True)
class Regrouped:
    """Upsells that are new or changed, and lines whose upsell is another than before."""

    upsells: Sequence[UUID]
    lines: Sequence[UUID]


async def orders_of_lines(session: AsyncSession, lines: Sequence[UUID]) -> list[UUID]:
    return list(await session.scalars(_ORDERS, {"lines": list(lines)}))


async def imported_upsell_lines(session: AsyncSession, orders: Sequence[UUID]) -> dict[OrderOfLines, list[UpsellLine]]:
    """The upsell lines of these orders but for those proposed here: they stay as their proposer grouped them."""
    found: dict[OrderOfLines, list[UpsellLine]] = {}
    for row in await session.execute(_UPSELL_LINES, {"orders": list(orders), "own": OWN_SOURCE}):
        order = OrderOfLines(row.order_id, row.number)
        found.setdefault(order, []).append(_line(row))
    return found


def _line(row: Any) -> UpsellLine:  # noqa: ANN401 - a row of _UPSELL_LINES
    return UpsellLine(
        line_number=row.line_number,
        kind=LineKind(row.kind),
        code=row.code,
        name=row.name,
        source=UpsellSource(row.upsell_source) if row.upsell_source else None,
        stage=Stage(row.stage) if row.stage else None,
        finder=row.finder,
        authorisation=Authorisation(row.authorisation) if row.authorisation else None,
        amount=row.amount,
    )


async def store_proposals(
    session: AsyncSession,
    run: Import,
    orders: Sequence[UUID],
    found: Sequence[tuple[OrderOfLines, Proposal]],
    written_lines: Sequence[UUID],
) -> Regrouped:
    """Bring the upsells of these orders in line with the proposals found; lines that moved get a new version.

    An upsell whose lines are gone is revoked and keeps its number. `written_lines` have their new version already.
    """
    await session.execute(_STAGE)
    await copy_rows(session, "incoming_upsells", _COLUMNS, [_record(run, *each) for each in found])
    parameters = {"store": run.store_id, "orders": list(orders), "own": OWN_SOURCE}
    stale = list(await session.scalars(_STALE, parameters))
    await keep_former(session, "upsells", stale)
    changed = list(await session.scalars(_UPDATE, {"stale": stale}))
    revoked = list(await session.scalars(_REVOKE, {"gone": list(set(stale) - set(changed))}))
    created = list(await session.scalars(_INSERT, parameters))
    moved = list(await session.scalars(_MOVED, parameters))
    written = set(written_lines)
    elsewhere = [line for line in moved if line not in written]
    await keep_former(session, "repair_order_lines", elsewhere)
    await session.execute(_MOVE, {**parameters, "moved": moved, "elsewhere": elsewhere})
    return Regrouped([*created, *changed, *revoked], moved)


def _record(run: Import, order: OrderOfLines, proposal: Proposal) -> tuple[Any, ...]:
    first = proposal.first
    return (
        upsell_number(order.number, first.line_number), order.id, run.source, first.source, first.stage,
        first.finder, first.code, first.name, list(proposal.line_numbers), proposal.amount, proposal.decision,
    )  # fmt: skip


_COLUMNS = (
    "number", "order_id", "source", "upsell_source", "stage", "finder", "operation_code", "operation_name",
    "line_numbers", "amount", "decision",
)  # fmt: skip
_LISTED = ", ".join(_COLUMNS)
_CONTENT = [column for column in _COLUMNS if column not in {"number", "source"}]
_ORDERS = text("SELECT DISTINCT order_id FROM repair_order_lines WHERE id = ANY (CAST(:lines AS uuid[]))")
_UPSELL_LINES = text("""
    SELECT l.order_id, o.number, l.line_number, l.kind, l.code, l.name, l.upsell_source, l.stage, l.finder,
        l.authorisation, l.amount
    FROM repair_order_lines l
    JOIN repair_orders o ON o.store_id = l.store_id AND o.id = l.order_id
    LEFT JOIN upsells u ON u.store_id = l.store_id AND u.id = l.upsell_id
    WHERE l.order_id = ANY (CAST(:orders AS uuid[])) AND l.is_upsell AND u.source IS DISTINCT FROM :own
    ORDER BY l.order_id, l.line_number
""")
_STAGE = text(f"""
    CREATE TEMPORARY TABLE incoming_upsells ON COMMIT DROP AS SELECT {_LISTED} FROM upsells WITH NO DATA
""")  # noqa: S608
_STALE = text(f"""
    SELECT u.id FROM upsells u LEFT JOIN incoming_upsells i ON i.number = u.number
    WHERE u.store_id = :store AND u.order_id = ANY (CAST(:orders AS uuid[])) AND u.source <> :own
      AND CASE WHEN i.number IS NULL THEN u.line_numbers <> '{{}}'
          ELSE ({", ".join(f"u.{c}" for c in _CONTENT)}) IS DISTINCT FROM ({", ".join(f"i.{c}" for c in _CONTENT)}) END
""")  # noqa: S608
_UPDATE = text(f"""
    UPDATE upsells u
    SET {", ".join(f"{c} = i.{c}" for c in _CONTENT)}, version = u.version + 1, updated_at = now(),
        decided_by_method = CASE WHEN u.decision = i.decision THEN u.decided_by_method END,
        decided_by = CASE WHEN u.decision = i.decision THEN u.decided_by END,
        decided_at = CASE WHEN u.decision = i.decision THEN u.decided_at END,
        decision_reason = CASE WHEN u.decision = i.decision THEN u.decision_reason END,
        priority = CASE WHEN u.decision = i.decision THEN u.priority END,
        follow_up_on = CASE WHEN u.decision = i.decision THEN u.follow_up_on END
    FROM incoming_upsells i
    WHERE i.number = u.number AND i.order_id = u.order_id AND u.id = ANY (CAST(:stale AS uuid[]))
    RETURNING u.id
""")  # noqa: S608
_REVOKE = text("""
    UPDATE upsells SET line_numbers = '{}', amount = 0, decision = 'revoked', version = version + 1, updated_at = now()
    WHERE id = ANY (CAST(:gone AS uuid[])) RETURNING id
""")
_INSERT = text(f"""
    INSERT INTO upsells (store_id, {_LISTED})
    SELECT :store, {_LISTED} FROM incoming_upsells i
    WHERE NOT EXISTS (SELECT FROM upsells u WHERE u.store_id = :store AND u.number = i.number)
    RETURNING id
""")  # noqa: S608
_HOME = """
    FROM repair_order_lines l
    LEFT JOIN upsells home ON home.store_id = l.store_id AND home.order_id = l.order_id AND l.is_upsell
        AND l.line_number = ANY (home.line_numbers)
    WHERE l.store_id = :store AND l.order_id = ANY (CAST(:orders AS uuid[]))
"""
_MOVED = text(f"SELECT l.id {_HOME} AND l.upsell_id IS DISTINCT FROM home.id")  # noqa: S608
_MOVE = text(f"""
    UPDATE repair_order_lines line
    SET upsell_id = found.upsell_id, version = line.version + (line.id = ANY (CAST(:elsewhere AS uuid[])))::int
    FROM (SELECT l.id, home.id AS upsell_id {_HOME}) found
    WHERE found.id = line.id AND line.id = ANY (CAST(:moved AS uuid[]))
""")  # noqa: S608
