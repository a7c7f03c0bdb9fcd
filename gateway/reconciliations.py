"""What workorder says happened beside what payroll counts as facts, day by day, with every difference by its id."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Depends, Query, Request

from chassis.auth import CurrentPrincipal, Principal, allow
from chassis.errors import BadRequest, field_error
from chassis.http import AuthenticatedRoute
from chassis.representation import ResponseBody
from gateway.overview_routes import require_store
from gateway.overviews import Overview, Overviews

PARTS: Final = ("workorder", "payroll")
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "order": ("工单", "repair orders opened"),
    "receipt": ("收款", "receipts, refunds and uses of packages"),
    "reimbursement": ("索赔回款", "warranty reimbursements"),
    "insurer_approval": ("事故定审", "insurers' approvals"),
    "labour": ("完工工时", "completed labour"),
    "hours_deduction": ("扣工时", "deducted hours"),
    "accessory_sale": ("精品销售", "accessories sold"),
    "consumable": ("辅料", "consumables"),
}
MAX_DAYS = 31
MAX_CELLS = 40
"""Days and kinds that are looked into at once; the sums of all are told."""
_SECONDS = 4.0
_WHAT: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("绩效没有收到", "payroll has no such fact"),
    "unknown": ("工单系统没有", "workorder knows no such thing"),
    "differs": ("金额、工时或其所依据的不同", "money, hours or what they hang on differ"),
}
What = Literal["missing", "unknown", "differs"]
Thing = Mapping[str, Any]


class Label(ResponseBody):
    zh: str
    en: str


class Sums(ResponseBody):
    count: int
    amount: str | None
    hours: str | None


class DaySums(ResponseBody):
    """Two sides of one day and kind. `same` is about every single thing, not about the sums alone."""

    day: date
    kind: str
    label: Label
    workorder: Sums
    payroll: Sums
    same: bool


class Side(ResponseBody):
    """`details` is what else pay hangs on. Of an order its kind, whether it is cancelled, advisor, day of settlement
    and of leaving; of an insurer's approval the owner's share; of labour team and technician; of a deduction the
    employee; of an accessory list price, department, seller, given away, installed, generic; of consumables the team.
    """

    amount: str | None
    hours: str | None
    details: str | None


class Difference(ResponseBody):
    """`id` is the subject of the event: the id at workorder, of an order its number. What moved to another day is
    missing on one and unknown on the other."""

    day: date
    kind: str
    id: str
    order_number: str | None
    what: What
    label: Label
    workorder: Side | None
    payroll: Side | None


class Reconciliation(ResponseBody):
    """`truncated` says that more differs than is named: ask for fewer days. What payroll has not read yet is missing
    as well: `/v1/feeds` tells whether there is any."""

    first: date
    last: date
    same: bool
    truncated: bool
    sums: list[DaySums]
    differences: list[Difference]


def compared(workorder: Sequence[Thing], payroll: Sequence[Thing]) -> list[DaySums]:
    """Every day and kind of which either side tells anything, in their order."""
    sides = [{(each["day"], each["kind"]): each for each in told} for told in (workorder, payroll)]
    found = []
    for day, kind in sorted(sides[0].keys() | sides[1].keys()):
        ours, theirs = (side.get((day, kind)) for side in sides)
        same = ours is not None and theirs is not None and ours["digest"] == theirs["digest"]
        label = _label(KINDS.get(kind, (kind, kind)))
        found.append(
            DaySums(day=day, kind=kind, label=label, workorder=_sums(ours), payroll=_sums(theirs), same=same)
        )  # fmt: skip
    return found


Key = tuple[str, str, str]


def _key(thing: Thing) -> Key:
    return thing["day"], thing["kind"], thing["id"]


def told_until(*sides: Mapping[str, Any]) -> Key | None:
    """Up to where both sides have told everything: what comes after the last thing of one that was cut is not known."""
    return min((_key(side["things"][-1]) for side in sides if side["truncated"]), default=None)


def differences(workorder: Iterable[Thing], payroll: Iterable[Thing], until: Key | None = None) -> list[Difference]:
    """What only one side has, and what both have with other money, hours or details."""
    sides = [{_key(each): each for each in told} for told in (workorder, payroll)]
    found = []
    for key in sorted(sides[0].keys() | sides[1].keys()):
        if until is not None and key > until:
            break
        ours, theirs = (side.get(key) for side in sides)
        if ours is None or theirs is None:
            found.append(_difference(key, ours, theirs, "unknown" if ours is None else "missing"))
        elif any(ours[name] != theirs[name] for name in ("amount", "hours", "details")):
            found.append(_difference(key, ours, theirs, "differs"))
    return found


def _difference(key: Key, ours: Thing | None, theirs: Thing | None, what: What) -> Difference:
    day, kind, name = key
    number = (ours or theirs or {}).get("order_number")
    return Difference(
        day=date.fromisoformat(day), kind=kind, id=name, order_number=number, what=what, label=_label(_WHAT[what]),
        workorder=_side(ours), payroll=_side(theirs),
    )  # fmt: skip


def _sums(told: Thing | None) -> Sums:
    return Sums(count=told["count"] if told else 0, **(_values(told) if told else {"amount": None, "hours": None}))


def _side(thing: Thing | None) -> Side | None:
    return None if thing is None else Side(**_values(thing), details=thing["details"])


def _values(told: Thing) -> dict[str, Any]:
    return {"amount": told["amount"], "hours": told["hours"]}


def _label(words: tuple[str, str]) -> Label:
    return Label(zh=words[0], en=words[1])


router = APIRouter(tags=["feed"], route_class=AuthenticatedRoute)


def _overviews(request: Request) -> Overviews:
    overviews: Overviews = request.app.state.overviews
    return overviews


@router.get(
    "/v1/reconciliations", operation_id="read_reconciliation",
    dependencies=[allow("administrator", "service_manager", "payroll_clerk", "auditor")],
)  # fmt: skip
async def read_reconciliation(
    caller: CurrentPrincipal,
    overviews: Annotated[Overviews, Depends(_overviews)],
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
) -> Reconciliation:
    """Counts, money and hours by day and kind on both sides, and each thing that is not the same on both."""
    require_store(caller)
    _check_period(first, last)
    sums = compared(*await _told(overviews, caller, f"reconciliations/{first}..{last}", "sums"))
    cells = [f"{each.kind}@{each.day}" for each in sums if not each.same]
    truncated, found = len(cells) > MAX_CELLS, list[Difference]()
    if cells:
        asked = f"reconciled-things/{quote(','.join(cells[:MAX_CELLS]), safe='')}"
        overview = await _asked(overviews, caller, asked)
        ours, theirs = (_read(overview, name) for name in PARTS)
        truncated = truncated or ours["truncated"] or theirs["truncated"]
        found = differences(ours["things"], theirs["things"], told_until(ours, theirs))
    return Reconciliation(first=first, last=last, same=not cells, truncated=truncated, sums=sums, differences=found)


def _check_period(first: date, last: date) -> None:
    if not timedelta(0) <= last - first < timedelta(days=MAX_DAYS):
        detail = f"1–{MAX_DAYS} days, the last one not before the first"
        raise BadRequest(detail, errors=[field_error("/query/to", "period-invalid", detail)], slug="period-invalid")


async def _told(overviews: Overviews, caller: Principal, address: str, name: str) -> list[list[dict[str, Any]]]:
    overview = await _asked(overviews, caller, address)
    return [_read(overview, part)[name] for part in PARTS]


async def _asked(overviews: Overviews, caller: Principal, address: str) -> Overview:
    """Both sides as they are now, or no answer: half of it would be a report of differences that are none."""
    overview = await overviews.fetch(caller, f"/v1/overview-parts/{address}", PARTS, _SECONDS)
    if (refusal := overview.refusal(frozenset(PARTS))) is not None:
        raise refusal
    return overview


def _read(overview: Overview, part: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(overview.parts[part].data or b"{}")
    return found
