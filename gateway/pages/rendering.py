"""Templates and the stylesheet, and the headers every page goes out with."""

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.texts import LANGUAGES, Language, language_of, text

_HERE: Final = Path(__file__).parent
_STYLE: Final = (_HERE / "style.css").read_bytes()
_STYLE_NAME: Final = f"pages.{hashlib.sha256(_STYLE).hexdigest()[:16]}.css"
STYLE_FOLDER: Final = "/pages"

_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Vary": "Accept-Language",
}
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, auto_reload=False,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def wished_language(request: Request) -> Language:
    """What the page's own switch says, else what the browser prefers."""
    wished = request.query_params.get("lang")
    return next((each for each in LANGUAGES if each == wished), language_of(request.headers.get("accept-language")))


def page(
    template: str, language: Language, *, status: int = 200, headers: Mapping[str, str] | None = None,
    **values: Any,  # noqa: ANN401 - whatever the template names
) -> Response:  # fmt: skip
    """`here` among the values is the page's own path: the language switch leads back to it."""
    html = _TEMPLATES.get_template(template).render(
        **values, language=language, other="en" if language == "zh" else "zh", t=partial(text, language),
        style=f"{STYLE_FOLDER}/{_STYLE_NAME}",
    )  # fmt: skip
    return Response(html, status, {**_HEADERS, **(headers or {})}, "text/html")


def see_other(address: str) -> Response:
    return Response(status_code=303, headers={**_HEADERS, "Location": address})


async def stylesheet(request: Request) -> Response:
    """Kept for ever under the name of its content; a name of another release gets today's, and is not kept."""
    current = request.path_params["name"] == _STYLE_NAME
    kept = "public, max-age=31536000, immutable" if current else "no-store"
    return Response(_STYLE, headers={"Cache-Control": kept}, media_type="text/css")
