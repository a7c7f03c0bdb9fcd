"""Finding customers by any number, name, mobile or ID number that means them; their notes and former states."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Select, Uuid, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.representation import PageWish, paginate
from services.customer.models import Customer, CustomerMerge, CustomerNameToken, CustomerNote
from services.customer.repository.records import Kind


async def find_customers(
    session: AsyncSession, store: UUID, wish: PageWish, *, tokens: Iterable[str], **equal: object
) -> tuple[list[Customer], str | None]:
    """Standing customers, found also by what a record merged into them says; `equal` maps a column to its value."""
    told = select(Customer.canonical_id).where(Customer.store_id == store)
    for token in sorted(tokens):
        named = select(CustomerNameToken.customer_id).where(
            CustomerNameToken.store_id == store, CustomerNameToken.token == token
        )
        told = told.where(Customer.id.in_(named))
    for column, value in equal.items():
        told = told.where(Customer.__table__.c[column] == value)
    standing = select(Customer).where(Customer.store_id == store, Customer.merged_into_id.is_(None))
    query: Select[Any] = standing.where(Customer.id.in_(told)) if equal or tokens else standing
    return await paginate(session, query, [Customer.__table__.c.id], wish)


async def numbers_meaning(session: AsyncSession, store: UUID, customers: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Every number that means each of these customers."""
    query = select(Customer.canonical_id, Customer.number).where(
        Customer.store_id == store, Customer.canonical_id == any_(bindparam("customers", list(customers), ARRAY(Uuid)))
    )
    found: dict[UUID, list[str]] = {}
    for canonical, number in await session.execute(query.order_by(Customer.number)):
        found.setdefault(canonical, []).append(number)
    return found


async def meant_by(session: AsyncSession, store: UUID, *, id_: UUID | None = None, number: str = "") -> Customer | None:
    """The standing customer that an id or a number means today, after every merge."""
    told = select(Customer.canonical_id).where(Customer.store_id == store)
    told = told.where(Customer.number == number) if id_ is None else told.where(Customer.id == id_)
    query = select(Customer).where(Customer.store_id == store, Customer.id == told.scalar_subquery())
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def former_states(
    session: AsyncSession, store: UUID, kind: Kind, record: UUID, wish: PageWish
) -> tuple[list[dict[str, Any]], str | None]:
    """States that were replaced, newest first, as whole rows with `replaced_at`."""
    kept = kind.history.c
    query = select(kept.version, kept.state, kept.replaced_at).where(kept.store_id == store, kept.id == record)
    rows, following = await paginate(session, query, [kept.version], wish, descending=True)
    blank = dict.fromkeys(kind.columns)
    return [{**blank, **row.state, "replaced_at": row.replaced_at} for row in rows], following


async def find_notes(
    session: AsyncSession, store: UUID, customer: UUID, wish: PageWish
) -> tuple[list[CustomerNote], str | None]:
    """What people wrote about a customer, under whichever number, newest first."""
    meant = select(Customer.id).where(Customer.store_id == store, Customer.canonical_id == customer)
    query = select(CustomerNote).where(CustomerNote.store_id == store, CustomerNote.customer_id.in_(meant))
    return await paginate(session, query, [CustomerNote.__table__.c.id], wish, descending=True)


async def find_merges(
    session: AsyncSession, store: UUID, wish: PageWish, *, standing: bool | None, customer: UUID | None
) -> tuple[list[Any], str | None]:
    """Merges with the numbers of both sides, newest first."""
    query = merges_of(store)
    if standing is not None:
        query = query.where(CustomerMerge.undone_at.is_(None) if standing else CustomerMerge.undone_at.is_not(None))
    if customer is not None:
        query = query.where((CustomerMerge.survivor_id == customer) | (CustomerMerge.duplicate_id == customer))
    return await paginate(session, query, [CustomerMerge.__table__.c.id], wish, descending=True)


async def one_merge(session: AsyncSession, store: UUID, merge: UUID) -> Row[Any] | None:
    query = merges_of(store).where(CustomerMerge.__table__.c.id == merge)
    found: Row[Any] | None = (await session.execute(query)).one_or_none()
    return found


def merges_of(store: UUID) -> Select[Any]:
    survivor, duplicate = Customer.__table__.alias("survivor"), Customer.__table__.alias("duplicate")
    merge = CustomerMerge.__table__
    return (
        select(*merge.c, survivor.c.number.label("survivor_number"), duplicate.c.number.label("duplicate_number"))
        .join(survivor, (survivor.c.store_id == merge.c.store_id) & (survivor.c.id == merge.c.survivor_id))
        .join(duplicate, (duplicate.c.store_id == merge.c.store_id) & (duplicate.c.id == merge.c.duplicate_id))
        .where(merge.c.store_id == store)
    )
