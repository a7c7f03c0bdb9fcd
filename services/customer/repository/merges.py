"""Who might be one person, who was merged into whom, and who was taken apart."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, Uuid, column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.representation import PageWish, paginate
from services.customer.domain.duplicates import Identity
from services.customer.models import Customer, CustomerMerge


async def alike(session: AsyncSession, store: UUID, touched: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Standing records that share a trusted ID number, or a mobile and the name, while one of them is among these."""
    keys = {
        name: list({row[f"{name}_index"] for row in touched if row[f"{name}_valid"]})
        for name in ("mobile", "id_number")
    }
    groups = await session.scalars(_ALIKE, {"store": store, **keys})
    return {each for group in groups for each in group}


_ALIKE = text("""
    SELECT array_agg(id) FROM customer
    WHERE store_id = :store AND mobile_index = ANY(CAST(:mobile AS bytea[])) AND mobile_valid AND merged_into_id IS NULL
    GROUP BY mobile_index, name_key HAVING count(*) > 1
    UNION ALL
    SELECT array_agg(id) FROM customer
    WHERE store_id = :store AND id_number_index = ANY(CAST(:id_number AS bytea[])) AND id_number_valid
      AND merged_into_id IS NULL
    GROUP BY id_number_index HAVING count(*) > 1
""")


async def identities(session: AsyncSession, store: UUID, ids: Iterable[UUID]) -> dict[str, tuple[UUID, Identity]]:
    """By number: the record's id and what it is compared by, with every number that means it already."""
    rows = await session.execute(_IDENTITIES, {"store": store, "ids": list(ids)})
    return {row.number: (row.id, _identity(row.number, row)) for row in rows}


def _identity(number: str, row: Row[Any]) -> Identity:
    mobile = row.mobile_index.hex() if row.mobile_index and row.mobile_valid else None
    claimed = row.id_number_index.hex() if row.id_number_index else None
    members = frozenset(row.members)
    return Identity(number, row.name_key, mobile, claimed, claimed if row.id_number_valid else None, members)


_IDENTITIES = text("""
    SELECT c.id, c.number, c.name_key, c.mobile_index, c.mobile_valid, c.id_number_index, c.id_number_valid,
           m.members
    FROM customer c CROSS JOIN LATERAL (
        SELECT array_agg(a.number) AS members FROM customer a
        WHERE a.store_id = c.store_id AND a.canonical_id = c.id) m
    WHERE c.store_id = :store AND c.id = ANY(:ids)
""")


async def kept_apart(session: AsyncSession, store: UUID, numbers: Iterable[str]) -> frozenset[frozenset[str]]:
    """Pairs of numbers whose merge was undone: never again merged without a person's word."""
    one, other = Customer.__table__.alias("one"), Customer.__table__.alias("other")
    wanted = list(numbers)
    query = (
        select(one.c.number, other.c.number)
        .select_from(CustomerMerge)
        .join(one, (one.c.store_id == CustomerMerge.store_id) & (one.c.id == CustomerMerge.survivor_id))
        .join(other, (other.c.store_id == CustomerMerge.store_id) & (other.c.id == CustomerMerge.duplicate_id))
        .where(CustomerMerge.store_id == store, CustomerMerge.undone_at.is_not(None))
        .where(or_(one.c.number.in_(wanted), other.c.number.in_(wanted)))
    )
    return frozenset(frozenset(pair) for pair in await session.execute(query))


async def likely(session: AsyncSession, store: UUID, wish: PageWish) -> tuple[list[Any], str | None]:
    """Standing records of one name at one address whose ID numbers do not conflict and that nobody took apart."""
    words = (column(name, Text) for name in ("number", "other_number", "name", "home_address"))
    pairs = _LIKELY.bindparams(store=store).columns(column("id", Uuid), column("other_id", Uuid), *words)
    rows = pairs.subquery("likely")
    return await paginate(session, select(rows), [rows.c.id, rows.c.other_id], wish)


_LIKELY = text("""
    SELECT a.id AS id, a.number AS number, b.id AS other_id, b.number AS other_number, a.name, a.home_address
    FROM customer a JOIN customer b
        ON b.store_id = a.store_id AND b.name_key = a.name_key AND b.home_address = a.home_address AND b.id > a.id
    WHERE a.store_id = :store AND a.merged_into_id IS NULL AND b.merged_into_id IS NULL
      AND coalesce(a.id_number_index = b.id_number_index, true)
      AND NOT EXISTS (
        SELECT FROM customer_merge m WHERE m.store_id = a.store_id AND m.undone_at IS NOT NULL
          AND ((m.survivor_id = a.id AND m.duplicate_id = b.id) OR (m.survivor_id = b.id AND m.duplicate_id = a.id)))
""")


async def later_merges(session: AsyncSession, merge: CustomerMerge) -> Sequence[CustomerMerge]:
    query = select(CustomerMerge).where(
        CustomerMerge.store_id == merge.store_id,
        CustomerMerge.survivor_id == merge.survivor_id,
        CustomerMerge.undone_at.is_(None),
        CustomerMerge.id > merge.id,
    )
    return (await session.scalars(query)).all()


async def state_before(session: AsyncSession, merge: CustomerMerge) -> dict[str, object]:
    """The survivor's row as it was when the merge began."""
    query = text("""
        SELECT (jsonb_populate_record(NULL::customer, h.state)).* FROM customer_history h
        WHERE h.store_id = :store AND h.id = :id AND h.version = :version
    """)
    found = {"store": merge.store_id, "id": merge.survivor_id, "version": merge.survivor_version}
    return dict((await session.execute(query, found)).mappings().one())
