"""Batches on their way to the services over HTTP, with the caller's rights exchanged for the service at hand."""

from collections.abc import AsyncIterator
from typing import Any

import orjson

from chassis.auth import Principal
from gateway.calling import Services
from gateway.dms.resources import RESOURCES
from gateway.imports.bulk import BatchRefused, ServiceUnavailable
from gateway.resilience import Refused
from gateway.upstream import Answer, Call, UpstreamFailed

_SECONDS = 30.0
_TRY_AGAIN = frozenset({408, 409, 425, 429})
"""409 is the same batch still being worked on, or another writer at the same moment: both pass."""


class HttpBulk:
    """Imports have a lane of their own, so that a long one keeps nobody waiting."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def send(self, caller: Principal, resource: str, key: str, body: bytes) -> bytes:
        service = RESOURCES[resource].service
        headers = [
            *self._services.authorization(caller, service),
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("idempotency-key", key),
        ]
        call = Call(
            service=service,
            lane="imports",
            method="POST",
            target=f"/v1/bulk/{resource}",
            headers=headers,
            seconds=_SECONDS,
            body=_whole(body),
        )
        try:
            answer = await self._services.upstream.fetch(call)
        except (UpstreamFailed, Refused) as error:
            raise ServiceUnavailable(str(error)) from error
        if answer.status == 200:
            return answer.body
        said = f"{answer.status} {_detail(answer)}"
        if answer.status >= 500 or answer.status in _TRY_AGAIN:
            raise ServiceUnavailable(said)
        raise BatchRefused(said)


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _detail(answer: Answer) -> str:
    try:
        problem: Any = orjson.loads(answer.body)
        return str(problem.get("detail") or problem.get("title"))[:300]
    except (ValueError, AttributeError):
        return ""
