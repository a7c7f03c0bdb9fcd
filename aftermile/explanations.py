"""Pay in words, of the running stack: the closed statement of a month, else what its latest run gives."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from aftermile.client import Gateway, Refused
from aftermile.failures import Failure
from aftermile.work import days_of

TEXT = {"Accept": "text/plain"}


class NothingToExplain(Failure):
    """The month was not calculated, or gives this employee nothing."""


def explain(gateway: Gateway, employee: str, month: str, *, sums: bool = False) -> Iterator[str]:
    """One text for a closed statement, else one for each line of the run that the month is locked on, or the latest,
    and for what that run did not pay him. With `sums`, also what each person or team adds to those that it rests on."""
    days_of(month)
    for path in _paths(gateway, employee, month):
        yield gateway.answer("GET", path, headers=TEXT).text
        if sums:
            yield from _opened(gateway, gateway.get(path))


def _paths(gateway: Gateway, employee: str, month: str) -> Iterator[str]:
    """Whom a closed month gave no statement may still ask why."""
    found, number = gateway.get(f"/v1/pay-months/{month}"), quote(employee, safe="")
    statement = f"/v1/pay-months/{month}/statements/{number}"
    if found["state"] == "closed" and _is_there(gateway, statement):
        yield f"{statement}/explain"
        return
    run = found["run_id"] or _latest(gateway, month)
    lines = [line for line in gateway.items(f"/v1/runs/{run}/lines", limit="100") if line["employee"] == employee]
    paths = [f"/v1/runs/{run}/explain/{line['id']}" for line in lines]
    paths += [each["explain"] for each in gateway.items(f"/v1/runs/{run}/unpaid/{number}", limit="100")]
    if not paths:
        raise NothingToExplain(f"{month} 没有 {employee} 的付款行 / {month} has no line of pay of {employee}")
    yield from paths


def _is_there(gateway: Gateway, path: str) -> bool:
    try:
        gateway.get(path)
    except Refused as refused:
        if refused.problem.get("status") != 404:
            raise
        return False
    return True


def _opened(gateway: Gateway, told: Mapping[str, Any]) -> Iterator[str]:
    """Each sum once."""
    of = [told, *told.get("lines", ()), *told.get("unpaid", ())]
    sums = {one["parts"]: one for each in of for sentence in each.get("sentences", ()) for one in sentence["sums"]}
    for address, one in sums.items():
        parts = (f"  {part['title']} {part['figure']}" for part in gateway.items(address))
        yield "\n".join([f"{one['title']} {one['value']}", *parts])


def _latest(gateway: Gateway, month: str) -> str:
    runs = gateway.get("/v1/runs", month=month, status="completed", limit="1")["items"]
    if not runs:
        raise NothingToExplain(f"{month} 还没有算过 / {month} has not been calculated yet")
    return str(runs[0]["id"])
