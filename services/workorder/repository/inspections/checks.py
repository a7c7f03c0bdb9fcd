"""Rules of targeted inspection, the checks they put on orders, and how often a rule found something."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, Select, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from chassis.errors import NotFound
from services.workorder.domain.orders.order import IN_THE_SHOP
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.models import CheckRule, InspectionItem, OrderCheck


def rules(store_id: UUID, in_force_on: date | None = None) -> Select[Any]:
    query = select(CheckRule).where(CheckRule.store_id == store_id).execution_options(populate_existing=True)
    if in_force_on is None:
        return query
    until = or_(CheckRule.valid_to.is_(None), CheckRule.valid_to >= in_force_on)
    return query.where(CheckRule.valid_from <= in_force_on, until)


async def all_rules(session: AsyncSession, store_id: UUID) -> Sequence[CheckRule]:
    return (await session.scalars(rules(store_id).order_by(CheckRule.id))).all()


async def rule_by_id(session: AsyncSession, store_id: UUID, rule_id: UUID, *, lock: bool = False) -> CheckRule:
    query = rules(store_id).where(CheckRule.id == rule_id)
    found: CheckRule | None = (await session.scalars(query.with_for_update() if lock else query)).one_or_none()
    if found is None:
        raise NotFound("There is no such check rule")
    return found


async def lock_arrivals(
    session: AsyncSession, store_id: UUID, orders: Sequence[UUID], vins: Sequence[str]
) -> Sequence[Row[Any]]:
    """What is known of the cars of these orders, and of the orders of these vehicles, that are in the shop."""
    told = {"store": store_id, "orders": list(orders), "vins": list(vins), "states": sorted(map(str, IN_THE_SHOP))}
    return (await session.execute(_ARRIVALS, told)).all()


async def add_checks(session: AsyncSession, store_id: UUID, checks: Sequence[Mapping[str, Any]]) -> Sequence[UUID]:
    """The orders that got any. A rule checks an order once, whatever it has become since."""
    told = {"store": store_id, "source": OWN_SOURCE, "checks": orjson.dumps(list(checks), default=str).decode()}
    return list(await session.scalars(_ADD, told))


async def renew_open_inspections(session: AsyncSession, store_id: UUID, orders: Sequence[UUID]) -> None:
    """Open inspections of these orders get another version, and are held, before they are asked more."""
    await session.execute(_RENEW, {"store": store_id, "orders": list(orders)})


async def ask_checks(session: AsyncSession, store_id: UUID, orders: Sequence[UUID]) -> None:
    """The open checks of these orders become items of their open inspections; nothing is asked twice."""
    await session.execute(_ASK, {"store": store_id, "orders": list(orders)})


_ARRIVALS = text("""
    SELECT o.id, o.kind, o.vin, o.odometer_km, o.opened_on, v.model, v.plate, v.purchase_date
    FROM repair_orders o LEFT JOIN vehicle_copy v ON v.store_id = o.store_id AND v.vin = o.vin
    WHERE o.store_id = :store AND o.state = ANY (CAST(:states AS text[]))
      AND (o.id = ANY (CAST(:orders AS uuid[])) OR o.vin = ANY (CAST(:vins AS text[])))
    ORDER BY o.id FOR NO KEY UPDATE OF o
""")
_ADD = text("""
    WITH added AS (
        INSERT INTO order_checks (store_id, order_id, rule_id, rule_version, item, why, facts, source)
        SELECT :store, c.order_id, c.rule_id, c.rule_version, c.item, c.why, c.facts, :source
        FROM jsonb_to_recordset(CAST(:checks AS jsonb))
            AS c(order_id uuid, rule_id uuid, rule_version int, item jsonb, why jsonb, facts jsonb)
        ON CONFLICT (store_id, order_id, rule_id) DO NOTHING
        RETURNING order_id, rule_id, item
    ), told AS (
        INSERT INTO order_entries (store_id, order_id, at, who, what, detail)
        SELECT :store, order_id, now(), :source, 'check.put',
            jsonb_build_object('code', item->>'code', 'rule', rule_id)
        FROM added
    )
    SELECT DISTINCT order_id FROM added
""")
_RENEW = text("""
    UPDATE inspections SET version = version + 1, updated_at = now()
    WHERE store_id = :store AND order_id = ANY (CAST(:orders AS uuid[])) AND completed_at IS NULL
