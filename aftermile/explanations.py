"""Pay in words, of the running stack: the closed statement of a month, else what its latest run gives."""

from collections.abc import Iterator
from urllib.parse import quote

from aftermile.client import Gateway, Refused
from aftermile.failures import Failure
from aftermile.work import days_of

TEXT = {"Accept": "text/plain"}


class NothingToExplain(Failure):
    """The month was not calculated, or gives this employee nothing."""


def explain(gateway: Gateway, employee: str, month: str) -> Iterator[str]:
    """One text for a closed statement, else one for each line of the run that the month is locked on, or the latest,
    and for what that run did not pay him."""
    days_of(month)
    found = gateway.get(f"/v1/pay-months/{month}")
    if found["state"] == "closed" and (closed := _closed(gateway, employee, month)):
        yield closed
        return
    run, number = found["run_id"] or _latest(gateway, month), quote(employee, safe="")
    lines = [line for line in gateway.items(f"/v1/runs/{run}/lines", limit="100") if line["employee"] == employee]
    unpaid = list(gateway.items(f"/v1/runs/{run}/unpaid/{number}", limit="100"))
    if not lines and not unpaid:
        raise NothingToExplain(f"{month} 没有 {employee} 的付款行 / {month} has no line of pay of {employee}")
    for line in lines:
        yield _text(gateway, f"/v1/runs/{run}/explain/{line['id']}")
    for each in unpaid:
        yield each["text"]
        if each["withheld"]:
            yield _text(gateway, each["explain"])


def _closed(gateway: Gateway, employee: str, month: str) -> str | None:
    """None for whom the month was closed without a statement: he may still ask why he has none."""
    try:
        return _text(gateway, f"/v1/pay-months/{month}/statements/{quote(employee, safe='')}/explain")
    except Refused as refused:
        if refused.problem.get("status") != 404:
            raise
    return None


def _latest(gateway: Gateway, month: str) -> str:
    runs = gateway.get("/v1/runs", month=month, status="completed", limit="1")["items"]
    if not runs:
        raise NothingToExplain(f"{month} 还没有算过 / {month} has not been calculated yet")
    return str(runs[0]["id"])


def _text(gateway: Gateway, path: str) -> str:
    return gateway.answer("GET", path, headers=TEXT).text
