"""What ordinary endpoints share: a desk in one store, bodies filled from rows, pages of them."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Response
from sqlalchemy import Select

from chassis.auth import CurrentPrincipal, CurrentStore
from chassis.http import Clock, CurrentSession
from chassis.representation import Page, PageWish, ResponseBody, paginate, set_etag
from services.workorder.service.desk import Desk

Body = TypeVar("Body", bound=ResponseBody)


async def _desk(session: CurrentSession, store: CurrentStore, principal: CurrentPrincipal, now: Clock) -> Desk:
    return Desk(session, store, principal, now)


CurrentDesk = Annotated[Desk, Depends(_desk)]


def document(
    body: type[Body], row: Any, response: Response | None = None, **members: Any  # noqa: ANN401 - a row, and any value
) -> Body:  # fmt: skip
    """A body from the row's attributes, and from `members` where the row has none of that name.

    With the response of its own the version goes into the ETag; a row in a list has none.
    """
    if response is not None:
        set_etag(response, row.version)
    fields = {name: getattr(row, name) for name in body.model_fields if name not in members}
    return body.model_validate({**fields, **members})


async def page(
    desk: Desk, wish: PageWish, query: Select[Any], keys: Sequence[Any], read: Callable[[Any], Body]
) -> Page[Body]:
    """The page of a list that begins with the newest; `read` makes a body of a row."""
    found, following = await paginate(desk.session, query, keys, wish, descending=True)
    return Page(items=[read(row) for row in found], limit=wish.limit, next=following)
