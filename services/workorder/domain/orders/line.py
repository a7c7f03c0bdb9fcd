"""The lines of an order: what they are, who pays, whether the customer allowed them, and when labour counts as done."""

from datetime import date
from enum import StrEnum

from services.workorder.domain.orders.order import BEFORE_APPROVAL, Progress
from services.workorder.domain.refusals import WorkorderRefusal


class LineKind(StrEnum):
    LABOUR = "labour"
    PART = "part"
    ACCESSORY = "accessory"
    OUTSIDE_WORK = "outside_work"
    FEE = "fee"


class Origin(StrEnum):
    """Where a part comes from; told to the customer, and printed."""

    GENUINE = "genuine"
    EQUIVALENT = "equivalent"
    REFURBISHED = "refurbished"


class Payer(StrEnum):
    CUSTOMER = "customer"
    MAKER = "maker"
    INSURER = "insurer"
    INTERNAL = "internal"
    GOODWILL = "goodwill"


class Authorisation(StrEnum):
    """A line is authorised on its own. A line of the order as it was opened has none: the order itself is signed."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"
    DEFERRED = "deferred"
    EXPIRED = "expired"
    REVOKED = "revoked"


class AuthorisationMethod(StrEnum):
    IN_PERSON_SIGNATURE = "in_person_signature"
    SMS_LINK = "sms_link"
    PHONE = "phone"
    CONTRACT = "contract"


def authorisation_of_report(decision: Authorisation | None, *, is_upsell: bool) -> Authorisation | None:
    """An upsell that an export leaves undecided is proposed; a plain line keeps what is said of it, mostly nothing."""
    return decision or (Authorisation.PROPOSED if is_upsell else None)


def is_work(authorisation: Authorisation | None) -> bool:
    """Whether a line is to be done and paid: proposed work that the customer did not approve is no work (plan, 10)."""
    return authorisation in (None, Authorisation.APPROVED)


def labour_completed_on(
    kind: LineKind, authorisation: Authorisation | None, *, cancelled: bool, left_on: date | None
) -> date | None:
    """The day a labour line counts as done: the day the car left, the only one an export knows (plan, default 10)."""
    if kind is not LineKind.LABOUR or cancelled or not is_work(authorisation):
        return None
    return left_on


class LinesAreFixed(WorkorderRefusal):
    slug = "lines-are-fixed"
    title = "The order's own lines can no longer be added to"


def require_plannable(progress: Progress) -> None:
    """The order's own lines are what the customer approves with it; what comes later is an upsell with its own
    approval, which says how he gave it and who."""
    if progress.state not in BEFORE_APPROVAL:
        raise LinesAreFixed(f"The order is {progress.state}; propose further work as an upsell")
