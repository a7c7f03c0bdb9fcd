"""The catalogue over HTTP."""

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText
from services.workorder.domain.catalogue.catalogue import OperationKind
from services.workorder.domain.catalogue.price_version import in_force
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import READERS, STOREROOM
from services.workorder.models import Operation
from services.workorder.repository.catalogue.catalogue import found_by, operations
from services.workorder.repository.catalogue.pricing import list_price
from services.workorder.schemas.catalogue.catalogue import OperationCreate, OperationRead, OperationUpdate, PriceRead
from services.workorder.service.catalogue import catalogue
from services.workorder.service.desk import Desk

router = Router(tags=["catalogue"])


def _read(desk: Desk, operation: Operation, response: Response | None = None) -> OperationRead:
    today = in_force(map(list_price, operation.prices), desk.today)
    return document(
        OperationRead, operation, response, prices=[document(PriceRead, price) for price in operation.prices],
        list_price=today and today.list_price, currency=desk.store.currency,
    )  # fmt: skip


@router.post("/v1/operations", status_code=201, dependencies=[allow(*STOREROOM)])
async def create_operation(body: OperationCreate, desk: CurrentDesk, response: Response) -> OperationRead:
    return _read(desk, await catalogue.create_operation(desk, body), response)


@router.get("/v1/operations", dependencies=[allow(*READERS)])
async def list_operations(
    desk: CurrentDesk, wish: PageOf, kind: OperationKind | None = None, search: QueryText | None = None
) -> Page[OperationRead]:
    """`search`: the beginning of a code, or a part of a name."""
    query = operations(desk.store_id, kind, None)
    query = query if search is None else query.where(found_by(search))
    return await page(desk, wish, query, [Operation.id], lambda row: _read(desk, row))


@router.get("/v1/operations/{code:path}", dependencies=[allow(*READERS)])
async def read_operation(code: str, desk: CurrentDesk, response: Response) -> OperationRead:
    return _read(desk, await catalogue.read_operation(desk, code), response)


@router.patch("/v1/operations/{code:path}", dependencies=[allow(*STOREROOM)])
async def change_operation(
    code: str, body: OperationUpdate, expected: IfMatch, desk: CurrentDesk, response: Response
) -> OperationRead:
    """An import that tells something else of it replaces name and hours again."""
    return _read(desk, await catalogue.change_operation(desk, code, expected, body), response)
