"""What the risk control looks at: the orders of a window with their upsells, part by part."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.domain.orders.line import Authorisation
from services.workorder.domain.risk.risk import RiskPolicy
from services.workorder.domain.risk.risk_facts import OrderFact, UpsellFact
from services.workorder.domain.source import OWN_SOURCE

ORDERS_IN_A_PART = 2_000
"""Read in a quarter of a second, where a transaction has five."""
_PART = text("""
    SELECT opened_on, id FROM repair_orders
    WHERE store_id = :store AND opened_on BETWEEN :begin AND :end AND (opened_on, id) > (:day, :id)
      AND state <> 'cancelled' AND kind <> 'pdi'
    ORDER BY opened_on, id LIMIT :most
""")
_LOOKED_AT = """
    looked_at AS MATERIALIZED (
        SELECT * FROM repair_orders WHERE store_id = :store AND id = ANY (CAST(:orders AS uuid[])))
"""
_PLAIN = text("SELECT set_config('jit', 'off', true)")
"""Compiling these statements takes longer than running them: 9 s against 2 s for the 16,000 orders of a large shop."""
_ORDERS = text(f"""
    WITH {_LOOKED_AT}
    SELECT o.id, o.advisor, o.opened_at, o.left_on, o.settled,
        ARRAY(
            SELECT l.technician FROM repair_order_lines l
            WHERE l.store_id = o.store_id AND l.order_id = o.id AND l.technician IS NOT NULL
            UNION SELECT n.technician FROM inspections n WHERE n.store_id = o.store_id AND n.order_id = o.id
            UNION SELECT u.finder FROM upsells u
            WHERE u.store_id = o.store_id AND u.order_id = o.id AND u.line_numbers <> '{{}}' AND u.finder IS NOT NULL
        ) AS handlers,
        coalesce(
            (SELECT q.ready_by FROM quotes q
             WHERE q.store_id = o.store_id AND q.order_id = o.id AND q.ready_by IS NOT NULL AND EXISTS (
                 SELECT FROM quote_decisions d
                 WHERE d.store_id = q.store_id AND d.quote_id = q.id AND d.decision = 'approved')
             ORDER BY q.number DESC LIMIT 1),
            (SELECT p.promised_at FROM order_promises p
             WHERE p.store_id = o.store_id AND p.order_id = o.id ORDER BY p.made_at, p.id LIMIT 1),
            o.promised_at) AS promised_at,
        coalesce(
            (SELECT max(e.at) FROM order_entries e
             WHERE e.store_id = o.store_id AND e.order_id = o.id AND e.what = 'order.moved'
                 AND e.detail->>'state' = 'ready'),
            o.left_at) AS done_at,
        money.agreed, money.final,
        EXISTS (
            SELECT FROM complaint_copy c
            WHERE c.store_id = o.store_id AND c.order_number = o.number AND c.occurred_on >= o.opened_on
                AND c.state NOT IN ('rejected', 'withdrawn')) AS complaint,
        said.csi, said.promise, back.id AS comeback, back.opened_on - o.left_on AS comeback_after
    FROM looked_at o
    CROSS JOIN LATERAL (
        SELECT sum(l.agreed_amount) AS agreed, coalesce(sum(l.amount), 0) AS final FROM repair_order_lines l
        WHERE l.store_id = o.store_id AND l.order_id = o.id AND l.agreed_amount IS NOT NULL
            AND coalesce(l.authorisation, 'approved') = 'approved') money
    LEFT JOIN LATERAL (
        SELECT min(r.csi) AS csi, min(CAST(r.ratings->>:question AS integer)) AS promise
        FROM response_copy r WHERE r.store_id = o.store_id AND r.order_number = o.number) said ON true
    LEFT JOIN LATERAL (
        SELECT b.id, b.opened_on FROM repair_orders b
        WHERE b.store_id = o.store_id AND b.vin = o.vin AND b.id <> o.id AND b.state <> 'cancelled'
            AND b.opened_at > o.opened_at
            AND b.opened_on BETWEEN o.left_on AND o.left_on + CAST(:comeback_days AS integer)
            AND (b.kind = 'repair' OR EXISTS (
                SELECT FROM repair_order_lines again
                JOIN upsells u ON u.store_id = again.store_id AND u.operation_code = again.code
                WHERE again.store_id = b.store_id AND again.order_id = b.id AND u.order_id = o.id
                    AND u.decision = 'approved'))
            AND EXISTS (
                SELECT FROM upsells u
                WHERE u.store_id = o.store_id AND u.order_id = o.id AND u.decision = 'approved')
        ORDER BY b.opened_at LIMIT 1) back ON true
    ORDER BY o.opened_at, o.id
