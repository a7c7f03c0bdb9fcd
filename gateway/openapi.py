"""The published contract of the gateway's plain routes. What is passed on is in the contract of its service."""

from typing import Any

from fastapi import FastAPI

from chassis.openapi import describe
from gateway.overview_routes import BUDGET_MS
from gateway.routing import CHANGES_ROLES, SERVICES

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
            {"name": "store" if kind == "stores" else "number", "in": "path", "required": True,
             "schema": {"type": "string", "maxLength": 100}},
            *([month] if kind == "stores" else []),
            _query("require", {"type": "string", "examples": ["customer,payroll"]}, "parts that must be there"),
            _query("budget_ms", {"type": "integer", "minimum": BUDGET_MS[0], "maximum": BUDGET_MS[1]},
                   "how long to wait for the services"),
            {"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}},
        ],
        "responses": {
            "200": {
                "description": "one part of each service, each with its state",
                "headers": {"X-Completed": {"schema": {"type": "string", "enum": ["true", "false"]}},
                            "ETag": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": _OVERVIEW}},
            },
            "304": {"description": "nothing has changed"},
            **_problems({**_PROBLEMS, **_UNKNOWN}),
        },
    }  # fmt: skip


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
