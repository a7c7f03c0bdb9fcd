"""Closed statements over HTTP: with their proof, and as a receipt to keep."""

from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from chassis.auth import Signer, allow
from chassis.http import Router
from services.payroll.domain.statements.statement import bonus_told
from services.payroll.endpoints.access import ANYONE, CurrentCall, pay_seen_by
from services.payroll.endpoints.statements.questions import read_of
from services.payroll.schemas.months.months import StatementProof
from services.payroll.schemas.people.people import MonthText
from services.payroll.service.statements import receipts
from services.payroll.service.statements.receipts import Proof
from services.payroll.service.statements.statement_questions import questioned

router = Router(tags=["months"])
_OF_ONE = "/v1/pay-months/{month}/statements/{employee}"
RECEIPT_TYPE = "application/json"
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "the receipt: JSON of the statement, its path to the month's root, and the signature",
          "content": {RECEIPT_TYPE: {"schema": {"type": "object"}}}},
}  # fmt: skip


@router.get(_OF_ONE, operation_id="read_closed_statement", dependencies=[allow(ANYONE)])
async def read_closed_statement(month: MonthText, employee: str, call: CurrentCall) -> StatementProof:
    """With what proves that it is one of those that were closed, without showing the others."""
    proof = await receipts.proof_of(call.session, month, employee, pay_seen_by(call.principal))
    names = ("month", "revision", "employee", "total", "document", "leaf", "place")
    told = {name: getattr(proof.statement, name) for name in names}
    asked = await questioned(call.session, proof, call.now, ZoneInfo(call.store.time_zone))
    return StatementProof(
        currency=call.store.currency, bonus=bonus_told(proof.statement.document), count=proof.count,
        path=list(proof.path), root=proof.month.root or "", ask_until=asked.ask_until,
        questions=[read_of(each, call.store.currency, call.now) for each in asked.asked], **told,
    )  # fmt: skip


@router.get(
    f"{_OF_ONE}/receipt", operation_id="read_receipt", dependencies=[allow(ANYONE)], response_class=Response,
    responses=_FILE,
)  # fmt: skip
async def read_receipt(month: MonthText, employee: str, call: CurrentCall, request: Request) -> Response:
    """To keep: `aftermile verify` checks it without us, against the payroll key of `/.well-known/jwks.json`."""
    proof = await receipts.proof_of(call.session, month, employee, pay_seen_by(call.principal))
    return receipt_file(proof, request.app.state.signer)


def receipt_file(proof: Proof, signer: Signer) -> Response:
    name = f"receipt-{proof.month.month}-{proof.statement.leaf[:8]}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(receipts.sealed_receipt(proof, signer), media_type=RECEIPT_TYPE, headers=headers)
