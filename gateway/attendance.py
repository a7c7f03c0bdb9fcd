"""How long a caller will wait, and whether he is still there: nothing is worked on for who has gone."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.types import Receive

from chassis.http import DEADLINE_HEADER

Result = TypeVar("Result")
MAX_SECONDS = 120.0


def wished_seconds(request: Request, otherwise: float) -> float:
    """What the caller says he will wait, within reason."""
    try:
        return min(max(int(request.headers.get(DEADLINE_HEADER, "")) / 1000, 0.001), MAX_SECONDS)
    except (ValueError, OverflowError):
        return otherwise


async def while_attended(receive: Receive, work: Coroutine[Any, Any, Result]) -> Result | None:
    """The result of the work; None when the caller hung up first, and then the work has been cancelled."""
    working = asyncio.create_task(work)
    watching = asyncio.create_task(_hung_up(receive))
    try:
        await asyncio.wait([working, watching], return_when=asyncio.FIRST_COMPLETED)
    finally:
        watching.cancel()
        if not working.done():
            working.cancel()
            await asyncio.wait([working])
    return None if working.cancelled() else working.result()


async def _hung_up(receive: Receive) -> None:
    with suppress(Exception):
        while (await receive())["type"] != "http.disconnect":
            pass
