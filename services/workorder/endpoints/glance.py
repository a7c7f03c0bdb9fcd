"""What reads at a glance share: one SELECT builds the JSON of the whole answer, which is sent as it comes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from chassis.auth import CurrentStore, Store
from chassis.database import Database
from chassis.http import AuthenticatedRoute, Clock, remaining_seconds


class GlanceRouter(APIRouter):
    """Routes with parameters of their own that need no transaction."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - whatever APIRouter takes
        super().__init__(
            route_class=AuthenticatedRoute, generate_unique_id_function=lambda route: route.name, **options
        )


@dataclass(frozen=True)
class Glance:
    store: Store
    now: datetime
    database: Database
    seconds: float

    async def at(self, select: str, *parameters: object) -> Response:
        found = await self.database.fetch_json(select, *parameters, store=self.store.id, seconds=self.seconds)
        return Response(found, media_type="application/json")


async def _glance(request: Request, store: CurrentStore, now: Clock) -> Glance:
    return Glance(store, now, request.app.state.database, remaining_seconds(request))


CurrentGlance = Annotated[Glance, Depends(_glance)]
