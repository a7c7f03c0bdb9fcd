"""Limits of discounts, and the shop's description, over HTTP."""

from uuid import UUID

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, Page, PageOf, QueryText, set_etag
from services.workorder.domain.money.discount import Limits
from services.workorder.endpoints.desk import CurrentDesk, document, page
from services.workorder.endpoints.roles import MANAGERS, READERS
from services.workorder.models import DiscountLimit
from services.workorder.repository.money import discounts as repository
from services.workorder.repository.money.settlements import shop_of
from services.workorder.schemas.money.settlements import (
    DiscountLimitCreate,
    DiscountLimitRead,
    DiscountLimitUpdate,
    LimitInForce,
    LimitsInForce,
    ShopRead,
    ShopUpdate,
)
from services.workorder.service.money import discounts, shops

router = Router(tags=["discount limits"])


def _read(limit: DiscountLimit, response: Response | None = None) -> DiscountLimitRead:
    return document(DiscountLimitRead, limit, response)


def _in_force(role: str, limits: Limits, limit: DiscountLimit | None) -> LimitInForce:
    return LimitInForce(
        role=role,
        id=limit and limit.id,
        labour_line=limits.labour.line,
        labour_order=limits.labour.order,
        parts_line=limits.parts.line,
        parts_order=limits.parts.order,
    )


@router.post("/v1/discount-limits", status_code=201, dependencies=[allow(*MANAGERS)])
async def set_discount_limit(body: DiscountLimitCreate, desk: CurrentDesk, response: Response) -> DiscountLimitRead:
    """Of a role, from a day on; at most one's own."""
    return _read(await discounts.set_limit(desk, body), response)


@router.get("/v1/discount-limits", dependencies=[allow(*READERS)])
async def list_discount_limits(
    desk: CurrentDesk, wish: PageOf, role: QueryText | None = None
) -> Page[DiscountLimitRead]:
    """What the store has set, the latest day first."""
    keys = [DiscountLimit.valid_from, DiscountLimit.id]
    return await page(desk, wish, repository.limits(desk.store_id, role), keys, _read)


@router.get("/v1/discount-limits/in-force", dependencies=[allow(*READERS)])
async def list_discount_limits_in_force(desk: CurrentDesk) -> LimitsInForce:
    """Today's, of every role that may give a discount; the best of a person's roles holds."""
    found = await discounts.limits_in_force(desk)
    return LimitsInForce(items=[_in_force(role, *each) for role, each in sorted(found.items())])


@router.get("/v1/discount-limits/{limit_id}", dependencies=[allow(*READERS)])
async def read_discount_limit(limit_id: UUID, desk: CurrentDesk, response: Response) -> DiscountLimitRead:
    return _read(await repository.limit_by_id(desk.session, desk.store_id, limit_id), response)


@router.patch("/v1/discount-limits/{limit_id}", dependencies=[allow(*MANAGERS)])
async def change_discount_limit(
    limit_id: UUID, body: DiscountLimitUpdate, expected: IfMatch, desk: CurrentDesk, response: Response
) -> DiscountLimitRead:
    return _read(await discounts.change_limit(desk, limit_id, expected, body), response)


@router.get("/v1/shop", dependencies=[allow(*READERS)])
async def read_shop(desk: CurrentDesk, response: Response) -> ShopRead:
    """What stands at the head of the store's documents; version 0 when nobody has described it yet."""
    shop = await shop_of(desk.session, desk.store_id)
    nothing = dict.fromkeys(("address", "phone", "licence_number", "tax_number"))
    found = document(ShopRead, shop) if shop else ShopRead(name=desk.store.code, version=0, **nothing)
    set_etag(response, found.version)
    return found


@router.patch("/v1/shop", dependencies=[allow(*MANAGERS)])
async def describe_shop(body: ShopUpdate, expected: IfMatch, desk: CurrentDesk, response: Response) -> ShopRead:
    return document(ShopRead, await shops.describe_shop(desk, expected, body), response)