""")  # noqa: S608 - the orders above
_UPSELLS = text(f"""
    WITH {_LOOKED_AT}
    SELECT u.id, u.order_id, u.finder, u.created_at AS proposed_at, u.decision, u.decided_at,
        first.told_at IS NOT NULL AS told, u.source = :own AS by_hand,
        CASE WHEN f.id IS NOT NULL
            THEN f.evidence IS NOT NULL OR f.part_shown_at IS NOT NULL OR f.photos <> '{{}}' END AS evidence,
        coalesce(found.result IN ('green', 'not_applicable'), false) OR EXISTS (
            SELECT FROM inspections n
            JOIN inspection_items i ON i.store_id = n.store_id AND i.inspection_id = n.id
            WHERE n.store_id = u.store_id AND n.order_id = u.order_id AND f.inspection_item_id IS NULL
                AND i.code = u.operation_code AND i.result = 'green') AS green,
        coalesce(rule.related <> '[]', false) AS related,
        CASE WHEN rule.related <> '[]' THEN ARRAY(
            SELECT later.id
            FROM (
                SELECT o.id UNION
                SELECT visit.id FROM repair_orders visit
                WHERE visit.store_id = o.store_id AND visit.vin = o.vin
                    AND visit.opened_on BETWEEN o.opened_on AND o.opened_on + CAST(:related_days AS integer)) visits
            JOIN upsells later ON later.store_id = u.store_id AND later.order_id = visits.id
            WHERE later.created_at > first.told_at AND later.line_numbers <> '{{}}'
                AND later.operation_code IN (SELECT part->>'code' FROM jsonb_array_elements(rule.related) part)
            ORDER BY later.id) ELSE '{{}}' END AS late
    FROM looked_at o
    JOIN upsells u ON u.store_id = o.store_id AND u.order_id = o.id AND u.line_numbers <> '{{}}'
    LEFT JOIN findings f ON f.store_id = u.store_id AND f.id = u.finding_id
    LEFT JOIN inspection_items found ON found.store_id = f.store_id AND found.id = f.inspection_item_id
    LEFT JOIN related_work_rules rule ON rule.store_id = u.store_id AND rule.operation_code = u.operation_code
    LEFT JOIN LATERAL (
        SELECT least(min(q.created_at), u.decided_at) AS told_at FROM quote_items i
        JOIN quotes q ON q.store_id = i.store_id AND q.id = i.quote_id
        WHERE i.store_id = u.store_id AND i.upsell_id = u.id) first ON true
    ORDER BY u.id
""")  # noqa: S608 - the orders above


@dataclass(frozen=True)
class Window:
    """Orders opened on these days, both included."""

    begin: date
    end: date


@dataclass(frozen=True)
class Part:
    """Some orders of a window, by day and id; `behind` is the last of those before."""

    window: Window
    behind: tuple[date, UUID]

    @classmethod
    def first(cls, window: Window) -> "Part":
        return cls(window, (window.begin, UUID(int=0)))


async def facts(session: AsyncSession, store_id: UUID, window: Window, policy: RiskPolicy) -> tuple[OrderFact, ...]:
    """The orders of the window, cancelled ones and those of new cars (PDI) left out."""
    found: list[OrderFact] = []
    part: Part | None = Part.first(window)
    while part is not None:
        some, part = await facts_of_part(session, store_id, part, policy)
        found += some
    return tuple(found)


async def facts_of_part(
    session: AsyncSession, store_id: UUID, part: Part, policy: RiskPolicy
) -> tuple[list[OrderFact], Part | None]:
    """With the part that follows, None after the last."""
    day, last = part.behind
    asked = {"store": store_id, "day": day, "id": last, **vars(part.window), "most": ORDERS_IN_A_PART}
    rows = (await session.execute(_PART, asked)).all()
    if not rows:
        return [], None
    found = await _facts_of(session, store_id, [row.id for row in rows], policy)
    following = Part(part.window, (rows[-1].opened_on, rows[-1].id))
    return found, following if len(rows) == ORDERS_IN_A_PART else None


async def _facts_of(
    session: AsyncSession, store_id: UUID, orders: Sequence[UUID], policy: RiskPolicy
) -> list[OrderFact]:
    await session.execute(_PLAIN)
    asked = {"store": store_id, "orders": list(orders)}
    of_upsells = {**asked, "own": OWN_SOURCE, "related_days": policy.related_days}
    upsells: defaultdict[UUID, list[UpsellFact]] = defaultdict(list)
    for row in (await session.execute(_UPSELLS, of_upsells)).mappings():
        upsells[row["order_id"]].append(_upsell(dict(row)))
    of_orders = {**asked, "question": policy.promise_question, "comeback_days": policy.comeback_days}
    rows = (await session.execute(_ORDERS, of_orders)).mappings()
    return [
        OrderFact(**{**row, "handlers": frozenset(row["handlers"])}, upsells=tuple(upsells[row["id"]])) for row in rows
    ]


def _upsell(row: dict[str, Any]) -> UpsellFact:
    del row["order_id"]
    decision = Authorisation(row["decision"]) if row["decision"] else None
    return UpsellFact(**{**row, "decision": decision, "late": tuple(row["late"])})
