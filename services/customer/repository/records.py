"""Writing versioned records in sets: new ones in, changed ones replaced with their former state kept, events out."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Table,
    TableClause,
    any_,
    bindparam,
    column,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy import table as table_clause
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import copy_rows
from chassis.feed import publish_select
from services.customer.models import Base

Record = dict[str, Any]
_NEVER_RESTATED = ("store_id", "id", "created_at")


@dataclass(frozen=True, slots=True)
class Change:
    """A record in its new state (version 1: it is new), and the event that tells of it."""

    record: Record
    event: str
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Kind:
    """One versioned table: its natural key and the SQL of the data that its events carry, over the staged rows `s`."""

    name: str
    key: str
    event_data: str

    @cached_property
    def table(self) -> Table:
        return Base.metadata.tables[self.name]

    @cached_property
    def history(self) -> Table:
        return Base.metadata.tables[f"{self.name}_history"]

    @cached_property
    def staged(self) -> TableClause:
        """The temporary table of this connection that rows are copied to."""
        return table_clause(f"staged_{self.name}", *(column(name) for name in self.columns))

    @cached_property
    def columns(self) -> list[str]:
        return [each.name for each in self.table.columns]


def next_version(record: Mapping[str, Any], changed: Mapping[str, Any], now: datetime) -> Record:
    return {**record, **changed, "version": record["version"] + 1, "updated_at": now}


def blank(kind: Kind, store: UUID, row: UUID, now: datetime) -> Record:
    """A record at version 1 with every column empty but those that any record has."""
    return {
        **dict.fromkeys(kind.columns),
        "store_id": store, "id": row, "version": 1, "source_fields": {}, "created_at": now, "updated_at": now,
    }  # fmt: skip


def new_ids(count: int, now: datetime) -> list[UUID]:
    """UUIDs of version 7 in rising order; made here because a personal value is sealed to the id of its row."""
    head = int(now.timestamp() * 1000) << 80 | 0x7 << 76 | 0x2 << 62
    start = secrets.randbits(31)
    return [
        UUID(int=head | place >> 20 << 64 | (place & 0xFFFFF) << 42 | secrets.randbits(42))
        for place in range(start, start + count)
    ]


async def lock_intake(session: AsyncSession, store: UUID, kind: Kind) -> None:
    """Writers that may meet on a natural key of this table take turns within a store."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": f"{kind.name}/{store}"}
    )


async def load(session: AsyncSession, kind: Kind, store: UUID, by: str, values: Iterable[Any]) -> list[Record]:
    """Whole rows, locked for change."""
    table = kind.table
    wanted = any_(bindparam("wanted", list(values), ARRAY(table.c[by].type)))
    query = select(table).where(table.c.store_id == store, table.c[by] == wanted).with_for_update()
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def write(session: AsyncSession, kind: Kind, changes: Sequence[Change]) -> None:
    """Store the changes and publish one event for each; the staged rows stay readable until the next write."""
    if not changes:
        return
    await _stage(session, kind, changes)
    table, staged, history = kind.table, kind.staged, kind.history
    same = (table.c.store_id == staged.c.store_id) & (table.c.id == staged.c.id) & (staged.c.version > 1)
    former = select(table.c.store_id, table.c.id, table.c.version, _whole_row(table), staged.c.updated_at).where(same)
    restated = {name: staged.c[name] for name in kind.columns if name not in _NEVER_RESTATED}
    fresh = select(*(staged.c[name] for name in kind.columns)).where(staged.c.version == 1)
    await session.execute(insert(history).from_select([each.name for each in history.c], former))
    await session.execute(update(table).values(restated).where(same))
    await session.execute(insert(table).from_select(kind.columns, fresh))
    await publish_select(session, kind.event_data)


def _whole_row(table: Table) -> ColumnElement[Any]:
    return func.to_jsonb(table.table_valued())


async def _stage(session: AsyncSession, kind: Kind, changes: Sequence[Change]) -> None:
    staged = kind.staged.name
    await session.execute(
        text(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {staged} "
            f"(LIKE {kind.name}, event text NOT NULL, extra jsonb NOT NULL, PRIMARY KEY (store_id, id)) "
            "ON COMMIT DELETE ROWS"
        )
    )
    await session.execute(delete(kind.staged))
    names = kind.columns
    encoders = [(name, _as_json if name == "source_fields" else _as_is) for name in names]
    rows = [
        (*(encode(change.record[name]) for name, encode in encoders), change.event, _as_json(change.extra or {}))
        for change in changes
    ]
    await copy_rows(session, staged, [*names, "event", "extra"], rows)


def _as_is(value: object) -> object:
    return value


def _as_json(value: object) -> object:
    return orjson.dumps(value, default=str).decode()
