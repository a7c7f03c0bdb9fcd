"""What the customer service refuses, each with the status, slug and title that callers see."""

from collections.abc import Mapping, Sequence


class CustomerRefusal(Exception):  # noqa: N818
    """A rule of this service said no; the text is the detail that callers read."""

    status = 409
    slug = "customer-refused"
    title = "Refused"

    def __init__(self, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(detail)
        self.errors = [dict(error) for error in errors]


class VinInvalid(CustomerRefusal):
    status = 422
    slug = "vin-invalid"
    title = "Not a vehicle identification number"


class TextMissing(CustomerRefusal):
    status = 422
    slug = "text-missing"
    title = "There is nothing to read in it"

    def __init__(self, pointer: str) -> None:
        detail = f"{pointer} holds no visible text."
        super().__init__(detail, [{"pointer": pointer, "code": "required", "detail": detail}])


class NumberTaken(CustomerRefusal):
    slug = "number-taken"
    title = "The number is already in use"


class CustomerMerged(CustomerRefusal):
    slug = "customer-merged"
    title = "The customer has been merged into another"


class SamePerson(CustomerRefusal):
    slug = "merge-with-itself"
    title = "Both numbers already mean the same customer"


class FieldNotChoosable(CustomerRefusal):
    status = 422
    slug = "field-not-choosable"
    title = "No such field to choose in a merge"


class MergeAlreadyUndone(CustomerRefusal):
    slug = "merge-already-undone"
    title = "The merge has already been undone"


class LaterMergeFirst(CustomerRefusal):
    slug = "later-merge-first"
    title = "A later merge builds on this one and has to be undone first"


class ComplaintAlreadyDecided(CustomerRefusal):
    slug = "complaint-already-decided"
    title = "The complaint has already been decided"


class VerificationIncomplete(CustomerRefusal):
    status = 422
    slug = "verification-incomplete"
    title = "A verified complaint names the person responsible"
