"""A store's departments and accounts over HTTP."""

from sqlalchemy import select

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import Page, PageOf
from services.payroll.domain.payouts.ledger import SHIPPED_MAP, map_of
from services.payroll.endpoints.access import PAY_READERS, PAY_ROLES, CurrentCall
from services.payroll.endpoints.lists import page
from services.payroll.models import AccountMap
from services.payroll.repository.payouts import account_maps as queries
from services.payroll.schemas.payouts.account_maps import AccountMapCreate, AccountMapRead
from services.payroll.service.payouts import account_maps

router = Router(tags=["months"])


@router.post("/v1/account-maps", operation_id="create_account_map", status_code=201, dependencies=[allow(*PAY_ROLES)])
async def create_account_map(body: AccountMapCreate, call: CurrentCall) -> AccountMapRead:
    """From a day on, today without one: entries of a month are told by the map of its last day."""
    wanted = map_of(
        [each.department() for each in body.departments], [(each.post, each.department) for each in body.posts],
        body.other.account(), body.payable.account(),
    )  # fmt: skip
    return _read(await account_maps.set_map(call, body.valid_from or call.today, wanted))


@router.get("/v1/account-maps/current", operation_id="read_account_map", dependencies=[allow(*PAY_READERS)])
async def read_account_map(call: CurrentCall) -> AccountMapRead:
    """Today's; until the store has set one it is the shipped one."""
    row = await queries.map_on(call.session, call.today)
    if row is None:
        shipped = account_maps.told(SHIPPED_MAP)
        return AccountMapRead.model_validate({"valid_from": None, "set_by": None, "created_at": None, **shipped})
    return _read(row)


@router.get("/v1/account-maps", operation_id="list_account_maps", dependencies=[allow(*PAY_READERS)])
async def list_account_maps(call: CurrentCall, wish: PageOf) -> Page[AccountMapRead]:
    """Those that the store has set, the latest first."""
    return await page(call, wish, select(AccountMap), [AccountMap.valid_from], _read, descending=True)


def _read(row: AccountMap) -> AccountMapRead:
    names = ("valid_from", "departments", "posts", "other", "payable", "set_by", "created_at")
    return AccountMapRead.model_validate({name: getattr(row, name) for name in names})
