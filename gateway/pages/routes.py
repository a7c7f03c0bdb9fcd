"""The addresses of the pages, plain routes beside the API: a quote to decide on, pay to read, the stylesheet."""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.auth import Allowed
from chassis.database import Database
from chassis.errors import TooLarge, TooMany
from gateway.calling import Services
from gateway.pages.approval import ApprovalPage
from gateway.pages.calls import DOWN, Approvals, Instead, Plain
from gateway.pages.form import FormBroken
from gateway.pages.rendering import STYLE_FOLDER, page, stylesheet, wished_language
from gateway.pages.statement import StatementPage
from gateway.strangers import Strangers

log = structlog.get_logger(__name__)
Endpoint = Callable[[Request], Awaitable[Response]]
_AGAIN: Final = frozenset({"changed", "down", "sending", "busy", "strange", "pay-down", "pay-changed"})
ANYONE: Final = Allowed(frozenset())


def page_routes(services: Services, database: Database, strangers: Strangers) -> list[Route]:
    approval = ApprovalPage(Approvals(services), database)
    statement = StatementPage(services, database)
    routes = [
        Route("/s/{token}", _for_people(statement.show, strangers), methods=["GET"], name="show_statement"),
        Route("/s/{token}", _for_people(statement.ask, strangers), methods=["POST"], name="ask_about_statement"),
        Route("/a/{token}", _for_people(approval.show, strangers), methods=["GET"], name="show_approval"),
        Route("/a/{token}", _for_people(approval.decide, strangers), methods=["POST"], name="decide_approval"),
        Route(f"{STYLE_FOLDER}/{{name}}", stylesheet, methods=["GET"], name="read_stylesheet"),
    ]
    for route in routes:
        route.allowed = ANYONE  # type: ignore[attr-defined]
    return routes


def _for_people(endpoint: Endpoint, strangers: Strangers) -> Endpoint:
    """Whatever happens a person gets a page to read; the address, which is a secret, goes into no log."""

    async def answer(request: Request) -> Response:
        try:
            await strangers.admit(request)
            return await endpoint(request)
        except Instead as instead:
            return told(request, instead.plain)
        except TooMany as refused:
            return told(request, Plain("busy", 429, int(refused.headers["Retry-After"])))
        except (FormBroken, TooLarge, ClientDisconnect) as broken:
            return told(request, Plain("strange", 413 if isinstance(broken, TooLarge) else 400))
        except (DBAPIError, OSError) as error:
            log.warning("page not served", page=endpoint.__name__, error=type(error).__name__)
            return told(request, DOWN)
        except Exception:
            log.exception("page failed", page=endpoint.__name__)
            return told(request, Plain("broken", 500))

    return answer


def told(request: Request, plain: Plain) -> Response:
    headers = {"Retry-After": str(plain.retry_after)} if plain.retry_after else {}
    return page(
        "plain.html", wished_language(request), status=plain.status, headers=headers, here=request.url.path,
        name=plain.name, again=plain.name in _AGAIN, fields=(),
    )  # fmt: skip
