"""What a thread looks like: the schema of the document, and a short example."""

from typing import Any

from gateway.threads import KINDS, PARTS

_TEXT: dict[str, Any] = {"type": "string"}
_LABEL: dict[str, Any] = {"type": "object", "required": ["zh", "en"], "properties": {"zh": _TEXT, "en": _TEXT}}
_STATE: dict[str, Any] = {
    "type": "object",
    "required": ["status", "as_of"],
    "properties": {
        "status": {"enum": ["ok", "stale", "unavailable", "forbidden", "not_found"]},
        "as_of": {"type": ["string", "null"], "format": "date-time"},
        "problem": {"$ref": "#/components/schemas/Problem"},
    },
}
_NODE: dict[str, Any] = {
    "type": "object",
    "required": ["key", "kind", "id", "label", "href", "data", "service"],
    "properties": {
        "key": _TEXT,
        "kind": {"enum": [*(kind for kind in KINDS if kind != "quote"), "quote_item", "step"]},
        "id": _TEXT,
        "label": _LABEL,
        "href": {"type": "string", "description": "at the gateway"},
        "data": {"type": "object", "description": "what is null is left out"},
        "service": {"enum": list(PARTS)},
    },
}
_EDGE: dict[str, Any] = {
    "type": "object",
    "required": ["kind", "from", "to"],
    "properties": {
        **dict.fromkeys(("kind", "from", "to"), _TEXT),
        "data": {
            "type": "object",
            "description": "of `counted`: the selection of the step, the version, and the part of what was counted",
            "properties": {
                "selection": {"type": "integer"},
                "version": {"type": "integer"},
                **dict.fromkeys(("part", "of", "share"), _TEXT),
            },
        },
    },
}
_LIST = {"type": "array", "items": _TEXT}
THREAD: dict[str, Any] = {
    "type": "object",
    "required": ["anchor", "currency", "nodes", "edges", "kinds", "truncated", "parts"],
    "properties": {
        "anchor": {"type": "object", "properties": {"kind": {"enum": list(KINDS)}, "keys": _LIST, "orders": _LIST}},
        "currency": _TEXT,
        "nodes": {"type": "array", "items": _NODE},
        "edges": {"type": "array", "items": _EDGE},
        "kinds": {"type": "object", "additionalProperties": _LABEL, "description": "what each kind of edge means"},
        "truncated": {"type": "boolean"},
        "parts": {"type": "object", "properties": dict.fromkeys(PARTS, _STATE)},
    },
}
_OK = {"status": "ok", "as_of": "2026-10-02T01:20:00.000+00:00"}
EXAMPLE: dict[str, Any] = {
    "anchor": {
        "kind": "payment",
        "keys": ["payment:0199a2c1-6f51-7902-9b8c-ff358659490c"],
        "orders": ["W260900001"],
    },
    "currency": "CNY",
    "nodes": [
        {
            "key": "order:W260900001", "kind": "order", "id": "W260900001", "service": "workorder",
            "label": {"zh": "工单 W260900001", "en": "Repair order W260900001"},
            "href": "/v1/repair-orders/0199a2c0-6adf-70c7-b00e-67eece519150",
            "data": {"state": "closed", "advisor": "SA01", "settled_on": "2026-09-04"},
        },
        {
            "key": "payment:0199a2c1-6f51-7902-9b8c-ff358659490c", "kind": "payment",
            "id": "0199a2c1-6f51-7902-9b8c-ff358659490c", "service": "workorder",
            "label": {"zh": "收款 600.00", "en": "Payment 600.00"}, "href": "/v1/payments?order=W260900001",
            "data": {"order_number": "W260900001", "paid_on": "2026-09-04", "amount": "600.00", "method": "wechat"},
        },
    ],
    "edges": [
        {"kind": "paid_by", "from": "order:W260900001", "to": "payment:0199a2c1-6f51-7902-9b8c-ff358659490c"},
    ],
    "kinds": {"paid_by": {"zh": "收款针对整张工单", "en": "is paid by; a payment is for the whole order"}},
    "truncated": False,
    "parts": {"workorder": _OK, "survey": _OK, "payroll": {**_OK, "status": "forbidden"}},
}  # fmt: skip