""")
_ASK = text("""
    WITH wanted AS (
        SELECT DISTINCT n.id AS inspection_id, c.item->>'code' AS code
        FROM inspections n JOIN order_checks c ON c.store_id = n.store_id AND c.order_id = n.order_id
        WHERE n.store_id = :store AND n.order_id = ANY (CAST(:orders AS uuid[])) AND n.completed_at IS NULL
          AND c.inspection_item_id IS NULL AND c.waived_at IS NULL
    ), added AS (
        INSERT INTO inspection_items (store_id, inspection_id, position, code)
        SELECT :store, w.inspection_id, row_number() OVER (PARTITION BY w.inspection_id ORDER BY w.code) + (
            SELECT coalesce(max(i.position), 0) FROM inspection_items i
            WHERE i.store_id = :store AND i.inspection_id = w.inspection_id), w.code
        FROM wanted w WHERE NOT EXISTS (
            SELECT FROM inspection_items i
            WHERE i.store_id = :store AND i.inspection_id = w.inspection_id AND i.code = w.code)
        RETURNING id, inspection_id, code
    ), asked AS (
        SELECT i.id, i.inspection_id, i.code FROM inspection_items i JOIN wanted w USING (inspection_id, code)
        WHERE i.store_id = :store
        UNION ALL SELECT id, inspection_id, code FROM added
    )
    UPDATE order_checks c SET inspection_item_id = a.id, version = c.version + 1, updated_at = now()
    FROM asked a JOIN inspections n ON n.store_id = :store AND n.id = a.inspection_id
    WHERE c.store_id = :store AND c.order_id = n.order_id AND c.item->>'code' = a.code
      AND c.inspection_item_id IS NULL AND c.waived_at IS NULL
""")


def checks(store_id: UUID) -> Select[Any]:
    """With what they were answered."""
    return (
        select(OrderCheck)
        .where(OrderCheck.store_id == store_id)
        .options(joinedload(OrderCheck.answered))
        .execution_options(populate_existing=True)
    )


async def checks_of(session: AsyncSession, store_id: UUID, order_id: UUID) -> Sequence[OrderCheck]:
    return (
        await session.scalars(checks(store_id).where(OrderCheck.order_id == order_id).order_by(OrderCheck.id))
    ).all()


async def open_checks_of(session: AsyncSession, store_id: UUID, order_id: UUID) -> Sequence[OrderCheck]:
    unanswered = or_(OrderCheck.inspection_item_id.is_(None), InspectionItem.result.is_(None))
    query = checks(store_id).outerjoin(OrderCheck.answered).where(OrderCheck.order_id == order_id, unanswered)
    return (await session.scalars(query.where(OrderCheck.waived_at.is_(None)).order_by(OrderCheck.id))).all()


async def check_by_id(session: AsyncSession, store_id: UUID, check_id: UUID, *, lock: bool = False) -> OrderCheck:
    query = checks(store_id).where(OrderCheck.id == check_id)
    query = query.with_for_update(of=OrderCheck) if lock else query
    found: OrderCheck | None = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("There is no such check")
    return found


async def counts_of_rules(
    session: AsyncSession, store_id: UUID, rule_ids: Sequence[UUID], begin: date | None = None, end: date | None = None
) -> dict[UUID, tuple[int, int, int]]:
    """Due, checked and hits of each rule that checked anything, of orders opened in the period and not cancelled."""
    told = {"store": store_id, "rules": list(rule_ids), "begin": begin, "end": end}
    return {row.rule_id: (row.due, row.checked, row.hits) for row in await session.execute(_COUNTS, told)}


_COUNTS = text("""
    SELECT c.rule_id, count(*) AS due, count(*) FILTER (WHERE i.result <> 'not_applicable') AS checked,
        count(*) FILTER (WHERE i.result IN ('yellow', 'red')) AS hits
    FROM order_checks c JOIN repair_orders o ON o.store_id = c.store_id AND o.id = c.order_id
    LEFT JOIN inspection_items i ON i.store_id = c.store_id AND i.id = c.inspection_item_id
    WHERE c.store_id = :store AND c.rule_id = ANY (CAST(:rules AS uuid[])) AND o.state <> 'cancelled'
      AND (CAST(:begin AS date) IS NULL OR o.opened_on >= :begin)
      AND (CAST(:end AS date) IS NULL OR o.opened_on <= :end)
    GROUP BY c.rule_id
""")
