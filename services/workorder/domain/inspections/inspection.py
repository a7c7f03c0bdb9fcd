"""Inspections: what a template asks of each item, what an answer may say, and when an inspection is done."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.workorder.domain.orders.order import IN_THE_SHOP, Progress, State
from services.workorder.domain.refusals import WorkorderRefusal


class Result(StrEnum):
    """Green: in order. Yellow: will be due. Red: due now."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    NOT_APPLICABLE = "not_applicable"


SEVERITY: Mapping[Result, int] = {Result.GREEN: 0, Result.YELLOW: 1, Result.RED: 2}
FAULTY = frozenset({Result.YELLOW, Result.RED})


@dataclass(frozen=True)
class Measure:
    """What is measured, in its unit. A value at a limit is still on the good side of it."""

    unit: str
    yellow_below: Decimal | None = None
    red_below: Decimal | None = None
    yellow_above: Decimal | None = None
    red_above: Decimal | None = None

    def band(self, value: Decimal) -> Result:
        if _passes(value, self.red_below, self.red_above):
            return Result.RED
        return Result.YELLOW if _passes(value, self.yellow_below, self.yellow_above) else Result.GREEN

    def limit_of(self, band: Result) -> str:
        """The limits of a band in words, such as "red below 1.6 mm"."""
        below, above = (
            (self.red_below, self.red_above) if band is Result.RED else (self.yellow_below, self.yellow_above)
        )
        sides = [f"below {below} {self.unit}"] * (below is not None) + [f"above {above} {self.unit}"] * (
            above is not None
        )
        return f"{band} {' or '.join(sides)}"

    def faults(self) -> list[str]:
        """Why these limits make no sense; nothing when they do."""
        lower = [limit for limit in (self.red_below, self.yellow_below) if limit is not None]
        upper = [limit for limit in (self.yellow_above, self.red_above) if limit is not None]
        found = [] if lower or upper else ["a measure needs at least one limit"]
        if lower != sorted(lower):
            found.append("red_below is not above yellow_below")
        if upper != sorted(upper):
            found.append("red_above is not below yellow_above")
        if lower and upper and max(lower) > min(upper):
            found.append("the limits below are not above the limits above")
        return found


def _passes(value: Decimal, below: Decimal | None, above: Decimal | None) -> bool:
    return (below is not None and value < below) or (above is not None and value > above)


@dataclass(frozen=True)
class Item:
    """One point of a template, and whether a red result needs a photo."""

    code: str
    name: str
    measure: Measure | None = None
    photo_on_red: bool = False


@dataclass(frozen=True)
class Answer:
    """What is entered for an item; without a result the measure gives it. Evidence in words is no photo."""

    result: Result | None = None
    value: Decimal | None = None
    evidence: str | None = None
    photos: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Fault:
    """Why an answer is refused: the stable code, the field it is about, and in words with item and limit."""

    code: str
    field: str
    detail: str


class AnswersRefused(WorkorderRefusal):
    status = 422
    slug = "inspection-answers-refused"
    title = "The inspection cannot be answered like this"


class InspectionItemsOpen(WorkorderRefusal):
    slug = "inspection-items-open"
    title = "Some items of the inspection have no result yet"


class InspectionCompleted(WorkorderRefusal):
    slug = "inspection-completed"
    title = "The inspection is completed and no longer changed"


class InspectionOpen(WorkorderRefusal):
    slug = "inspection-open"
    title = "The order has an inspection that is not completed"


class TemplatePublished(WorkorderRefusal):
    slug = "template-published"
    title = "A published template is no longer changed"


class CarNotHere(WorkorderRefusal):
    slug = "car-not-here"
    title = "The car is not in the shop"


def judge(item: Item, answer: Answer) -> tuple[Result | None, list[Fault]]:
    """The result of an item as answered, and what speaks against it. An empty answer opens the item again."""
    if item.measure is None:
        unasked = answer.value is not None
        faults = [_fault(item, "measure-unknown", "value", "is not measured")] if unasked else []
        result = answer.result
    else:
        result, faults = _measured(item, item.measure, answer)
    if result is Result.RED and item.photo_on_red and not answer.photos:
        faults.append(_fault(item, "photo-missing", "photos", "is red and needs a photo"))
    if result is None and (answer.evidence or answer.photos):
        faults.append(_fault(item, "result-missing", "result", "has evidence and no result"))
    return result, faults


def _measured(item: Item, measure: Measure, answer: Answer) -> tuple[Result | None, list[Fault]]:
    """The measure decides; the eye may see worse than it (a tyre deep enough but cut), and never better."""
    if answer.value is None:
        unproven = answer.result is Result.GREEN
        detail = f"is measured in {measure.unit}: green needs the measure"
        return answer.result, [_fault(item, "measure-missing", "value", detail)] if unproven else []
    band = measure.band(answer.value)
    if answer.result is None:
        return band, []
    if answer.result is Result.NOT_APPLICABLE:
        return answer.result, [_fault(item, "measure-contradicts-result", "result", "is measured, so it applies")]
    if SEVERITY[answer.result] < SEVERITY[band]:
        detail = f"is {answer.value} {measure.unit}, {measure.limit_of(band)}: not {answer.result}"
        return answer.result, [_fault(item, "measure-contradicts-result", "result", detail)]
    return answer.result, []


def _fault(item: Item, code: str, field: str, detail: str) -> Fault:
    return Fault(code, field, f"{item.code} ({item.name}) {detail}")


def judge_all(
    items: Mapping[str, Item], answers: Sequence[tuple[str, Answer]], with_findings: Collection[str]
) -> dict[str, Result | None]:
    """The results of all answers, by item; refused together, each with its place. A finding keeps its item faulty."""
    results: dict[str, Result | None] = {}
    errors = []
    for place, (code, answer) in enumerate(answers):
        faults = [Fault("item-unknown", "code", f"{code} is no item of this inspection")]
        if (item := items.get(code)) is not None:
            results[code], faults = judge(item, answer)
            if code in with_findings and results[code] not in FAULTY:
                faults.append(_fault(item, "finding-recorded", "result", "has a finding: it is yellow or red"))
        errors += [
            {"pointer": f"/items/{place}/{fault.field}", "code": fault.code, "detail": fault.detail} for fault in faults
        ]
    if errors:
        raise AnswersRefused("; ".join(error["detail"] for error in errors[:5]), errors=errors)
    return results


def require_complete(items: Sequence[Item], results: Mapping[str, Result | None]) -> None:
    missing = [item for item in items if results.get(item.code) is None]
    if missing:
        named = ", ".join(f"{item.code} ({item.name})" for item in missing[:10])
        raise InspectionItemsOpen(
            f"{len(missing)} of {len(items)} without a result: {named}", open=[item.code for item in missing]
        )


def worst(results: Iterable[Result | None]) -> Result | None:
    """The worst result of an inspection; none when nothing that applies was judged."""
    judged = [result for result in results if result is not None and result in SEVERITY]
    return max(judged, key=SEVERITY.__getitem__, default=None)


def require_car_here(progress: Progress) -> None:
    """What is seen on a car is seen while it is in the shop, finished or not."""
    here = progress.state in IN_THE_SHOP or (progress.state is State.READY and not progress.delivered)
    if not here:
        left = " and the car has left" if progress.delivered else ""
        raise CarNotHere(f"The order is {progress.state}{left}")
