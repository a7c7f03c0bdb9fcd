"""The questions of one closed statement, each beside what it is about, and until when more may be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.statements.statement_part import StatementPart
from services.payroll.repository.statements import questions
from services.payroll.service.statements.question_clocks import clock_at
from services.payroll.service.statements.questions import Told, tell
from services.payroll.service.statements.receipts import Proof


@dataclass(frozen=True)
class Questioned:
    """`ask_until` is None when the time is over, or the month open again."""

    revision: int
    asked: Sequence[Told]
    ask_until: datetime | None

    def about(self, part: StatementPart) -> Sequence[Told]:
        """By its line; of an earlier closing, whose lines have other ids, by its component."""
        return [
            each
            for each in self.asked
            if (each.row.line == part.key if each.row.revision == self.revision else
                (each.row.component, each.row.of_month) == (part.component, part.of_month))
        ]  # fmt: skip


async def questioned(session: AsyncSession, proof: Proof, now: datetime, zone: ZoneInfo) -> Questioned:
    statement = proof.statement
    rows = await questions.questions_of_statement(session, statement.month, statement.employee)
    until = (await clock_at(session, now, zone)).asking_until(proof.month.updated_at)
    may_ask = proof.month.state == "closed" and now < until
    return Questioned(statement.revision, await tell(session, rows), until if may_ask else None)
