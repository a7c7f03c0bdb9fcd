"""The page on which a customer decides about a quote: shown, filled in, sent, and shown again as decided."""

import re
import secrets
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from chassis.database import Database
from gateway.identity.repository import stores_by_id
from gateway.models import Store
from gateway.pages import wording
from gateway.pages.calls import CHANGED, UNKNOWN, UNSURE, Approvals, Instead, Plain
from gateway.pages.form import CHOICES, LIMITS, Fault, Filled, body_of, fields_of, is_from_here, read_form
from gateway.pages.quote import Approval
from gateway.pages.rendering import page, see_other, wished_language
from gateway.pages.sending import to_be_sent_again

_ENDINGS: Final = {"used": "decided", "decided": "settled"}
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,200}")


class ApprovalPage:
    def __init__(self, approvals: Approvals, database: Database) -> None:
        self._approvals = approvals
        self._database = database

    async def show(self, request: Request) -> Response:
        return await self._shown(request, await self._approvals.read(_token(request)))

    async def decide(self, request: Request) -> Response:
        """Answers with the way back to the page, so that reloading it sends nothing again."""
        token = _token(request)
        if not is_from_here(request.headers):
            raise Instead(Plain("strange", 403))
        filled = read_form(await body_of(request))
        if faults := filled.faults():
            return await self._asked_again(request, token, filled, faults)
        try:
            await self._approvals.decide(token, filled)
        except Instead as instead:
            if instead.plain is not UNSURE:
                raise
            return to_be_sent_again(request, UNSURE, fields_of(filled))
        return see_other(f"/a/{token}?lang={wished_language(request)}")

    async def _asked_again(self, request: Request, token: str, filled: Filled, faults: Sequence[Fault]) -> Response:
        """With all that was filled in, as long as the quote is still the one that was shown."""
        approval = await self._approvals.read(token)
        shown = (approval.quote.number, approval.quote.content_hash)
        if not approval.is_open or shown != (filled.quote_number, filled.content_hash):
            raise Instead(CHANGED)
        return await self._shown(request, approval, filled=filled, faults=faults)

    async def _shown(
        self, request: Request, approval: Approval, *, filled: Filled | None = None, faults: Sequence[Fault] = ()
    ) -> Response:
        shop = await self._shop(approval)
        language = wished_language(request)
        return page(
            "approval.html" if approval.asked else "decided.html", language, status=422 if faults else 200,
            here=request.url.path, approval=approval, quote=approval.quote, shop=shop, key=secrets.token_urlsafe(16),
            ending=_ENDINGS.get(approval.state, "closed"), choices=CHOICES, limits=LIMITS, filled=filled, faults=faults,
            faulty={fault.field: fault.text for fault in faults}, wording=wording,
            words=wording.Wording(language, ZoneInfo(shop.time_zone) if shop else None),
        )  # fmt: skip

    async def _shop(self, approval: Approval) -> Store | None:
        """For its name and its hour; None while the gateway has not been told of it."""
        async with self._database.transaction() as session:
            return next(iter(await stores_by_id(session, [approval.store_id])), None)


def _token(request: Request) -> str:
    token: str = request.path_params["token"]
    if not _TOKEN.fullmatch(token):
        raise Instead(UNKNOWN)
    return token
