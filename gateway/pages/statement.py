"""The page on which an employee reads his pay: each line opens to how it was worked out. It is only read."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from chassis.database import Database
from gateway.calling import Services
from gateway.identity.repository import stores_by_id
from gateway.models import Store
from gateway.pages import wording
from gateway.pages.calls import JSON, SECONDS, Instead, Plain, ask
from gateway.pages.quote import Told
from gateway.pages.rendering import page, wished_language
from gateway.strangers import LANE
from gateway.upstream import Call

log = structlog.get_logger(__name__)

DOWN: Final = Plain("pay-down", 503, 5)
UNKNOWN: Final = Plain("pay-unknown", 404)
EXPIRED: Final = Plain("pay-expired", 410)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,1200}")


class Value(Told):
    name: str
    english: str
    value: str


class Selection(Told):
    text: str
    count: int
    value: str


class Fact(Told):
    kind: str
    english: str
    order_number: str | None
    occurred_on: date | None
    amount: str | None
    hours: str | None


class Step(Told):
    name: str
    english: str
    clause: str
    formula: str
    value: str
    inputs: Sequence[Value]
    selections: Sequence[Selection]
    facts: Sequence[Fact]
    facts_left_off: int


class Line(Told):
    name: str
    english: str
    clause: str
    amount: str
    of_month: str | None
    adjusted: str | None
    note: str | None = None
    steps: Sequence[Step]


class Statement(Told):
    """Money and numbers stay text."""

    store_id: UUID
    shop: str
    month: str
    revision: int
    state: str
    employee: str
    name: str | None
    total: str
    currency: str
    lines: Sequence[Line]
    leaf: str
    root: str
    place: int
    count: int
    expires_at: datetime


class StatementPage:
    def __init__(self, services: Services, database: Database) -> None:
        self._services = services
        self._database = database

    async def show(self, request: Request) -> Response:
        token = request.path_params["token"]
        if not _TOKEN.fullmatch(token):
            raise Instead(UNKNOWN)
        statement = await self._read(token)
        shop = await self._shop(statement.store_id)
        language = wished_language(request)
        return page(
            "statement.html", language, here=request.url.path, statement=statement, shop=shop, wording=wording,
            files=f"/v1/statement-links/{token}", chinese=language == "zh",
            words=wording.Wording(language, ZoneInfo(shop.time_zone) if shop else None),
        )  # fmt: skip

    async def _read(self, token: str) -> Statement:
        """Raises Instead where there is nothing to read."""
        asked = Call("payroll", LANE, "GET", f"/v1/statement-links/{token}", JSON, SECONDS)
        answer = await ask(self._services, asked, DOWN)
        if answer.status != 200:
            raise Instead({404: UNKNOWN, 410: EXPIRED}.get(answer.status, DOWN))
        try:
            return Statement.model_validate_json(answer.body)
        except ValidationError as error:
            log.error("statement not understood", fields=[".".join(map(str, each["loc"])) for each in error.errors()])
            raise Instead(DOWN) from error

    async def _shop(self, store: UUID) -> Store | None:
        async with self._database.transaction() as session:
            return next(iter(await stores_by_id(session, [store])), None)
