"""How a customer's word is told at the desk: of an order, and of a quote."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import model_validator

from chassis.representation import RequestBody, ResponseBody
from services.workorder.domain.orders.line import AuthorisationMethod
from services.workorder.schemas.text import Instant, Person


class ToldAtDesk(RequestBody):
    """`decided_by` is who said it; a decision by phone names when he was called, one in person the signature, which is
    a file of the order."""

    method: Literal["in_person_signature", "phone", "contract"]
    decided_by: Person
    called_at: Instant | None = None
    signature_id: UUID | None = None

    @model_validator(mode="after")
    def _each_method_has_its_proof(self) -> Self:
        if (self.called_at is None) == (self.method == "phone"):
            raise ValueError("called_at goes with the method phone, and with no other")
        if (self.signature_id is None) == (self.method == "in_person_signature"):
            raise ValueError("signature_id goes with the method in_person_signature, and with no other")
        return self


class OrderApprovalRead(ResponseBody):
    """How the customer agreed to the order's own lines; `taken_by` is who entered it. `method` is null, as is all the
    rest, where that is not known: another system keeps the order, or it was agreed to before this was asked."""

    method: AuthorisationMethod | None
    decided_by: str | None
    decided_at: datetime | None
    called_at: datetime | None
    taken_by: str | None
    signature_id: UUID | None
