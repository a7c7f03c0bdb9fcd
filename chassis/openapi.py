"""The published contract of a process: FastAPI's document, hot reads, who may call, and every problem it answers."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "trace_id"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:aftermile:problem:not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "trace_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {key: {"type": "string"} for key in ("pointer", "code", "detail")},
            },
        },
    },
}
_KEY = {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 200}}
_MEANINGS = {
    "400": "the request cannot be understood, or has a parameter that is not known",
    "401": "no valid token",
    "403": "the caller's roles or stores do not allow it",
    "404": "no such thing in this store",
    "409": "does not fit the present state, or the first request with this key still runs",
    "410": "the cursor no longer holds",
    "412": "the thing has changed since it was read",
    "413": "the body is too large",
    "422": "a field is wrong, or the idempotency key was used for another body",
    "428": "If-Match is missing",
    "503": "not available at the moment",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document; made once, since routes do not change while a process runs."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        roles = _declared_roles(app)
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                _complete(path, method, operation, roles.get((path, method), ()))
        for read in app.state.parts.hot_reads:
            document["paths"][read.path] = {"get": _hot(read.path, read)}
        components = document.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = _PROBLEM
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        document["paths"] = dict(sorted(document["paths"].items()))
        app.openapi_schema = document
    return app.openapi_schema


def _declared_roles(app: FastAPI) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for path, route in api_routes(app):
        allowed = next((d.call for d in route.dependant.dependencies if hasattr(d.call, "roles")), None)
        for method in route.methods or ():
            found[path, method.lower()] = tuple(sorted(getattr(allowed, "roles", ())))
    return found


def api_routes(app: FastAPI) -> list[tuple[str, APIRoute]]:
    """Every route that FastAPI serves, with its full path."""
    contexts = iter_route_contexts(app.routes)
    return [(c.path or "", c.original_route) for c in contexts if isinstance(c.original_route, APIRoute)]


def _hot(path: str, read: Any) -> dict[str, Any]:  # noqa: ANN401 - a HotRead, which lives above this module
    operation: dict[str, Any] = {
        "operationId": read.name,
        "summary": read.summary,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)}", path)
        ],
        "responses": {"200": {"description": "found", "content": {"application/json": {"schema": dict(read.schema)}}}},
    }
    _complete(path, "get", operation, tuple(sorted(read.roles)))
    return operation


def _complete(path: str, method: str, operation: dict[str, Any], roles: tuple[str, ...]) -> None:
    statuses = {"400", "503"}
    if roles:
        statuses |= {"401", "403"}
        operation["security"] = [{"token": []}]
        operation["x-roles"] = list(roles)
    if "{" in path:
        statuses.add("404")
    headers = {p["name"].lower() for p in operation.get("parameters", ()) if p["in"] == "header"}
    if "if-match" in headers:
        statuses |= {"412", "428"}
    if "requestBody" in operation:
        statuses |= {"413", "422"}
    if method == "post":
        statuses.add("409")
        operation.setdefault("parameters", []).append(_KEY)
    if "cursor" in {p["name"] for p in operation.get("parameters", ())}:
        statuses.add("410")
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted(statuses):
        operation["responses"][status] = {"description": _MEANINGS[status], "content": problem}
