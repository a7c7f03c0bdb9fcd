"""Payroll's parts of the overviews: read in one statement each, and no more of pay than the caller may see."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.auth import Allowed, Principal, authenticate, current_store
from chassis.database import Database
from chassis.errors import Forbidden, NotFound
from chassis.http import HotRead, refuse_parameters, remaining_seconds
from services.payroll.endpoints.access import PAY_ROLES, STAFF, check_sees, pay_seen_by, sees_all_pay
from services.payroll.repository.runs import overviews


@dataclass(frozen=True)
class PayRead(HotRead):
    """A hot read whose SELECT is told who asks. With `own` the key is an employee, and only he or the pay roles ask.

    With `of_pay` it is for those who see any pay at all: the store's or their own.
    """

    own: bool = False
    of_pay: bool = False

    def route(self) -> Route:
        allowed = Allowed(frozenset(self.roles))

        async def read(request: Request) -> Response:
            principal = authenticate(request)
            request.state.principal = principal
            allowed.check(principal)
            return await self._answer(request, principal)

        route = Route(self.path, read, methods=["GET"], name=self.name)
        route.allowed = allowed  # type: ignore[attr-defined]
        return route

    async def _answer(self, request: Request, principal: Principal) -> Response:
        refuse_parameters(request)
        if principal.kind == "customer":
            raise Forbidden("Pay is not shown to customers", slug="pay-not-yours")
        key = next(iter(request.path_params.values()))
        if self.own:
            check_sees(principal, key)
        if self.of_pay:
            pay_seen_by(principal)
        store = current_store(request)
        caller = (principal.employee, sees_all_pay(principal), store.time_zone)
        database: Database = request.app.state.database
        body = await database.fetch_json(self.sql, key, *caller, store=store.id, seconds=remaining_seconds(request))
        if body is None:
            raise NotFound
        return Response(body, media_type="application/json")


def _object(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": {name: {"type": kind} for name, kind in properties.items()}}


OVERVIEW_PARTS: tuple[HotRead, ...] = (
    PayRead(
        "/v1/overview-parts/customers/{number}", "read_customer_part", STAFF, overviews.CUSTOMER,
        "What the orders of a customer, merged ones included, gave to pay: facts by kind",
        _object(number="string", numbers="array", orders="integer", facts="array", as_of="string"),
    ),
    PayRead(
        "/v1/overview-parts/repair-orders/{number}", "read_repair_order_part", STAFF, overviews.REPAIR_ORDER,
        "The facts of an order, the months they counted in, and the pay lines that rest on them",
        _object(number="string", waiting="boolean", facts="array", pay_lines="array", as_of="string"),
    ),
    PayRead(
        "/v1/overview-parts/employees/{number}", "read_employee_part", STAFF, overviews.EMPLOYEE,
        "An employee's terms now, and his pay of the last twelve months by the latest run of each",
        _object(number="string", name="string", terms="object", months="array", as_of="string"), own=True,
    ),
    PayRead(
        "/v1/overview-parts/stores/{month}", "read_store_part", PAY_ROLES, overviews.STORE,
        "The latest run of a month: total, hash and pools",
        _object(month="string", run="string", total="string", hash="string", pools="array", as_of="string"),
    ),
)  # fmt: skip
