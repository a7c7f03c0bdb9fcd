"""What a caller without a token may do: ask so often from one address, and send so much."""

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.types import Message, Receive

from chassis.database import Database
from chassis.errors import TooLarge, TooMany
from gateway.identity.domain import AttemptLimit, seconds_to_wait
from gateway.identity.repository import count_attempt

LANE = "open"
"""Calls for strangers have limits of their own, so that many of them do not keep staff waiting."""
ASKS = AttemptLimit(300, timedelta(minutes=15))
"""Generous, since a whole shop's guests, or a quarter of a city, may come from one address."""
LOOKING_LANE = "look"
LOOKS = AttemptLimit(6000, timedelta(minutes=15))
"""Of pictures a page shows dozens, and each has an address that was given out by us."""
MOST_BYTES = 256 * 1024


class Strangers:
    """Counts as logins are counted: in the database, hence over all replicas."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def admit(self, request: Request, *, looking: bool = False) -> None:
        """Raises TooMany with the seconds to wait."""
        limit, lane = (LOOKS, LOOKING_LANE) if looking else (ASKS, LANE)
        address = request.client.host if request.client else ""
        now = datetime.now(UTC)
        async with self._database.transaction() as session:
            asked = await count_attempt(session, f"{lane}:{address}", limit, now)
        if wait := seconds_to_wait(limit, asked.attempts, asked.window_began, now):
            raise TooMany("Too many requests from this address; wait", headers={"Retry-After": str(wait)})


def small(receive: Receive) -> Receive:
    """The request's body, refused where it grows too large for what a stranger may send."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BYTES:
            raise TooLarge(f"At most {MOST_BYTES} bytes")
        return message

    return counted
