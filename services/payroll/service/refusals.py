"""Why a run fails or a plan is not taken, beyond the rules of pay themselves; and a refusal as a stored problem."""

from collections.abc import Mapping
from typing import Any

from chassis.errors import Conflict, Invalid, Problem
from services.payroll.domain.errors import PayrollRefusal
from services.payroll.titles import CHINESE_TITLES


class FeedsBehind(Conflict):
    slug, title = "feeds-behind", "Not everything that the other services reported has been read"


class PlanNotActive(Conflict):
    slug, title = "plan-not-active", "No plan is in force in that month"


class PlanStopped(Conflict):
    slug, title = "plan-changed", "The plan is not what was activated"


class RunGivenUp(Problem):
    slug, title = "run-given-up", "The run could not be computed"


class PlanAlreadyActive(Conflict):
    slug, title = "plan-already-active", "The plan is active and stays as it is"


class PlanNotReviewed(Conflict):
    slug, title = "plan-not-reviewed", "A second person has to review the plan first"


class PlanReviewed(Conflict):
    slug, title = "plan-reviewed", "The plan is reviewed"


class PlanWithdrawn(Conflict):
    slug, title = "plan-withdrawn", "The draft was withdrawn"


class PlanDateTaken(Conflict):
    slug, title = "plan-date-taken", "Another plan is active for the same posts from the same day"


class PlanPostUnknown(Invalid):
    slug, title = "plan-post-unknown", "A post is not in the list, and nobody has it"


class PlanNotInForce(Conflict):
    slug, title = "plan-not-in-force", "The plan is not active, or has ended already"


class PlanEndTooEarly(Conflict):
    slug, title = "plan-end-too-early", "The plan would end before it has begun"


class ExamplesFail(Conflict):
    slug, title = "plan-examples-fail", "The plan does not give what its own examples say"


class PlanOfNoMonth(Conflict):
    slug, title = "plan-of-no-month", "A sum or count of the plan is bound to no month"


class ParameterDecided(Conflict):
    slug, title = "parameter-decided", "The value is approved or withdrawn already"


class ParameterSuperseded(Conflict):
    slug, title = "parameter-superseded", "A newer value of the same day is approved already"


class MonthSettled(Conflict):
    slug, title = "month-settled", "The month in which it would begin is locked or closed"


class MeasureApproved(Conflict):
    slug, title = "measure-approved", "The measure is approved"


class MeasureNotCorrected(Conflict):
    slug, title = "measure-not-corrected", "No correction of the measure waits for approval"


class MeasureWithdrawn(Conflict):
    slug, title = "measure-withdrawn", "The measure was withdrawn"


class ReviewScoreOfNobody(Invalid):
    slug, title = "review-score-of-nobody", "Nobody of that number is there at the end of the month"


class TargetNotBinding(Conflict):
    status, slug, title = 403, "target-not-yours", "A target is signed by the person it binds"


class TargetAlreadySigned(Conflict):
    slug, title = "target-already-signed", "The target is signed"


def problem_of(error: Exception) -> Mapping[str, Any] | None:
    """The problem document of a refusal, to be kept with the run; None for a fault that is worth another try.

    Nobody knows yet who will read it: its title is in both languages.
    """
    if not isinstance(error, PayrollRefusal | FeedsBehind | PlanNotActive | PlanStopped | RunGivenUp):
        return None
    problem: dict[str, Any] = {
        "type": f"urn:aftermile:problem:{error.slug}",
        "title": f"{CHINESE_TITLES[error.slug]} / {error.title}",
        "status": error.status,
        "detail": str(error),
        "errors": [dict(each) for each in error.errors],
    }
    return problem | (error.members if isinstance(error, Problem) else {})
