"""One error format for every process: RFC 9457 problem documents with a stable slug."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from chassis.field_words import field_words

log = structlog.get_logger(__name__)

FieldError = Mapping[str, str]
Language = Literal["zh", "en"]


def field_error(pointer: str, code: str, detail: str) -> dict[str, str]:
    """One entry of `errors[]`: where (JSON pointer), what (stable code), and in words."""
    return {"pointer": pointer, "code": code, "detail": detail}


class Problem(Exception):  # noqa: N818 - it is what the reader of the answer meets
    """An error that may leave the process as it is; subclasses fix status, slug and title."""

    status = 500
    slug = "internal-error"
    title = "Something went wrong on our side"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        slug: str | None = None,
        **members: Any,  # noqa: ANN401 - extension members of the document are any JSON
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members = members
        if slug:
            self.slug = slug


class BadRequest(Problem):
    status, slug, title = 400, "bad-request", "The request cannot be understood"


class CutOff(BadRequest):
    slug, title = "request-cut-off", "The request ended before all of it had come"


class Unauthenticated(Problem):
    status, slug, title = 401, "unauthenticated", "A valid token is needed"


class Forbidden(Problem):
    status, slug, title = 403, "forbidden", "This caller may not do that"


class NotFound(Problem):
    status, slug, title = 404, "not-found", "There is no such thing here"


class Conflict(Problem):
    status, slug, title = 409, "conflict", "That does not fit the present state"


class Gone(Problem):
    status, slug, title = 410, "gone", "That no longer holds"


class PreconditionFailed(Problem):
    status, slug, title = 412, "version-stale", "The thing has changed since it was read"


class TooLarge(Problem):
    status, slug, title = 413, "too-large", "The body is larger than allowed"


class Invalid(Problem):
    status, slug, title = 422, "invalid", "Some of the fields are wrong"


class PreconditionRequired(Problem):
    status, slug, title = 428, "version-required", "Say in If-Match which version this change is for"


class TooMany(Problem):
    status, slug, title = 429, "too-many-requests", "Too many requests"


class Unavailable(Problem):
    status, slug, title = 503, "unavailable", "Not available at the moment"


CHINESE_TITLES: Mapping[str, str] = {
    "bad-request": "请求无法理解",
    "concurrent-change": "同时有人更改了同一内容,请重试",
    "conflict": "与当前状态不符",
    "cursor-gone": "分页游标已失效,请从头开始",
    "feed-epoch-ended": "数据流已从备份恢复,请从头开始",
    "forbidden": "您无权进行此操作",
    "gone": "已不再有效",
    "idempotency-in-flight": "使用此幂等键的第一个请求仍在处理",
    "idempotency-key-invalid": "幂等键应为 1 至 200 个字符",
    "idempotency-key-reused": "此幂等键已用于另一个请求",
    "internal-error": "系统内部出错",
    "invalid": "部分字段有误",
    "not-found": "没有找到",
    "request-cut-off": "请求没有传完就断开了",
    "printer-busy": "同时打印的单据过多,请稍后再试",
    "role-missing": "您的角色无权进行此操作",
    "store-forbidden": "您不属于该门店",
    "store-required": "请用 X-Store 指明门店",
    "text-not-storable": "文字中有无法保存的字符",
    "timed-out": "处理超时,请稍后再试",
    "token-audience": "令牌不是发给本服务的",
    "token-expired": "令牌已过期",
    "token-invalid": "令牌无效",
    "too-large": "内容超过允许的大小",
    "too-many-requests": "请求过于频繁",
    "unauthenticated": "需要有效的令牌",
    "unavailable": "暂时不可用",
    "version-required": "请用 If-Match 指明所改的版本",
    "version-stale": "内容在读取之后已被更改",
}


_chinese_titles = dict(CHINESE_TITLES)


def add_chinese_titles(titles: Mapping[str, str]) -> None:
    """A process's own slugs."""
    _chinese_titles.update(titles)


