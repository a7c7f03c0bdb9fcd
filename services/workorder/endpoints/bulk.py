"""Bulk writes of other systems: one address per kind of row, one shape for all."""

from collections.abc import Awaitable, Callable

from chassis.auth import CurrentStore, allow
from chassis.http import Clock, CurrentSession, Router
from services.workorder.endpoints.roles import IMPORTERS
from services.workorder.schemas.bulk import BulkReport, BulkRequest
from services.workorder.service.bulk_resources import BULK_RESOURCES, BulkResource
from services.workorder.service.intake import take_in

router = Router(tags=["bulk"])


def _endpoint(resource: BulkResource) -> Callable[..., Awaitable[BulkReport]]:
    async def take_in_rows(body: BulkRequest, session: CurrentSession, store: CurrentStore, now: Clock) -> BulkReport:
        return await take_in(session, store, resource, body, now)

    return take_in_rows


for _name, _resource in BULK_RESOURCES.items():
    router.add_api_route(
        f"/v1/bulk/{_name}",
        _endpoint(_resource),
        methods=["POST"],
        name=f"import_{_name.replace('-', '_')}",
        summary=f"Create or update {_name.replace('-', ' ')} by their numbers, with an answer for every row",
        dependencies=[allow(*IMPORTERS)],
    )
