"""How things look outside: exact numbers as strings, strict bodies, versions as ETags, lists as keyset pages."""

import hashlib
import re
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Header, Query, Request
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from sqlalchemy import Select, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement
from starlette.responses import Response

from chassis.errors import Gone, PreconditionFailed, PreconditionRequired

MONEY = re.compile(r"^-?[0-9]{1,15}\.[0-9]{2}$")
EXACT = re.compile(r"^-?[0-9]{1,24}(\.[0-9]{1,12})?$")
LIMIT = 100
"""The largest page; a larger wish is cut to it and the page says so."""


class RequestBody(BaseModel):
    """A body from outside: a field nobody asked for is an error, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ResponseBody(BaseModel):
    """A body to the outside: no defaults, so that what is not set does not compile."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def _string_matching(pattern: re.Pattern[str], what: str) -> BeforeValidator:
    def check(value: object) -> object:
        if isinstance(value, Decimal):
            return value
        if isinstance(value, str) and pattern.fullmatch(value):
            return Decimal(value)
        raise ValueError(what)

    return BeforeValidator(check)


def plain(value: Decimal) -> str:
    """A decimal without exponent: 1E+3 is "1000"."""
    return format(value, "f")


Money = Annotated[
    Decimal,
    _string_matching(MONEY, "金额写成带两位小数的文字,例 12.30 / money is a string with two decimals, such as 12.30"),
    PlainSerializer(lambda value: plain(value.quantize(Decimal("0.01"))), return_type=str),
    WithJsonSchema({"type": "string", "pattern": MONEY.pattern, "examples": ["1234.50"]}),
]
ExactDecimal = Annotated[
    Decimal,
    _string_matching(EXACT, "数写成文字,例 1.25 / an exact number is a string, such as 1.25"),
    PlainSerializer(plain, return_type=str),
    WithJsonSchema({"type": "string", "pattern": EXACT.pattern, "examples": ["1.25"]}),
]


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _legible(text: str) -> str:
    """Signs that turn the direction of writing make what stands beside them read as something else."""
    kinds = {unicodedata.category(sign) for sign in text}
    if kinds & {"Cc", "Cs"} or not _TURNING.isdisjoint(text) or all(kind[0] in "CZ" for kind in kinds):
        raise ValueError("要有看得见的字,不能有控制字符 / visible characters, and no control characters, are needed")
    return text


LEGIBLE = AfterValidator(_legible)
QueryText = Annotated[str, StringConstraints(min_length=1, max_length=100), LEGIBLE]
"""What a list is searched by. Nothing visible would be cleaned to nothing, and nothing filters nothing."""


def etag(version: int) -> str:
    return f'"{version}"'


def set_etag(response: Response, version: int) -> None:
    response.headers["ETag"] = etag(version)


async def _expected_version(if_match: Annotated[str | None, Header(pattern=r'^"\d{1,9}"$')] = None) -> int:
    if if_match is None:
        raise PreconditionRequired
    return int(if_match.strip('"'))


IfMatch = Annotated[int, Depends(_expected_version)]


def check_version(current: int, expected: int) -> None:
    """412 when the caller saw another version than the one that is there."""
    if current != expected:
        raise PreconditionFailed(
            f"读到的是第 {expected} 版,现在是第 {current} 版 / version {expected} was read, version {current} is there",
            current=current,
        )


Item = TypeVar("Item")
Key = ColumnElement[Any] | InstrumentedAttribute[Any]


class Page(ResponseBody, Generic[Item]):
    """Part of a list in a stable order; `next` is the address of what follows, null at the end."""

    items: list[Item]
    limit: int
    next: str | None


