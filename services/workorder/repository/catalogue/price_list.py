"""What a price list names: the menus in force on a day and every operation, in groups."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, case, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from services.workorder.domain.catalogue.price_list import Group
from services.workorder.models import Menu, Operation

_PLACES = {group: place for place, group in enumerate(Group)}


def entries(store_id: UUID, day: date, group: Group | None) -> tuple[Select[Any], Sequence[ColumnElement[Any]]]:
    """A select of group (its place) and code, and the keys by which it is ordered: menus first."""
    menus = (
        select(literal(_PLACES[Group.MENU], Integer).label("place"), Menu.code)
        .where(Menu.store_id == store_id, Menu.withdrawn_at.is_(None), Menu.valid_from <= day)
        .distinct()
    )
    places = case({str(kind): place for kind, place in _PLACES.items()}, value=Operation.kind)
    operations = select(places.label("place"), Operation.code).where(Operation.store_id == store_id)
    listed = union_all(menus, operations).subquery("listed")
    query = select(listed.c.place, listed.c.code)
    if group is not None:
        query = query.where(listed.c.place == _PLACES[group])
    return query, [listed.c.place, listed.c.code]


async def all_entries(session: AsyncSession, store_id: UUID, day: date, most: int) -> list[tuple[Group, str]]:
    query, keys = entries(store_id, day, None)
    rows = await session.execute(query.order_by(*keys).limit(most + 1))
    return [(group_of(row), row.code) for row in rows]


def group_of(row: Any) -> Group:  # noqa: ANN401 - a row of `entries`
    place: int = row.place
    return list(Group)[place]
