"""Prices by hand: a version begins from a day on, and one whose day has not come is withdrawn."""

from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError

from chassis.errors import Conflict
from chassis.representation import check_version, plain
from services.workorder.domain.catalogue.catalogue_entries import ModelHours
from services.workorder.domain.catalogue.menu import require_components
from services.workorder.domain.catalogue.price_version import require_not_past, require_withdrawable
from services.workorder.domain.catalogue.pricing import UnknownOperation
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.models import LabourRate, Menu, Operation, OperationHours, OperationPrice
from services.workorder.repository.catalogue import pricing as repository
from services.workorder.schemas.catalogue.price_versions import (
    LabourRateCreate,
    MenuCreate,
    OperationHoursCreate,
    OperationPriceCreate,
    VersionCreate,
)
from services.workorder.service.desk import Desk, given

Version = TypeVar("Version", LabourRate, Menu, OperationHours, OperationPrice)


async def add_labour_rate(desk: Desk, body: LabourRateCreate) -> LabourRate:
    return await _begin(desk, LabourRate(**_of(desk, body)))


async def add_operation_price(desk: Desk, body: OperationPriceCreate) -> OperationPrice:
    operation = await _operation(desk, body.operation)
    return await _begin(desk, OperationPrice(operation_id=operation.id, **_of(desk, body, "operation")))


async def add_operation_hours(desk: Desk, body: OperationHoursCreate) -> OperationHours:
    """The operation is locked: of two that would leave a choice, the second is refused."""
    operation = await _operation(desk, body.operation)
    hours = OperationHours(operation_id=operation.id, **_of(desk, body, "operation"))
    told = ModelHours(
        id=uuid4(), valid_from=hours.valid_from, made_by=hours.made_by, **given(body, "operation", "valid_from")
    )
    if any(told.contradict(repository.model_hours(each)) for each in operation.model_hours):
        raise Conflict("Other hours for the same cars begin on this day", slug="price-version-exists")
    return await _begin(desk, hours)


async def add_menu(desk: Desk, body: MenuCreate) -> Menu:
    codes = [component.operation for component in body.components]
    require_components(codes, await repository.known_codes(desk.session, desk.store_id, codes))
    components = [{"operation": each.operation, "quantity": plain(each.quantity)} for each in body.components]
    return await _begin(desk, Menu(components=components, **_of(desk, body, "components")))


async def withdraw(desk: Desk, model: type[Version], version_id: UUID, expected: int) -> Version:
    version = await repository.lock_version(desk.session, desk.store_id, model, version_id)
    check_version(version.version, expected)
    require_withdrawable(version.valid_from, desk.today, withdrawn=version.withdrawn_at is not None)
    version.withdrawn_at, version.withdrawn_by = desk.now, desk.person
    version.version += 1
    version.updated_at = desk.now
    await desk.session.flush()
    return version


async def _operation(desk: Desk, code: str) -> Operation:
    operation = await repository.lock_operation(desk.session, desk.store_id, code)
    if operation is None:
        raise UnknownOperation(f"The catalogue has no {code}").at("/operation")
    return operation


def _of(desk: Desk, body: VersionCreate, *without: str) -> dict[str, Any]:
    valid_from = body.valid_from or desk.today
    require_not_past(valid_from, desk.today)
    own = {"store_id": desk.store_id, "source": OWN_SOURCE, "made_by": desk.person, "valid_from": valid_from}
    return {**given(body, "valid_from", *without), **own}


async def _begin(desk: Desk, version: Version) -> Version:
    desk.session.add(version)
    try:
        await desk.session.flush()
    except IntegrityError as error:
        raise Conflict(f"Another one begins on {version.valid_from}", slug="price-version-exists") from error
    return version
