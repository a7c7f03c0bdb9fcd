"""A form that may not have arrived, to be sent again as it was: with the same key it counts once, however often."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.calls import Plain
from gateway.pages.rendering import page, wished_language


def to_be_sent_again(request: Request, plain: Plain, fields: Sequence[tuple[str, str]]) -> Response:
    return page(
        "plain.html", wished_language(request), status=plain.status, headers={"Retry-After": str(plain.retry_after)},
        here=request.url.path, name=plain.name, again=False, fields=fields,
    )  # fmt: skip
