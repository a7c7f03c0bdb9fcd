"""Findings: what was seen to be wrong on a car, by whom and at which stage, and what an upsell takes from it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from services.workorder.domain.inspections.inspection import FAULTY, Result
from services.workorder.domain.refusals import WorkorderRefusal
from services.workorder.domain.upsells.upsell import Stage, UpsellSource


class FaultKind(StrEnum):
    """Related: belongs to what the car came for. Other: does not. Hidden: seen only once something was taken apart."""

    RELATED = "related"
    OTHER = "other"
    HIDDEN = "hidden"


class Priority(StrEnum):
    """What waiting risks: safety, a larger repair soon, or comfort only."""

    SAFETY = "safety"
    SOON = "soon"
    COMFORT = "comfort"


class ItemNotFaulty(WorkorderRefusal):
    slug = "item-not-faulty"
    title = "Only what is yellow or red is a finding"


class OriginRefused(WorkorderRefusal):
    status = 422
    slug = "upsell-origin-refused"
    title = "Where the upsell came from does not fit"


class PartShownLater(WorkorderRefusal):
    status = 422
    slug = "part-shown-later"
    title = "The part cannot have been shown at a time to come"


@dataclass(frozen=True)
class Origin:
    """Where an upsell came from; as told, parts of it may be left out."""

    source: UpsellSource | None
    stage: Stage | None
    finder: str | None


def require_faulty(code: str, name: str, result: Result | None) -> None:
    """A green item, one that does not apply and one without a result are no findings."""
    if result not in FAULTY:
        raise ItemNotFaulty(f"{code} ({name}) is {result or 'not answered'}, neither yellow nor red")


def origin_of(told: Origin, finding: Origin | None) -> Origin:
    """What is left out is taken from the finding; what is told must agree with it. Without one all is told."""
    fields = ("source", "stage", "finder")
    faults = []
    for field in fields:
        said, found = getattr(told, field), getattr(finding, field, None)
        if finding is None and said is None:
            faults.append((field, "missing", f"{field} is needed where no finding gives it"))
        if finding is not None and said is not None and said != found:
            faults.append((field, "finding-disagrees", f"the finding says {field} {found}, not {said}"))
    if faults:
        errors = [{"pointer": f"/{field}", "code": code, "detail": detail} for field, code, detail in faults]
        raise OriginRefused("; ".join(detail for _, _, detail in faults), errors=errors)
    return finding or told


def shown_at(*, shown: bool, at: datetime | None, now: datetime) -> datetime | None:
    """When the faulty part was shown to the customer: now unless told; none when it was not shown."""
    if not shown:
        return None
    if at is not None and at > now:
        raise PartShownLater(f"{at.isoformat()} has not come yet")
    return (at or now).astimezone(UTC)