class PageWish:
    """What the caller asks of a list: how many, and after which cursor."""

    def __init__(
        self,
        request: Request,
        limit: Annotated[int, Query(ge=1, description=f"cut to {LIMIT}")] = 50,
        cursor: Annotated[str | None, Query(max_length=2000)] = None,
    ) -> None:
        self.limit = min(limit, LIMIT)
        self.cursor = cursor
        self._request = request
        filters = sorted((k, v) for k, v in request.query_params.multi_items() if k not in {"cursor", "limit"})
        store = request.state.principal.store if request.state.principal else None
        self._bound = [request.url.path, filters, str(store.id) if store else ""]

    def over(self, whole: object) -> None:
        """The list is of something that is replaced as a whole, such as a closing: a cursor over another is gone."""
        self._bound.append(str(whole))

    def after(self) -> list[Any] | None:
        """The keys of the last item seen; 410 when the cursor was made for another list, filter or store."""
        if self.cursor is None:
            return None
        try:
            binding, *keys = orjson.loads(urlsafe_b64decode(self.cursor))
        except (ValueError, TypeError) as error:
            raise UnreadableCursor from error
        if binding != self._binding():
            raise Gone("The cursor belongs to another list or filter, or it was made anew", slug="cursor-gone")
        return list(keys)

    def after_row(self, columns: Sequence[Key]) -> list[Any] | None:
        """As `after`, with the keys as these columns have them."""
        after = self.after()
        return None if after is None else _all_typed(columns, after)

    def next_address(self, keys: Sequence[Any]) -> str:
        packed = urlsafe_b64encode(orjson.dumps([self._binding(), *keys], default=str)).decode()
        address = self._request.url.include_query_params(cursor=packed, limit=self.limit)
        return f"{address.path}?{address.query}"

    def _binding(self) -> str:
        return hashlib.sha256(orjson.dumps(self._bound)).hexdigest()[:16]


PageOf = Annotated[PageWish, Depends()]


class UnreadableCursor(Gone):
    """Not one that was handed out here."""

    slug, title = "cursor-gone", "The cursor cannot be read"


def _beyond(keys: Sequence[Key], after: Sequence[Any], *, descending: bool) -> ColumnElement[bool]:
    steps = []
    for depth, (key, value) in enumerate(zip(keys, after, strict=True)):
        same = [k == v for k, v in zip(keys[:depth], after[:depth], strict=True)]
        steps.append(and_(*same, key < value if descending else key > value))
    return or_(*steps)


def _typed(key: Key, value: Any) -> Any:  # noqa: ANN401 - a cursor's JSON value, as its column wants it
    kind = key.type.python_type
    told = str if hasattr(kind, "fromisoformat") or kind in {UUID, Decimal} else kind
    if not isinstance(value, told):
        raise UnreadableCursor
    if hasattr(kind, "fromisoformat"):
        return kind.fromisoformat(value)
    return kind(value) if kind in {UUID, Decimal} else value


def _all_typed(keys: Sequence[Key], values: Sequence[Any]) -> list[Any]:
    try:
        return [_typed(key, value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, ArithmeticError) as error:
        raise UnreadableCursor from error


async def paginate(
    session: AsyncSession,
    query: Select[Any],
    keys: Sequence[Key],
    wish: PageWish,
    *,
    descending: bool = False,
) -> tuple[list[Any], str | None]:
    """One SELECT: the rows of the page, and the address of the next. `keys` are selected columns whose mix is unique.

    Each row of `query` must have an attribute of every key's name, or be an entity that has.
    """
    after = wish.after_row(keys)
    if after is not None:
        query = query.where(_beyond(keys, after, descending=descending))
    order = [key.desc() if descending else key.asc() for key in keys]
    rows = list(await session.execute(query.order_by(*order).limit(wish.limit + 1)))
    entities = [row[0] if len(row) == 1 else row for row in rows]
    if len(entities) <= wish.limit:
        return entities, None
    entities = entities[: wish.limit]
    return entities, wish.next_address([getattr(entities[-1], str(key.key)) for key in keys])


def page_within(
    rows: Sequence[Item], wish: PageWish, key: Callable[[Item], Any], order: Callable[[Any], Any] = lambda key: key
) -> tuple[Sequence[Item], str | None]:
    """The page of a list that is calculated whole: rows in the `order` of their keys, and the address of the next."""
    after = wish.after()
    if after is not None:
        try:
            (last,) = after
            rows = [row for row in rows if order(key(row)) > order(last)]
        except (TypeError, ValueError) as error:
            raise UnreadableCursor from error
    page = rows[: wish.limit]
    return page, wish.next_address([key(page[-1])]) if len(rows) > wish.limit else None
