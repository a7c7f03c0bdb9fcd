"""Threads over HTTP."""

from starlette.requests import Request
from starlette.routing import Route

from chassis.auth import Principal
from chassis.errors import BadRequest, Forbidden, field_error
from gateway.overview_routes import Asked, Wishes, answering, checked_number, require_store
from gateway.overviews import Overviews
from gateway.threads import KINDS, PARTS, Threads, Wanted

_STRANGERS = frozenset({"customer", "service"})


def thread_route(overviews: Overviews, budget_ms: int) -> Route:
    threads = Threads(overviews)

    def target(request: Request, principal: Principal) -> Asked:
        if principal.kind in _STRANGERS:
            raise Forbidden("A thread is for the people of the store", slug="role-missing")
        store, wanted = require_store(principal), _wanted(request)
        return lambda budget: threads.fetch(principal, wanted, store.currency, budget)

    wishes = Wishes(frozenset({"kind", "order"}), PARTS, budget_ms)
    return answering("read_thread", "/v1/threads/{id:path}", target, wishes)


def _wanted(request: Request) -> Wanted:
    kind, order = request.query_params.get("kind"), request.query_params.get("order")
    if kind is not None and kind not in KINDS:
        known = ", ".join(KINDS)
        raise BadRequest(
            "There is no such kind", errors=[field_error("/query/kind", "kind-unknown", f"one of {known}")]
        )
    if order is not None:
        checked_number(order, "/query/order")
    return Wanted(checked_number(request.path_params["id"], "/path/id"), kind, order)
