"""Which service owns which resource: a table, and the rules of what is passed on between a caller and a service."""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

SERVICES: Final = ("customer", "workorder", "survey", "payroll")

_OWNED: Final[Mapping[str, tuple[str, ...]]] = {
    "customer": ("customers", "vehicles", "complaints", "merges", "likely-duplicates", "waiting-visits"),
    "workorder": (
        "repair-orders",
        "order-states",
        "repair-histories",
        "board",
        "order-figures",
        "operations",
        "labour-rates",
        "operation-hours",
        "operation-prices",
        "menus",
        "price",
        "price-list",
        "price-deviations",
        "upsells",
        "payments",
        "refunds",
        "refund-limits",
        "claims",
        "credit-terms",
        "receivables",
        "packages",
        "package-draws",
        "insurer-payments",
        "cash-reports",
        "reimbursements",
        "insurer-approvals",
        "accessory-sales",
        "consumables",
        "hours-deductions",
        "upsell-figures",
        "quotes",
        "discount-limits",
        "shop",
        "approval-links",
        "inspection-templates",
        "inspections",
        "findings",
        "related-work",
        "related-work-rules",
        "approvals",
        "check-rules",
        "inspection-patterns",
        "order-checks",
        "deferred-work",
        "deferred-work-figures",
        "files",
        "file-contents",
        "risk-policies",
        "risk-reviews",
        "risk-flags",
        "risk-figures",
    ),
    "survey": ("questionnaires", "questionnaire-templates", "responses", "scores", "waiting-responses"),
    "payroll": (
        "employees",
        "teams",
        "targets",
        "target-proposals",
        "review-scores",
        "measures",
        "plans",
        "plan-templates",
        "plan-parameters",
        "runs",
        "waiting-facts",
        "pay-months",
        "approval-chains",
        "account-maps",
        "adjustments",
        "pay-items",
        "attendance-days",
        "what-ifs",
        "statement-links",
        "questions",
        "question-clocks",
    ),
}
_BULK_ONLY: Final = {"repair-order-lines": "workorder"}

RESOURCES: Final[Mapping[str, str]] = {name: service for service, names in _OWNED.items() for name in names}
BULK_RESOURCES: Final[Mapping[str, str]] = {**RESOURCES, **_BULK_ONLY}

OPEN: Final = frozenset({"approvals", "file-contents", "statement-links"})
"""Asked for without a token: what stands in the address is the proof, and the service judges it."""
LOOKED_AT: Final = frozenset({"file-contents"})
"""Of the open ones those of which a page shows many: counted apart, so that pictures keep nobody from deciding."""

CHANGES_ROLES: Final[Mapping[str, frozenset[str]]] = {
    "customer": frozenset({"dms", "administrator", "auditor"}),
    "workorder": frozenset({"dms", "administrator", "auditor"}),
    "survey": frozenset({"dms", "administrator", "auditor"}),
    "payroll": frozenset({"administrator", "auditor"}),
}
"""Who outside may read whose feed; what people earn is nothing to another system."""

Headers = list[tuple[str, str]]

HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_NOT_SENT_ON: Final = frozenset(
    {"host", "authorization", "cookie", "x-store", "traceparent", "tracestate", "x-request-deadline", "expect",
     "forwarded", "accept-encoding"}
)  # fmt: skip
_NOT_SENT_BACK: Final = frozenset({"date", "server", "trace-id", "x-content-type-options", "set-cookie"})
_ADDRESSES: Final = frozenset({"location", "link", "content-location"})


def owner_of(path: str) -> tuple[str, str] | None:
    """(service, resource as a label) that a path under /v1/ belongs to; None when no service owns it."""
    before, _, resources = path.partition("/v1/")
    if before:
        return None
    rest = resources.split("/")
    if rest[0] == "bulk":
        resource = rest[1] if len(rest) == 2 else ""
        service = BULK_RESOURCES.get(resource)
        return (service, f"bulk/{resource}") if service else None
    service = RESOURCES.get(rest[0])
    return (service, rest[0]) if service else None


def is_plain(path: str) -> bool:
    """False for a decoded path that a URL parser would read as another one: dot segments, backslashes, controls."""
    segments = path.split("/")
    return "\\" not in path and "." not in segments and ".." not in segments and path.isprintable()


def request_headers(received: Iterable[tuple[bytes, bytes]]) -> Headers:
    """What of a caller's headers a service may see: nothing of this connection, and none of the caller's proofs."""
    decoded = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in received]
    dropped = HOP_BY_HOP | _NOT_SENT_ON | _named_by_connection(decoded)
    return [(name, value) for name, value in decoded if name not in dropped and not name.startswith("x-forwarded-")]


def response_headers(received: Iterable[tuple[str, str]], base: str) -> list[tuple[bytes, bytes]]:
    """What of a service's headers goes back; addresses of the service become addresses here."""
    lowered = [(name.lower(), value) for name, value in received]
    dropped = HOP_BY_HOP | _NOT_SENT_BACK | _named_by_connection(lowered)
    return [
        (name.encode("latin-1"), (_here(value, base) if name in _ADDRESSES else value).encode("latin-1"))
        for name, value in lowered
        if name not in dropped
    ]


def _named_by_connection(headers: Iterable[tuple[str, str]]) -> frozenset[str]:
    values = [value for name, value in headers if name == "connection"]
    return frozenset(token.strip().lower() for value in values for token in value.split(","))


def _here(value: str, base: str) -> str:
    """Addresses relative to the host are the same at the gateway, so the service's own origin is cut off."""
    parts = urlsplit(base)
    return value.replace(f"{parts.scheme}://{parts.netloc}", "")
