"""The page on which an employee reads his pay: each line opens to how it was worked out, and may be asked about."""

import json
import re
import secrets
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
from gateway.pages.asking import MOST, Asking, Question, read_asking
from gateway.pages.calls import JSON, SECONDS, Instead, Plain, ask
from gateway.pages.form import body_of, is_from_here
from gateway.pages.quote import Told
from gateway.pages.rendering import page, see_other, wished_language
from gateway.pages.sending import to_be_sent_again
from gateway.strangers import LANE
from gateway.upstream import Call

log = structlog.get_logger(__name__)

DOWN: Final = Plain("pay-down", 503, 5)
UNKNOWN: Final = Plain("pay-unknown", 404)
EXPIRED: Final = Plain("pay-expired", 410)
CHANGED: Final = Plain("pay-changed", 409)
UNSURE: Final = Plain("pay-unsure", 503, 5)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,1200}")


class Fact(Told):
    kind: str
    english: str
    order_number: str | None
    occurred_on: date | None
    amount: str | None
    hours: str | None
    why: Sequence[str]
    superseded: bool


class Step(Told):
    """In the reader's language; what it rests on comes behind it, a `depth` further."""

    depth: int
    text: str
    formula: str
    notes: Sequence[str]
    facts: Sequence[Fact]
    facts_left_off: int
    left_off: Sequence[str]


class Line(Told):
    key: str = ""
    name: str
    english: str
    clause: str
    amount: str
    of_month: str | None
    adjusted: str | None
    note: str | None = None
    steps: Sequence[Step]
    questions: Sequence[Question] = ()


class Unpaid(Told):
    """What the plan pays and did not pay him; `text` says why."""

    name: str
    english: str
    clause: str
    text: str
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
    unpaid: Sequence[Unpaid] = ()
    leaf: str
    root: str
    place: int
    count: int
    questions: Sequence[Question] = ()
    may_ask: bool = False
    ask_until: datetime | None = None
    expires_at: datetime

    def takes(self, questions: Sequence[Question]) -> bool:
        """One more, where these are asked: of one closing it is one about each line."""
        asked = any(each.revision == self.revision and each.state != "withdrawn" for each in questions)
        return self.may_ask and self.ask_until is not None and not asked


class StatementPage:
    def __init__(self, services: Services, database: Database) -> None:
        self._services = services
        self._database = database

    async def show(self, request: Request) -> Response:
        return await self._shown(request, await self._read(request))

    async def ask(self, request: Request) -> Response:
        """Answers with the way back to the question, so that reloading sends nothing again."""
        token = _token(request)
        if not is_from_here(request.headers):
            raise Instead(Plain("strange", 403))
        asking = read_asking(await body_of(request))
        if asking.fault:
            return await self._shown(request, await self._read(request), asking)
        try:
            question = await self._sent(token, asking)
        except Instead as instead:
            if instead.plain is not UNSURE:
                raise
            return to_be_sent_again(request, UNSURE, asking.fields())
        return see_other(f"/s/{token}?lang={wished_language(request)}#question-{question}")

    async def _shown(self, request: Request, statement: Statement, faulty: Asking | None = None) -> Response:
        shop = await self._shop(statement.store_id)
        language = wished_language(request)
        return page(
            "statement.html", language, status=422 if faulty else 200, here=request.url.path, statement=statement,
            shop=shop, wording=wording, files=f"/v1/statement-links/{_token(request)}", chinese=language == "zh",
            key=secrets.token_urlsafe(16), most=MOST, faulty=faulty,
            words=wording.Wording(language, ZoneInfo(shop.time_zone) if shop else None),
        )  # fmt: skip

    async def _sent(self, token: str, asking: Asking) -> str:
        """The question's id. Raises Instead unless it is kept; sent again with its key it counts once."""
        answer = await ask(self._services, asking.call(token), UNSURE)
        if answer.status >= 300:
            failed = UNSURE if answer.status >= 500 else CHANGED
            busy = Plain("busy", 429, 60)
            raise Instead({404: UNKNOWN, 410: EXPIRED, 429: busy}.get(answer.status, failed))
        return str(json.loads(answer.body)["id"])

    async def _read(self, request: Request) -> Statement:
        """Raises Instead where there is nothing to read."""
        address = f"/v1/statement-links/{_token(request)}?language={wished_language(request)}"
        asked = Call("payroll", LANE, "GET", address, JSON, SECONDS)
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


def _token(request: Request) -> str:
    token: str = request.path_params["token"]
    if not _TOKEN.fullmatch(token):
        raise Instead(UNKNOWN)
    return token
