"""The overviews over HTTP: plain routes, since they are the busiest of all."""

import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.auth import Allowed, Principal, Store, authenticate
from chassis.errors import BadRequest, Forbidden, field_error, problem_response
from gateway.attendance import while_attended, wished_seconds
from gateway.overviews import Overview, Overviews
from gateway.routing import SERVICES, is_plain

Asked = Callable[[float], Coroutine[Any, Any, Overview]]
Target = Callable[[Request, Principal], Asked]
"""What a request asks for, still to be told how many seconds there are."""
EVERYONE = Allowed(frozenset({"*"}))
BUDGET_MS = (50, 5000)
NOBODY_LEFT = 499
"""For logs and metrics only: the caller has hung up."""
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_LONGEST_NUMBER = 100


def overview_routes(overviews: Overviews, budget_ms: int) -> list[Route]:
    targets: dict[str, tuple[Target, frozenset[str]]] = {
        "/v1/overviews/customers/{number}": (_numbered(overviews, "customers"), frozenset()),
        "/v1/overviews/repair-orders/{number}": (_numbered(overviews, "repair-orders"), frozenset()),
        "/v1/overviews/employees/{number}": (_numbered(overviews, "employees"), frozenset()),
        "/v1/overviews/stores/{store}": (_store_month(overviews), frozenset({"month"})),
    }
    return [
        answering(f"overview_of_{path.split('/')[3].replace('-', '_')}", path, target, Wishes(own, SERVICES, budget_ms))
        for path, (target, own) in targets.items()
    ]


@dataclass(frozen=True)
class Wishes:
    """What a caller may wish for: parameters of the address's own, parts to require, a budget other than this one."""

    own: frozenset[str]
    parts: Sequence[str]
    budget_ms: int


def answering(name: str, path: str, target: Target, wishes: Wishes) -> Route:
    """A route that answers with parts of services, each with its state."""
    known = wishes.own | {"require", "budget_ms"}

    async def read(request: Request) -> Response:
        principal = authenticate(request)
        EVERYONE.check(principal)
        _check_parameters(request, known)
        required = _required(request, wishes.parts)
        budget = _budget(request, wishes.budget_ms)
        budget = min(budget, wished_seconds(request, otherwise=budget))
        overview = await while_attended(request.receive, target(request, principal)(budget))
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

    route = Route(path, read, methods=["GET"], name=name)
    route.allowed = EVERYONE  # type: ignore[attr-defined]
    return route


def _numbered(overviews: Overviews, kind: str) -> Target:
    def target(request: Request, principal: Principal) -> Asked:
        require_store(principal)
        number = checked_number(request.path_params["number"], "/path/number")
        address = f"/v1/overview-parts/{kind}/{quote(number, safe='')}"
        return lambda budget: overviews.fetch(principal, address, SERVICES, budget)

    return target


def require_store(principal: Principal) -> Store:
    return principal.acting_for()


def checked_number(number: str, pointer: str) -> str:
    if len(number) > _LONGEST_NUMBER or not is_plain(number):
        raise BadRequest("That cannot be a number", errors=[field_error(pointer, "number-invalid", number)])
    return number


def _store_month(overviews: Overviews) -> Target:
    """The store is chosen by the path here; without a month it is the present one in the store's own zone."""

    def target(request: Request, principal: Principal) -> Asked:
        store = _chosen_store(request.path_params["store"], principal)
        present = datetime.now(UTC).astimezone(ZoneInfo(store.time_zone)).strftime("%Y-%m")
        month = request.query_params.get("month") or present
        if not _MONTH.fullmatch(month):
            raise BadRequest("A month is YYYY-MM", errors=[field_error("/query/month", "month-invalid", "YYYY-MM")])
        caller = principal.at(store) if principal.store != store else principal
        return lambda budget: overviews.fetch(caller, f"/v1/overview-parts/stores/{month}", SERVICES, budget)

    return target


def _chosen_store(wanted: str, principal: Principal) -> Store:
    if wanted == "current":
        return principal.acting_for()
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


def _required(request: Request, parts: Sequence[str]) -> frozenset[str]:
    names = frozenset(name for value in request.query_params.getlist("require") for name in value.split(",") if name)
    if unknown := sorted(names - set(parts)):
        raise BadRequest(
            f"There is no part {', '.join(unknown)}",
            errors=[field_error("/query/require", "part-unknown", f"one of {', '.join(parts)}")],
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
