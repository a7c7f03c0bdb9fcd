"""The shop as its documents name it; until it has told its name it is called by the store's code."""

from chassis.representation import check_version
from services.workorder.domain.source import OWN_SOURCE
from services.workorder.models import Shop
from services.workorder.repository.history import keep_former
from services.workorder.repository.money.settlements import shop_of
from services.workorder.schemas.money.settlements import ShopUpdate
from services.workorder.service.desk import Desk, given


async def describe_shop(desk: Desk, expected: int, body: ShopUpdate) -> Shop:
    """The first description is for version 0."""
    shop = await shop_of(desk.session, desk.store_id, lock=True)
    check_version(shop.version if shop else 0, expected)
    if shop is None:
        shop = Shop(store_id=desk.store_id, source=OWN_SOURCE, created_at=desk.now, version=0)
        desk.session.add(shop)
    else:
        await keep_former(desk.session, "shops", [shop.id])
    for name, value in given(body).items():
        setattr(shop, name, value)
    shop.version += 1
    shop.updated_at = desk.now
    await desk.session.flush()
    return shop
