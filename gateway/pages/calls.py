"""What the pages ask of the service behind a link, and what its answer means to whoever opened it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

import orjson
import structlog
from pydantic import ValidationError

from gateway.calling import Services
from gateway.pages.form import Filled
from gateway.pages.quote import Approval
from gateway.resilience import Refused
from gateway.strangers import LANE
from gateway.upstream import Answer, Call, UpstreamFailed

log = structlog.get_logger(__name__)

SECONDS: Final = 10.0
_MEANINGS: Final[Mapping[str, str]] = {
    "link-expired": "expired",
    "link-revoked": "revoked",
    "link-used": "used",
    "quote-expired": "expired",
    "quote-superseded": "superseded",
    "idempotency-in-flight": "sending",
    "idempotency-key-reused": "used",
    "too-many-requests": "busy",
}


@dataclass(frozen=True)
class Plain:
    """A page of its own: the name of its texts, and its status."""

    name: str
    status: int
    retry_after: int | None = None


class Instead(Exception):  # noqa: N818 - says what is shown
    """Not the quote is shown but something else."""

    def __init__(self, plain: Plain) -> None:
        super().__init__(plain.name)
        self.plain = plain


DOWN: Final = Plain("down", 503, 5)
UNSURE: Final = Plain("unsure", 503, 5)
UNKNOWN: Final = Plain("unknown", 404)
CHANGED: Final = Plain("changed", 409)


class Approvals:
    """The service's open addresses of one kind of link. Nobody's token is sent along."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def read(self, token: str) -> Approval:
        """Raises Instead where there is nothing to decide on."""
        asked = Call("workorder", LANE, "GET", f"/v1/approvals/{token}", JSON, SECONDS)
        answer = await ask(self._services, asked, DOWN)
        if answer.status != 200:
            raise Instead(_meaning(answer, otherwise=UNKNOWN, failed=DOWN))
        try:
            return Approval.model_validate_json(answer.body)
        except ValidationError as error:
            log.error("approval not understood", fields=[".".join(map(str, each["loc"])) for each in error.errors()])
            raise Instead(DOWN) from error

    async def decide(self, token: str, filled: Filled) -> None:
        """Raises Instead unless the decision is kept. Sent again with its key it counts once."""
        headers = [*JSON, ("content-type", "application/json"), ("idempotency-key", filled.key)]
        body = whole(orjson.dumps(filled.body()))
        target = f"/v1/approvals/{token}/decisions"
        answer = await ask(self._services, Call("workorder", LANE, "POST", target, headers, SECONDS, body), UNSURE)
        if answer.status >= 300:
            raise Instead(_meaning(answer, otherwise=CHANGED, failed=UNSURE))


async def ask(services: Services, call: Call, failed: Plain) -> Answer:
    try:
        with services.guarded(call):
            return await services.upstream.fetch(call)
    except (UpstreamFailed, Refused) as failure:
        raise Instead(failed) from failure


JSON: Final = [("accept", "application/json")]


async def whole(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _meaning(answer: Answer, *, otherwise: Plain, failed: Plain) -> Plain:
    if answer.status >= 500:
        return failed
    if answer.status == 404:
        return UNKNOWN
    name = _MEANINGS.get(_slug(answer.body))
    return otherwise if name is None else Plain(name, 409 if answer.status == 422 else answer.status)


def _slug(body: bytes) -> str:
    try:
        return str(orjson.loads(body)["type"]).rpartition(":")[2]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
