"""The one way rows of an import become rows of a table: in sets, by natural key, with what was before kept.

A row is created, updated (another content than the import before gave), unchanged, a duplicate (its key was already
written by the same import), rejected (its order is unknown) or settled (it would change what was settled here, which
only a reversal does). What an import leaves out stays as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import copy_rows
from services.workorder.repository.history import keep_former


@dataclass(frozen=True)
class BulkTable:
    """How rows meet a table.

    `columns` are stored, `extras` (with their SQL types) only compared; `key` finds the row that is there already;
    `kept` are columns whose new value depends on the stored row `t` as well as on the incoming row `l`, `first` are
    columns that a new row gets from `l` and its order `o`. Things without a number of their own are counted by each
    system for itself: `of_source`. Where what becomes of a row depends on its order, `holds_orders` keeps that from
    being moved meanwhile; `settles` are rows that change what was settled of it.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    of_order: bool = False
    of_source: bool = False
    holds_orders: bool = False
    settles: bool = False
    extras: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    first: Mapping[str, str] = field(default_factory=dict)

    @property
    def incoming(self) -> tuple[str, ...]:
        """The columns of a record, in their order."""
        return (*(("order_number",) if self.of_order else ()), *self.columns, *self.extras)

    @property
    def stored(self) -> tuple[str, ...]:
        return (*(("order_id",) if self.of_order else ()), *self.columns)


@dataclass(frozen=True)
class Import:
    """Whose rows these are: a system's, which run of it, and the store's day."""

    store_id: UUID
    source: str
    import_id: UUID | None
    day: date

    @property
    def parameters(self) -> dict[str, Any]:
        return {"store": self.store_id, "source": self.source, "import": self.import_id}


@dataclass(frozen=True)
class Written:
    """What became of the records: an outcome for each position, and the ids of what is new or changed."""

    outcomes: Mapping[int, str]
    created: Sequence[UUID]
    updated: Sequence[UUID]

    @property
    def ids(self) -> list[UUID]:
        return [*self.created, *self.updated]


MATCHED = "bulk_matched"
"""The rows with their ids and outcomes, there until the transaction ends."""


async def write(session: AsyncSession, table: BulkTable, run: Import, records: Sequence[tuple[Any, ...]]) -> Written:
    """Write records of (position, hash, *table.incoming); no two of them have the same key."""
    await session.execute(_ONE_AT_A_TIME, {"store": str(run.store_id)})
    await _stage(session, table, records)
    if table.holds_orders:
        held = text(_HOLD_ORDERS.format(number="order_number" if table.of_order else "number"))
        await session.execute(held, {"store": run.store_id})
    await session.execute(text(_match(table)), run.parameters)
    rows = (await session.execute(text(f"SELECT position, id, outcome FROM {MATCHED}"))).all()  # noqa: S608
    written = Written(
        {row.position: row.outcome for row in rows},
        [row.id for row in rows if row.outcome == "created"],
        [row.id for row in rows if row.outcome == "updated"],
    )
    if written.updated:
        await keep_former(session, table.name, written.updated)
        await session.execute(text(_update(table)), run.parameters)
    if written.created:
        await session.execute(text(_insert(table)), run.parameters)
    if run.import_id is not None:
        await session.execute(text(_mark_seen(table)), run.parameters)
    return written


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('bulk ' || :store, 0))")

_HOLD_ORDERS = """
    SELECT count(*) FROM (
        SELECT FROM repair_orders
        WHERE store_id = :store AND number IN (SELECT {number} FROM bulk_incoming)
        ORDER BY id FOR NO KEY UPDATE) held
"""
_SETTLED = """
    WHEN EXISTS (
        SELECT FROM settlements s WHERE s.store_id = :store AND s.order_id = {order} AND NOT EXISTS (
            SELECT FROM settlement_reversals r WHERE r.store_id = s.store_id AND r.settlement_id = s.id)) THEN 'settled'
"""


async def _stage(session: AsyncSession, table: BulkTable, records: Sequence[tuple[Any, ...]]) -> None:
    extras = "".join(f", CAST(NULL AS {kind}) AS {name}" for name, kind in table.extras.items())
    order_number = "CAST(NULL AS text) AS order_number," if table.of_order else ""
    columns = ", ".join(table.columns)
    for name in ("bulk_incoming", MATCHED):
        await session.execute(text(f"DROP TABLE IF EXISTS {name}"))
    await session.execute(
        text(f"""
            CREATE TEMPORARY TABLE bulk_incoming ON COMMIT DROP AS
            SELECT 0 AS position, content_hash, {order_number} {columns}{extras} FROM {table.name} WITH NO DATA
        """)  # noqa: S608 - names come from the declarations of BulkTable
    )
    await copy_rows(session, "bulk_incoming", ("position", "content_hash", *table.incoming), records)
    await session.execute(text("ANALYZE bulk_incoming (position)"))


def _match(table: BulkTable) -> str:
    found = "o.id" if table.of_order else "CAST(NULL AS uuid)"
    unknown = "WHEN o.id IS NULL THEN 'rejected'" if table.of_order else ""
    order = "LEFT JOIN repair_orders o ON o.store_id = :store AND o.number = l.order_number" if table.of_order else ""
    same = " AND ".join(f"t.{k} = {'o.id' if k == 'order_id' else f'l.{k}'}" for k in table.key)
    same += " AND t.source = :source" if table.of_source else ""
    first = "".join(f", {value} AS {name}" for name, value in table.first.items())
    settled = _SETTLED.format(order="o.id" if table.of_order else "t.id") if table.settles else ""
    return f"""
        CREATE TEMPORARY TABLE {MATCHED} ON COMMIT DROP AS
        SELECT l.*, {found} AS order_id, coalesce(t.id, uuidv7()) AS id{first},
            CASE {unknown} WHEN t.import_id = CAST(:import AS uuid) THEN 'duplicate'
                WHEN t.content_hash = l.content_hash THEN 'unchanged' {settled}
                WHEN t.id IS NULL THEN 'created' ELSE 'updated' END AS outcome
        FROM bulk_incoming l {order} LEFT JOIN {table.name} t ON t.store_id = :store AND {same}
    """  # noqa: S608


def _update(table: BulkTable) -> str:
    changes = ", ".join(f"{c} = {table.kept.get(c, f'l.{c}')}" for c in [*table.columns, *_only_kept(table)])
    return f"""
        UPDATE {table.name} t
        SET {changes}, content_hash = l.content_hash, import_id = :import, source = :source,
            version = t.version + 1, updated_at = now()
        FROM {MATCHED} l WHERE l.outcome = 'updated' AND t.id = l.id
    """  # noqa: S608


def _only_kept(table: BulkTable) -> list[str]:
    return [column for column in table.kept if column not in table.columns]


def _insert(table: BulkTable) -> str:
    columns = ", ".join([*table.stored, *table.first])
    return f"""
        INSERT INTO {table.name} (id, store_id, source, import_id, content_hash, {columns})
        SELECT id, :store, :source, :import, content_hash, {columns}
        FROM {MATCHED} WHERE outcome = 'created' ORDER BY position
    """  # noqa: S608


def _mark_seen(table: BulkTable) -> str:
    return f"""
        UPDATE {table.name} t SET import_id = :import
        FROM {MATCHED} l WHERE l.outcome = 'unchanged' AND t.id = l.id
    """  # noqa: S608
