"""The catalogue by hand: a new operation with its first price, and what is told of one."""

from sqlalchemy.exc import IntegrityError

from chassis.errors import Conflict, Invalid, NotFound, field_error
from chassis.representation import check_version
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.models import Operation, OperationPrice
from services.workorder.repository.catalogue import catalogue
from services.workorder.repository.history import keep_former
from services.workorder.schemas.catalogue.catalogue import OperationCreate, OperationUpdate
from services.workorder.service.desk import Desk, given


async def read_operation(desk: Desk, code: str) -> Operation:
    operation = await catalogue.operation_by_code(desk.session, desk.store_id, code)
    if operation is None:
        raise NotFound(f"The catalogue has no {code}")
    return operation


async def create_operation(desk: Desk, body: OperationCreate) -> Operation:
    values = given(body, "list_price", "valid_from")
    operation = Operation(store_id=desk.store_id, source=OWN_SOURCE, **values)
    desk.session.add(operation)
    try:
        await desk.session.flush()
    except IntegrityError as error:
        raise Conflict(f"The catalogue has {body.code} already", slug="code-taken") from error
    if body.list_price is not None:
        valid_from = body.valid_from or desk.today
        desk.session.add(
            OperationPrice(
                store_id=desk.store_id, source=OWN_SOURCE, made_by=desk.person, operation_id=operation.id,
                valid_from=valid_from, list_price=body.list_price,
            )
        )  # fmt: skip
        await desk.session.flush()
    return await read_operation(desk, body.code)


async def change_operation(desk: Desk, code: str, expected: int, body: OperationUpdate) -> Operation:
    operation = await read_operation(desk, code)
    await keep_former(desk.session, "operations", [operation.id])
    operation = await read_operation(desk, code)
    check_version(operation.version, expected)
    if body.accessory_installation and operation.kind != "labour":
        error = field_error("/accessory_installation", "labour-only", "只有工时项目可以 / of labour only")
        raise Invalid("Only labour installs accessories", errors=[error], slug="installation-not-labour")
    for name, value in given(body).items():
        if value is not None:
            setattr(operation, name, value)
    operation.version += 1
    operation.updated_at = desk.now
    await desk.session.flush()
    return operation
