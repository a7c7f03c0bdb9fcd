"""The overviews over HTTP: plain routes, since they are the busiest of all."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.auth import Allowed, Principal, Store, authenticate
from chassis.errors import BadRequest, Forbidden, field_error, problem_response
from gateway.attendance import while_attended, wished_seconds
from gateway.overviews import Overviews
from gateway.routing import SERVICES, is_plain

Target = Callable[[Request, Principal], tuple[str, Principal]]
EVERYONE = Allowed(frozenset({"*"}))
BUDGET_MS = (50, 5000)
NOBODY_LEFT = 499
"""For logs and metrics only: the caller has hung up."""
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_LONGEST_NUMBER = 100


def overview_routes(overviews: Overviews, budget_ms: int) -> list[Route]:
    targets: dict[str, tuple[Target, frozenset[str]]] = {
        "/v1/overviews/customers/{number}": (_numbered("customers"), frozenset()),
        "/v1/overviews/repair-orders/{number}": (_numbered("repair-orders"), frozenset()),
        "/v1/overviews/employees/{number}": (_numbered("employees"), frozenset()),
        "/v1/overviews/stores/{store}": (_store_month, frozenset({"month"})),
    }
    return [_route(path, overviews, budget_ms, *target) for path, target in targets.items()]


def _route(path: str, overviews: Overviews, budget_ms: int, target: Target, own: frozenset[str]) -> Route:
    known = own | {"require", "budget_ms"}

    async def read(request: Request) -> Response:
        principal = authenticate(request)
        EVERYONE.check(principal)
        _check_parameters(request, known)
        required = _required(request)
        budget = _budget(request, budget_ms)
        budget = min(budget, wished_seconds(request, otherwise=budget))
        address, principal = target(request, principal)
        overview = await while_attended(request.receive, overviews.fetch(principal, address, budget))
        if overview is None:
            return Response(status_code=NOBODY_LEFT)
        completed = {"X-Completed": str(overview.completed).lower(), "Cache-Control": "private, no-cache"}
        if (refusal := overview.refusal(required)) is not None:
            refusal.headers.update(completed)
            return problem_response(refusal, request)
        headers = {**completed, "ETag": overview.etag(), "Vary": "Authorization, X-Store"}
        if _is_known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(overview.body(), media_type="application/json", headers=headers)

    route = Route(path, read, methods=["GET"], name=f"overview_of_{path.split('/')[3].replace('-', '_')}")
    route.allowed = EVERYONE  # type: ignore[attr-defined]
    return route


def _numbered(kind: str) -> Target:
    def target(request: Request, principal: Principal) -> tuple[str, Principal]:
        if principal.store is None:
            raise BadRequest("Name the store in the X-Store header", slug="store-required")
        number: str = request.path_params["number"]
        if len(number) > _LONGEST_NUMBER or not is_plain(number):
            raise BadRequest("That cannot be a number", errors=[field_error("/path/number", "number-invalid", number)])
        return f"/v1/overview-parts/{kind}/{quote(number, safe='')}", principal

    return target


def _store_month(request: Request, principal: Principal) -> tuple[str, Principal]:
    """The store is chosen by the path here; without a month it is the present one in the store's own zone."""
    store = _chosen_store(request.path_params["store"], principal)
    month = request.query_params.get("month") or datetime.now(UTC).astimezone(ZoneInfo(store.time_zone)).strftime(
        "%Y-%m"
    )
    if not _MONTH.fullmatch(month):
        raise BadRequest("A month is YYYY-MM", errors=[field_error("/query/month", "month-invalid", "YYYY-MM")])
    return f"/v1/overview-parts/stores/{month}", principal.at(store) if principal.store != store else principal


def _chosen_store(wanted: str, principal: Principal) -> Store:
    if wanted == "current":
        if principal.store is None:
            raise BadRequest("Name the store in the path or in the X-Store header", slug="store-required")
        return principal.store
    if principal.store is not None and wanted in {str(principal.store.id), principal.store.code}:
        return principal.store
    for store in principal.stores if principal.store is None else ():
        if wanted in {str(store.id), store.code}:
            return store
    raise Forbidden("The caller has no part in that store, or acts for another one now", slug="store-forbidden")


def _check_parameters(request: Request, known: frozenset[str]) -> None:
    if unknown := sorted(set(request.query_params) - known):
        raise BadRequest(
            f"Unknown query parameter {', '.join(unknown)}",
            errors=[field_error(f"/query/{name}", "unknown-parameter", "not known here") for name in unknown],
        )


def _required(request: Request) -> frozenset[str]:
    names = frozenset(name for value in request.query_params.getlist("require") for name in value.split(",") if name)
    if unknown := sorted(names - set(SERVICES)):
        raise BadRequest(
            f"There is no part {', '.join(unknown)}",
            errors=[field_error("/query/require", "part-unknown", f"one of {', '.join(SERVICES)}")],
        )
    return names


def _budget(request: Request, otherwise: int) -> float:
    """In seconds; a wish outside the bounds is brought within them."""
    wish = request.query_params.get("budget_ms", str(otherwise))
    if not wish.isascii() or not wish.isdigit() or len(wish) > 9:
        raise BadRequest("budget_ms is a number", errors=[field_error("/query/budget_ms", "number-invalid", wish[:20])])
    shortest, longest = BUDGET_MS
    return min(max(int(wish), shortest), longest) / 1000


def _is_known(request: Request, etag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or etag.removeprefix("W/") in {e.strip().removeprefix("W/") for e in known.split(",")}