def language_of(accept_language: str | None) -> Language:
    """The better liked of the two by an Accept-Language header (RFC 9110); English when it names neither."""
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate((accept_language or "").split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            liking = float(weight) if weight else 1.0
        except ValueError:
            continue
        wishes.append((-liking, place, tag.strip().lower()[:2]))
    for liking, _, tag in sorted(wishes):
        if liking < 0 and tag in {"zh", "en"}:
            return "zh" if tag == "zh" else "en"
    return "en"


def _title(problem: Exception, status: int, language: Language) -> str:
    """A slug without a Chinese title of its own has that of its kind of problem."""
    english: str = getattr(problem, "title", HTTPStatus(status).phrase)
    if language == "en":
        return english
    kind = type(problem)
    slugs = [getattr(each, "slug", "") for each in (problem, kind) if getattr(each, "status", 0) == status]
    return next((_chinese_titles[slug] for slug in slugs if slug in _chinese_titles), english)


def problem_response(problem: Exception, request: Request) -> Response:
    """The document of a Problem, or of a domain refusal: any exception with status, slug and title.

    The title is in the reader's language; `detail` names the particulars, in the words of whoever refused.
    """
    status: int = getattr(problem, "status", 500)
    language = language_of(request.headers.get("accept-language"))
    title = _title(problem, status, language)
    detail = str(problem)
    document: dict[str, Any] = {
        "type": f"urn:aftermile:problem:{getattr(problem, 'slug', 'internal-error')}",
        "title": title,
        "status": status,
        "detail": title if detail == getattr(problem, "title", "") else detail,
        "instance": request.url.path,
        "trace_id": request.scope.get("trace_id", ""),
        **getattr(problem, "members", {}),
    }
    if errors := getattr(problem, "errors", ()):
        document["errors"] = [dict(error) for error in errors]
    return Response(
        orjson.dumps(document, default=str),
        status_code=status,
        media_type="application/problem+json",
        headers={**(getattr(problem, "headers", None) or {}), "Vary": "Accept-Language"},
    )


def _pointer(location: Sequence[str | int]) -> str:
    where, *path = location
    prefix = "" if where == "body" else f"/{where}"
    return prefix + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _place(error: Mapping[str, Any]) -> Sequence[str | int]:
    """Of a body that is no JSON nothing can be pointed at; the library names an offset in its stead."""
    location: Sequence[str | int] = error["loc"]
    return location[:1] if error["type"] == "json_invalid" else location


def _from_validation(error: RequestValidationError) -> Problem:
    errors = [field_error(_pointer(_place(e)), str(e["type"]), field_words(e)) for e in error.errors()[:100]]
    outside = all(e["loc"][0] in {"query", "path", "header"} for e in error.errors())
    kind = BadRequest if outside else Invalid
    return kind("; ".join(f"{e['pointer'] or '/'}: {e['detail']}" for e in errors[:5]), errors=errors)


_UNREADABLE = {
    "There was an error parsing the body": "正文无法读取 / the body cannot be read: nested too deep, or cut off"
}
"""What the framework says of a body by itself, for a reader."""


def _from_http(error: HTTPException) -> Problem:
    kinds = {kind.status: kind for kind in Problem.__subclasses__()}
    if error.status_code in kinds:
        problem = kinds[error.status_code](_UNREADABLE.get(error.detail, error.detail), headers=error.headers)
    else:
        problem = Problem(str(error.detail), headers=error.headers, slug=f"http-{error.status_code}")
        problem.status, problem.title = error.status_code, HTTPStatus(error.status_code).phrase
    return problem


def _from_database(error: Exception) -> Problem:
    state = getattr(getattr(error, "orig", error), "sqlstate", None) or ""
    if state in {"40001", "40P01", "55P03"}:
        return Conflict("Someone else changed the same thing at the same time; try again", slug="concurrent-change")
    if state in {"25P04", "57014"}:
        return Unavailable("The work took longer than allowed", headers={"Retry-After": "2"}, slug="timed-out")
    if state in {"22021", "22P05"}:
        return Invalid("The text holds a character that cannot be stored", slug="text-not-storable")
    if not state or state.startswith(("08", "57", "53")):
        return Unavailable("The database is not reachable", headers={"Retry-After": "2"})
    return Problem("The data could not be stored")


def _translated(error: Exception) -> Exception:
    translated: Exception = Problem("The fault has been logged under the trace id")
    match error:
        case RequestValidationError():
            translated = _from_validation(error)
        case HTTPException():
            translated = _from_http(error)
        case ClientDisconnect():
            translated = CutOff()
        case DBAPIError() | asyncpg.PostgresError() | asyncpg.InterfaceError():
            translated = _from_database(error)
        case PoolTimeout() | OSError():
            translated = Unavailable("The database is busy or not reachable", headers={"Retry-After": "2"})
        case _ if hasattr(error, "slug"):
            translated = error
    return translated


def _route(request: Request) -> str:
    """The address without what stands in its places: that may be a secret, and a log is read by many."""
    return getattr(request.scope.get("route"), "path", "unmatched")


async def answer_with_problem(request: Request, error: Exception) -> Response:
    """The one handler: every exception that leaves a route ends here."""
    problem = _translated(error)
    status = getattr(problem, "status", 500)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        log.warning("request not served", route=_route(request), error=type(error).__name__, why=str(error)[:300])
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request failed", route=_route(request), error=type(error).__name__, exc_info=error)
    return problem_response(problem, request)


def install_error_handling(app: FastAPI, refusals: Sequence[type[Exception]]) -> None:
    kinds: tuple[type[Exception], ...] = (
        Problem, RequestValidationError, HTTPException, DBAPIError, PoolTimeout, OSError,
        asyncpg.PostgresError, asyncpg.InterfaceError, *refusals,
    )  # fmt: skip
    for kind in kinds:
        app.add_exception_handler(kind, answer_with_problem)
