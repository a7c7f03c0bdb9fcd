"""What prices are made of: versions by day, and the part of the catalogue that some prices need."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from chassis.errors import NotFound
from services.workorder.domain.catalogue import catalogue_entries as entries
from services.workorder.domain.orders.line import LineKind, Origin
from services.workorder.domain.orders.order import OrderKind
from services.workorder.models import LabourRate, Menu, Operation, OperationHours, OperationPrice, VehicleCopy

Version = TypeVar("Version", LabourRate, Menu, OperationHours, OperationPrice)


def versions(model: type[Any], store_id: UUID, /, **equal: object) -> Select[Any]:
    """Withdrawn ones too. `operation` is a code; what is None does not narrow."""
    query = select(model).where(model.store_id == store_id)
    if "operation" in equal:
        query = query.options(joinedload(model.operation))
        if (code := equal.pop("operation")) is not None:
            own = select(Operation.id).where(Operation.store_id == store_id, Operation.code == code)
            query = query.where(model.operation_id == own.scalar_subquery())
    for name, value in equal.items():
        query = query if value is None else query.where(getattr(model, name) == value)
    return query.execution_options(populate_existing=True)


async def lock_version(session: AsyncSession, store_id: UUID, model: type[Version], version_id: UUID) -> Version:
    narrowed = {} if model in {LabourRate, Menu} else {"operation": None}
    query = versions(model, store_id, id=version_id, **narrowed).with_for_update(of=model)
    found: Version | None = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("There is no such version")
    return found


async def lock_operation(session: AsyncSession, store_id: UUID, code: str) -> Operation | None:
    """With its hours, held so that nobody adds others meanwhile."""
    query = (
        select(Operation)
        .where(Operation.store_id == store_id, Operation.code == code)
        .options(selectinload(Operation.model_hours))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).one_or_none()


async def known_codes(session: AsyncSession, store_id: UUID, codes: Collection[str]) -> set[str]:
    query = select(Operation.code).where(Operation.store_id == store_id, Operation.code.in_(codes))
    return set(await session.scalars(query))


async def vehicle_by_vin(session: AsyncSession, store_id: UUID, vin: str) -> VehicleCopy | None:
    query = select(VehicleCopy).where(VehicleCopy.store_id == store_id, VehicleCopy.vin == vin)
    return (await session.scalars(query)).one_or_none()


async def load_catalogue(
    session: AsyncSession, store_id: UUID, codes: Collection[str], menus: Collection[str] = ()
) -> entries.Catalogue:
    """Of these operations and menus all that holds on any day: four queries, one more for menus; one if none is."""
    offered = await _menus(session, store_id, menus) if menus else {}
    wanted = {*codes, *(item.operation for all_of in offered.values() for menu in all_of for item in menu.components)}
    table = Operation.__table__.c
    query = select(Operation.__table__).where(table.store_id == store_id, table.code.in_(wanted))
    operations = (await session.execute(query)).all()
    if not operations and not offered:
        return entries.Catalogue({}, [], offered)
    ids = [row.id for row in operations]
    hours = await _of_operations(session, store_id, OperationHours, ids)
    prices = await _of_operations(session, store_id, OperationPrice, ids)
    rates = select(LabourRate).where(LabourRate.store_id == store_id, LabourRate.withdrawn_at.is_(None))
    return entries.Catalogue(
        {row.code: _operation(row, hours[row.id], prices[row.id]) for row in operations},
        [_rate(row) for row in await session.scalars(rates)],
        offered,
    )


async def _of_operations(
    session: AsyncSession, store_id: UUID, model: type[OperationHours | OperationPrice], ids: Collection[UUID]
) -> dict[UUID, list[Any]]:
    """Plain rows: a price list needs those of the whole catalogue."""
    table = model.__table__.c
    query = select(model.__table__).where(
        table.store_id == store_id, table.operation_id.in_(ids), table.withdrawn_at.is_(None)
    )
    found: dict[UUID, list[Any]] = {operation_id: [] for operation_id in ids}
    for row in await session.execute(query):
        found[row.operation_id].append(row)
    return found


async def _menus(
    session: AsyncSession, store_id: UUID, codes: Collection[str]
) -> dict[str, Sequence[entries.MenuVersion]]:
    query = select(Menu).where(Menu.store_id == store_id, Menu.code.in_(codes), Menu.withdrawn_at.is_(None))
    found: dict[str, list[entries.MenuVersion]] = {}
    for row in await session.scalars(query):
        found.setdefault(row.code, []).append(_menu(row))
    return dict(found)


def _dated(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a version of any kind
    return {"id": row.id, "valid_from": row.valid_from, "made_by": row.made_by or row.source}


def _operation(row: Any, hours: Sequence[Any], prices: Sequence[Any]) -> entries.CatalogueOperation:  # noqa: ANN401
    return entries.CatalogueOperation(
        row.id, row.code, row.name, LineKind(row.kind), row.source, row.standard_hours, row.part_number,
        Origin(row.origin) if row.origin else None,
        [model_hours(each) for each in hours],
        [list_price(price) for price in prices],
    )  # fmt: skip


def list_price(row: Any) -> entries.ListPrice:  # noqa: ANN401 - a row or an entity
    return entries.ListPrice(list_price=row.list_price, **_dated(row))


def model_hours(row: Any) -> entries.ModelHours:  # noqa: ANN401 - a row or an entity
    return entries.ModelHours(
        model=row.model, hours=row.hours, engine=row.engine, year_from=row.year_from, year_to=row.year_to,
        **_dated(row),
    )  # fmt: skip


def _rate(row: LabourRate) -> entries.LabourRate:
    kind = OrderKind(row.order_kind) if row.order_kind else None
    return entries.LabourRate(basis=entries.Basis(row.basis), rate=row.rate, order_kind=kind, **_dated(row))


def _menu(row: Menu) -> entries.MenuVersion:
    components = tuple(entries.Component(each["operation"], Decimal(each["quantity"])) for each in row.components)
    return entries.MenuVersion(
        code=row.code, name=row.name, price=row.price, components=components, model=row.model, **_dated(row)
    )
