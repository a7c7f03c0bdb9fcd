"""Routes whose bodies hold a password or a secret: nothing of them is kept for replays."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.database import Database
from chassis.http import AuthenticatedRoute, Handler


class SecretRoute(AuthenticatedRoute):
    """One request, one transaction, but no idempotency key.

    A kept answer would hold the secret, and a kept fingerprint of the body would let a stolen table be searched for
    passwords. The unique name of what is made keeps a repetition from making it twice.
    """

    async def run(self, request: Request, handler: Handler) -> Response:
        database: Database = request.app.state.database
        async with database.transaction() as session:
            request.state.session = session
            return await handler(request)


class SecretRouter(APIRouter):
    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - whatever APIRouter takes
        super().__init__(route_class=SecretRoute, **options)
