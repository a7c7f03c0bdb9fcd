"""A closed statement with what proves it, and the receipt that its owner keeps."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Signer
from chassis.errors import NotFound
from services.payroll.domain.merkle import path_of
from services.payroll.domain.statements.receipt import KIND, canonical, receipt_of
from services.payroll.domain.statements.statement_link import StatementLink, check_not_withdrawn
from services.payroll.models import PayMonth, Statement
from services.payroll.repository.months import months

SEAL = f"{KIND}+jws"


@dataclass(frozen=True)
class Proof:
    """A statement of the last closing; `count` and `path` lead from its leaf to the month's root."""

    month: PayMonth
    statement: Statement
    count: int
    path: Sequence[str]

    @property
    def currency(self) -> str:
        return str(json.loads(self.statement.document)["currency"])


async def proof_of(session: AsyncSession, month: str, employee: str, seen_by: str | None) -> Proof:
    """For who sees the whole store's pay (`seen_by` None), or the employee himself."""
    found = await months.month_of(session, month)
    query = None if found is None else months.statements(month, found.revision, employee)
    statement = None if query is None else await session.scalar(query)
    if found is None or statement is None or seen_by not in {None, employee}:
        raise NotFound("There is no such statement")
    leaves = await months.leaves_of(session, month, found.revision)
    path = [beside.hex() for beside in path_of(leaves, statement.place)]
    return Proof(found, statement, len(leaves), path)


async def linked_proof(session: AsyncSession, link: StatementLink) -> Proof:
    """What a link opens, unless it was withdrawn."""
    month = str(link.month)
    check_not_withdrawn(link, await months.links_withdrawn_at(session, month, link.employee))
    return await proof_of(session, month, link.employee, link.employee)


def sealed_receipt(proof: Proof, signer: Signer) -> bytes:
    """The file: the same statement always makes the same one."""
    statement = proof.statement
    names = ("month", "revision", "employee", "document", "leaf", "place")
    told = {
        "store": str(statement.store_id), "count": proof.count, "path": list(proof.path), "root": proof.month.root,
        **{name: getattr(statement, name) for name in names},
    }  # fmt: skip
    receipt = receipt_of(told, signer.public_jwk)
    return canonical({**receipt, "signature": signer.seal(canonical(receipt), SEAL)})
