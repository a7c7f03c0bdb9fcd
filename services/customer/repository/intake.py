"""What is known already of the keys that an import tells of."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.customer.repository.records import Kind


@dataclass(frozen=True, slots=True)
class Known:
    id: UUID
    source_hash: bytes | None
    import_id: UUID | None


async def known_by_key(session: AsyncSession, kind: Kind, store: UUID, keys: Sequence[str]) -> dict[str, Known]:
    columns = kind.table.c
    query = select(columns[kind.key], columns.id, columns.source_hash, columns.import_id).where(
        columns.store_id == store, columns[kind.key] == any_(bindparam("keys", keys, ARRAY(Text)))
    )
    return {key: Known(row, digest, import_id) for key, row, digest, import_id in await session.execute(query)}


async def stamp_import(session: AsyncSession, kind: Kind, store: UUID, import_id: UUID, seen: Sequence[UUID]) -> None:
    """Remember that this import has told of these records, so that a second telling of it is known as one."""
    table = kind.table
    await session.execute(
        update(table)
        .where(
            table.c.store_id == store,
            table.c.id == any_(bindparam("seen", seen, ARRAY(Uuid))),
            table.c.import_id.is_distinct_from(import_id),
        )
        .values(import_id=import_id)
    )
