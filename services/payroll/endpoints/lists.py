"""Lists of rows: those that were asked for, and the page of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from chassis.representation import Page, PageWish, ResponseBody, paginate
from services.payroll.service.call import Call

Body = TypeVar("Body", bound=ResponseBody)


def narrowed(query: Select[Any], wanted: Mapping[InstrumentedAttribute[Any], object]) -> Select[Any]:
    """To the rows with these values; who asks for None of a column takes any."""
    return query.where(*(column == value for column, value in wanted.items() if value is not None))


async def page(
    call: Call, wish: PageWish, query: Select[Any], keys: Sequence[InstrumentedAttribute[Any]],
    read: Callable[[Any], Body], *, descending: bool = False,
) -> Page[Body]:  # fmt: skip
    """`read` makes a body of a row."""
    rows, following = await paginate(call.session, query, keys, wish, descending=descending)
    return Page(items=[read(row) for row in rows], limit=wish.limit, next=following)
