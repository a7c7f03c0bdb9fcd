"""The parts of the gateway's reconciliation that this service answers; see `repository.reconciliations`."""

from chassis.http import HotRead
from services.payroll.endpoints.access import PAY_READERS
from services.payroll.repository.facts import reconciliations

_LIST = {"type": "array", "items": {"type": "object"}}
RECONCILIATION_PARTS = (
    HotRead(
        "/v1/overview-parts/reconciliations/{period}",
        "read_reconciliation_part",
        PAY_READERS,
        reconciliations.SUMS,
        "Count, money and hours of workorder's facts by day and kind; the period is `from..to`",
        {"type": "object", "properties": {"sums": _LIST}},
    ),
    HotRead(
        "/v1/overview-parts/reconciled-things/{cells}",
        "read_reconciled_things",
        PAY_READERS,
        reconciliations.THINGS,
        "The single things of some days and kinds, `kind@day,…`",
        {"type": "object", "properties": {"things": _LIST, "truncated": {"type": "boolean"}}},
    ),
)
