"""The published contract of the gateway's plain routes. What is passed on is in the contract of its service."""

from typing import Any

from fastapi import FastAPI

from chassis.openapi import describe
from gateway.overview_routes import BUDGET_MS
from gateway.routing import CHANGES_ROLES, SERVICES
from gateway.thread_contract import EXAMPLE, THREAD
from gateway.threads import KINDS

_PROBLEMS = {
    "400": "the request cannot be understood, or has a parameter that is not known",
    "401": "no valid token",
    "403": "the caller's roles or stores do not allow it",
    "503": "not available at the moment",
}
_UNKNOWN = {"404": "no service knows it"}
_PART: dict[str, Any] = {
    "type": "object",
    "required": ["status", "as_of", "data"],
    "properties": {
        "status": {"enum": ["ok", "stale", "unavailable", "forbidden", "not_found"]},
        "as_of": {"type": ["string", "null"], "format": "date-time"},
        "data": {"type": ["object", "null"], "description": "as the service's own contract describes it"},
        "problem": {"$ref": "#/components/schemas/Problem"},
    },
}
_OVERVIEW: dict[str, Any] = {"type": "object", "required": list(SERVICES), "properties": dict.fromkeys(SERVICES, _PART)}
_SUMMARIES = {
    "customers": ("read_customer_overview", "What the four services know of a customer"),
    "repair-orders": ("read_repair_order_overview", "What the four services know of a repair order"),
    "employees": ("read_employee_overview", "What the four services know of an employee"),
    "stores": ("read_store_overview", "A month of a store; `current` is the one the caller acts for"),
}


def document(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document of the ordinary routes with the plain ones beside them."""
    if app.openapi_schema is None:
        found = describe(app)
        for kind, (name, summary) in _SUMMARIES.items():
            key = "store" if kind == "stores" else "number"
            found["paths"][f"/v1/overviews/{kind}/{{{key}}}"] = {"get": _overview(kind, name, summary)}
        found["paths"]["/v1/threads/{id}"] = {"get": _thread()}
        for service in SERVICES:
            found["paths"][f"/v1/changes/{service}"] = {"get": _changes(service)}
        found["paths"] = dict(sorted(found["paths"].items()))
    return app.openapi_schema or {}


def _overview(kind: str, name: str, summary: str) -> dict[str, Any]:
    month = _query("month", {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}, "the present one by default")
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["overviews"],
        "x-roles": ["*"],
        "security": [{"token": []}],
        "parameters": [
            _key("store" if kind == "stores" else "number"),
            *([month] if kind == "stores" else []),
            *_wishes("customer,payroll"),
        ],
        "responses": {
            **_parts("one part of each service, each with its state", {"schema": _OVERVIEW}),
            **_problems({**_PROBLEMS, **_UNKNOWN}),
        },
    }


def _thread() -> dict[str, Any]:
    return {
        "operationId": "read_thread",
        "summary": "What lies before and after a thing, from the item of an inspection to the line of pay",
        "description": (
            "By the id of any node of it, or by the number of an upsell or an order (slashes as they are, or %2F). "
            "Work that was declined is tied to its order and leads to none of its money. A payment is for its whole "
            "order. `share` is a fact's exact part of what a step counted, not of anybody's pay."
        ),
        "tags": ["threads"],
        "x-roles": ["*"],
        "security": [{"token": []}],
        "parameters": [
            _key("id"),
            _query("kind", {"enum": list(KINDS)}, "what the id is, where it means several things"),
            _query("order", {"type": "string"}, "only through this order: a line of pay may rest on more"),
            *_wishes("workorder,payroll"),
        ],
        "responses": {
            **_parts("nodes and edges in the order of the walk", {"schema": THREAD, "example": EXAMPLE}),
            **_problems({**_PROBLEMS, **_UNKNOWN, "409": "it means several things, named in `kinds`"}),
        },
    }


def _key(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 100}}


def _wishes(example: str) -> list[dict[str, Any]]:
    shortest, longest = BUDGET_MS
    return [
        _query("require", {"type": "string", "examples": [example]}, "parts that must be there"),
        _query("budget_ms", {"type": "integer", "minimum": shortest, "maximum": longest},
               "how long to wait for the services"),
        {"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}},
    ]  # fmt: skip


def _parts(description: str, content: dict[str, Any]) -> dict[str, Any]:
    completed = {"schema": {"type": "string", "enum": ["true", "false"]}}
    return {
        "200": {
            "description": description,
            "headers": {"X-Completed": completed, "ETag": {"schema": {"type": "string"}}},
            "content": {"application/json": content},
        },
        "304": {"description": "nothing has changed"},
    }


def _changes(service: str) -> dict[str, Any]:
    integer, number, string = ({"type": kind} for kind in ("integer", "number", "string"))
    return {
        "operationId": f"read_changes_of_{service}",
        "summary": f"The change feed of the {service} service, of the caller's stores only",
        "tags": ["feed"],
        "x-roles": sorted(CHANGES_ROLES[service]),
        "security": [{"token": []}],
        "parameters": [
            _query("after", string, "Feed-Cursor of the page before"),
            _query("wait", number, "seconds to wait for news, at most 60"),
            _query("limit", integer, "at most 1000"),
            _query("types", {"type": "array", "items": string}, "only these event types"),
        ],
        "responses": {
            "200": {
                "description": "CloudEvents 1.0, oldest first",
                "headers": {"Feed-Cursor": {"schema": string}, "Feed-Complete": {"schema": string}},
                "content": {"application/cloudevents-batch+json": {"schema": {"type": "array"}}},
            },
            **_problems({**_PROBLEMS, "410": "the cursor no longer holds"}),
        },
    }


def _query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _problems(meanings: dict[str, str]) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": meaning, "content": content} for status, meaning in sorted(meanings.items())}
