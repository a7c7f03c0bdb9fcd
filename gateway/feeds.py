"""How far every service has read the feeds of the others, in one answer."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request

from chassis.auth import CurrentPrincipal, Principal, allow
from chassis.http import AuthenticatedRoute
from chassis.representation import ResponseBody
from gateway.calling import Services
from gateway.resilience import Refused
from gateway.routing import SERVICES
from gateway.upstream import Call, UpstreamFailed

_SECONDS = 3.0


class FeedPosition(ResponseBody):
    """`caught_up`: nothing of the source is left to read. `caught_up_at` is when that was last known for certain."""

    consumer: str
    source: str
    caught_up: bool
    events: int
    moved_at: datetime | None
    caught_up_at: datetime | None
    stopped_by: str | None


class FeedPositions(ResponseBody):
    """`caught_up` is true when every service answered and none has anything left to read."""

    caught_up: bool
    unavailable: list[str]
    positions: list[FeedPosition]


def merged(answers: dict[str, dict[str, Any] | None]) -> FeedPositions:
    """Puts each consumer's cursor beside the head of the feed it reads. `None` is a service that did not answer."""
    heads = {name: answer["head"] for name, answer in answers.items() if answer is not None}
    positions = [
        FeedPosition(
            consumer=consumer,
            source=at["source"],
            caught_up=at["source"] in heads and at["cursor"] == heads[at["source"]],
            **{key: at[key] for key in ("events", "moved_at", "caught_up_at", "stopped_by")},
        )
        for consumer, answer in answers.items()
        if answer is not None
        for at in answer["positions"]
    ]
    unavailable = sorted(name for name, answer in answers.items() if answer is None)
    caught_up = not unavailable and all(position.caught_up for position in positions)
    return FeedPositions(caught_up=caught_up, unavailable=unavailable, positions=positions)


router = APIRouter(tags=["feed"], route_class=AuthenticatedRoute)


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


@router.get("/v1/feeds", operation_id="read_feeds", dependencies=[allow("*")])
async def read_feeds(caller: CurrentPrincipal, services: Annotated[Services, Depends(_services)]) -> FeedPositions:
    """Facts that services have told are known everywhere as soon as `caught_up` is true."""
    answers = await asyncio.gather(*(_positions(services, caller, name) for name in SERVICES))
    return merged(dict(zip(SERVICES, answers, strict=True)))


async def _positions(services: Services, caller: Principal, service: str) -> dict[str, Any] | None:
    headers = services.authorization(caller, service)
    call = Call(service, "feeds", "GET", "/v1/feed-positions", headers, _SECONDS)
    try:
        with services.guarded(call):
            answer = await services.upstream.fetch(call)
    except (UpstreamFailed, Refused):
        return None
    found: dict[str, Any] | None = orjson.loads(answer.body) if answer.status == 200 else None
    return found
